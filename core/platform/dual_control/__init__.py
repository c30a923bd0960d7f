"""Grave rights: clearances, roles and resets that two people give together, and the log of them."""
