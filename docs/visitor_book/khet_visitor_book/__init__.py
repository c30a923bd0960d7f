"""สมุดผู้มาติดต่อ: who came to an office, to whom and why. CONTRIBUTING's worked example of a chapter."""
