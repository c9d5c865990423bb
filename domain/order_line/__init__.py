"""AN ORDER LINE: what is known of it, how far it has come, what can be done about it and what that writes. Pure."""
