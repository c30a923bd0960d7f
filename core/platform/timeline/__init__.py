"""Who changed what and when, written with the change and sealed after it (ประวัติ)."""
