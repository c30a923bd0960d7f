"""The correspondence plugin's tables, revision by revision."""
