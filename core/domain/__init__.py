"""Layer 6: what the offices share beside their records: work standards of the manuals."""
