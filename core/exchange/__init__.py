"""Layer 5: what goes in and out: reports, imports, the interface for other systems."""
