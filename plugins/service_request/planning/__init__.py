"""Analysis of an area or a problem in seven steps, and the plan that comes of it (manual 004 บทที่ 3)."""
