"""What a running process may ask of the outside world: one class for each system, talking to ports."""
