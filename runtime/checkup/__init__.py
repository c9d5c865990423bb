"""Looking whether a running installation is well, and what mends it where it is not."""
