"""The reports of correspondence."""
