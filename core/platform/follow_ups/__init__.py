"""งานที่มอบหมาย: what one person is to do for another by a day."""
