"""The embedded plant: facts kept in our own database and fed by events and imports."""
