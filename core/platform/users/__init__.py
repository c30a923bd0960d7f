"""Who signs in (ผู้ใช้): tables, roles, sessions, passwords. What happens with accounts stands in accounts/."""
