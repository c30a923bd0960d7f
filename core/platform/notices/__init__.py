"""What somebody should hear of: in the page, by e-mail, by webhook."""
