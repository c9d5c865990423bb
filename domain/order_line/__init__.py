"""WHAT CAN BE DONE about an order line: more or less of it, and what that writes elsewhere. Pure."""
