"""What ready means: pure three-valued answers with their reasons."""
