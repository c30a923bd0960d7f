"""The timeline sealed: its chain, the key, the heads outside, and the check of all three."""
