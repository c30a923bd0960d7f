"""A request for service, from the first word to its end (manual 004 บทที่ 4)."""
