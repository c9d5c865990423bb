"""A MATERIAL SHORTAGE: what is missing from when until when, what could fill it, and what that writes. Pure."""
