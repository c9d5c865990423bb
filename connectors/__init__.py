"""Other people's systems, each behind the ports that the domain names."""
