"""PASSING ON: what was kept at the door goes to where it has an effect: events to cases, messages to their receivers."""
