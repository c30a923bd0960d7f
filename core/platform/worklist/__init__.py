"""What waits for whom, kept with each record's change."""
