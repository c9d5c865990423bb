"""A SCHEDULE: what is to be done on which machine, what a plan is worth, and what can be done about a disturbance."""
