"""Keeping letters after the work is done: folders, lending, the yearly survey, destruction."""
