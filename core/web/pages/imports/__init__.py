"""Taking in: upload, check, correct, take, undo."""
