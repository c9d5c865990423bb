"""The door: HTTP comes in, starts cases, takes answers and reads; it decides nothing itself."""
