"""Attachments: checked on arrival, stored under random names, served only through their record."""
