"""What is known, asked and written about a disturbed schedule."""
