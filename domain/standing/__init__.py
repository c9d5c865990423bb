"""Where jobs, lots and shipments are: one status for each, worked out from the facts and typed by nobody."""
