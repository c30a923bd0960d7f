"""First steps, glossaries and the keyboard."""
