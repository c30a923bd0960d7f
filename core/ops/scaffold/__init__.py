"""Writes the skeleton of a new plugin."""
