"""How fast Lockstep is, measured against the bare engine."""
