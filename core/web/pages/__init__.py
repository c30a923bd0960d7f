"""Core's own pages, one file or folder a noun."""
