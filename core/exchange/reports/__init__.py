"""Reports are declared once; this room writes them to Excel."""
