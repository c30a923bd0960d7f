"""The plugins that ship with Khet; each is one chapter of the offices' manuals."""
