"""Grave requests, their consent, the owner's code, the log."""
