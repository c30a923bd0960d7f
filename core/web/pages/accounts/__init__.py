"""Sign-in, one's own account and security, the administrator's pages of users, first run."""
