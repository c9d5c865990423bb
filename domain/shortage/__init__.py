"""What is known, asked and written about an item that is missing."""
