"""Databases, the scoped session with its fences, and migrations."""
