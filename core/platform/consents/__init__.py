"""Grave rights on their way: asked, consented or refused, decided by head office, ended by the owner."""
