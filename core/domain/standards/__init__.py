"""Work standards, shared by every chapter of the manuals: steps, timing, quality, evidence, indicators."""
