"""Layer 4: what records of every module have: files, lists, letters that they cite, other modules that they ask."""
