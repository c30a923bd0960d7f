"""The tables of correspondence, all of them known where this package is."""

from plugins.saraban.models import dispatches, drafts, endorsements, letters, scans, storage

__all__ = ["dispatches", "drafts", "endorsements", "letters", "scans", "storage"]
