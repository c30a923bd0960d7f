"""Complaints, wishes and questions from anybody (manual 004 บทที่ 4, ติดตาม 1.1)."""
