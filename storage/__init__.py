"""What we keep in our own database: trail, status, questions, decisions and outgoing messages."""
