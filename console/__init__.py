"""The command line: what an operator or a developer can say to Lockstep."""
