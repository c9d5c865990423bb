"""What is known, asked and written about a shipment that is to leave."""
