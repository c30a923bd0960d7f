"""Layer 9: the whole put together and kept running: application, commands, serving, backup, demo, scaffold."""
