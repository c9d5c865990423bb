"""Constraint programming: room for urgent work where the simple rules leave some unfound."""
