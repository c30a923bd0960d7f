"""Paper: Thai text broken into lines, set in type, and written as PDF."""
