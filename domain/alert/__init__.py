"""What is known, asked and written about a rule by which lots are suspect."""
