"""/api/v1: the pages of the interface for other systems."""
