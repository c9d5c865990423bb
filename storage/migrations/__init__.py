"""The shapes our own database has had, oldest first."""
