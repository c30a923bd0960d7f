"""Databases, the scoped session with its tenant filters, and migrations."""
