"""PASSING ON: what was kept goes where it has an effect: events to cases, messages to their receivers."""
