"""What the pages of correspondence ask."""
