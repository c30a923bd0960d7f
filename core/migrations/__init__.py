"""Core's tables, revision by revision."""
