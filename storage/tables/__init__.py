"""The tables of our own database, one file for each thing they keep."""
