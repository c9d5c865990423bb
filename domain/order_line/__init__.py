"""AN ORDER LINE: what is known of it, how far it has come, and what can be done about it. Pure."""
