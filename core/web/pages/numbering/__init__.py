"""The registrar's pages: books, gaps, closing, repair."""
