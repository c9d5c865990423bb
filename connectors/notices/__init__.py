"""Telling people, by whatever way they are reached."""
