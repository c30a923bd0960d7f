"""What belongs to one person: saved views, drafts, recently opened, choices."""
