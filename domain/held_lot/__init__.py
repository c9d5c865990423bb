"""What is known, asked and written about a lot on hold."""
