"""Long work: kept in the database, done by workers, found again."""
