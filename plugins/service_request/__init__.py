"""บริการทางวิชาการ: schools ask the supervision group for help (manual 004)."""
