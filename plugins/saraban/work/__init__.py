"""What is done with letters, drafts, deliveries, scans and folders. Knows no page."""
