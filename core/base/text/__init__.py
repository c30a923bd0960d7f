"""Thai text and calendars, free of Flask and of the database."""
