"""Pages of head office: every district, opened by a named scope (สพฐ.)."""
