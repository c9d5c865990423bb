"""Pages for people: the same door as the API, seen with a browser."""
