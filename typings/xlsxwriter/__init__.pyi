"""What Khet uses of XlsxWriter 3.3, members that are not public too (core/exchange/reports/fast.py)."""

from .workbook import Workbook as Workbook
