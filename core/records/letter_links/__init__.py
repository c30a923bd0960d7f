"""Letters that records of other modules cite: a soft reference that stays readable when correspondence is off."""
