"""What ready means: pure three-valued judgements with their reasons."""
