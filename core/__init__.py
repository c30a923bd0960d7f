"""Khet's core: everything a plugin may lean on. Core knows no plugin by name except the list it loads."""

__version__ = "0.1.0"
