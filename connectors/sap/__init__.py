"""SAP: sales orders and stock, read and written back."""
