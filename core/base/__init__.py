"""Layer 1: what needs no database and no request: settings, text and calendars, errors, rights, workflow tables."""
