"""Letters between offices: sent to many at once, received in a tray, and their fate seen by the sender."""
