"""Pages that both registers share: the list, a letter's page, intake."""
