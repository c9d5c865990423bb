"""How each process runs, durably: thin, and replayed by Temporal."""
