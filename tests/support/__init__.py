"""What tests of several rooms stand on: real servers, started and thrown away."""
