"""One process in one file: its request, its facts, its states, its options and its rules."""
