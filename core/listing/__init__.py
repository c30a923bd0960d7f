"""Lists as plugins declare them: columns, filters, dimensions, actions; core draws, pages, groups, exports."""

from core.listing.declare import Action, Board, Column, Dimension, Filter, Measure, contains, month_of, period
from core.listing.page import Listing, make
from core.listing.state import ListState

__all__ = [
    "Action", "Board", "Column", "Dimension", "Filter", "ListState", "Listing", "Measure", "contains", "make",
    "month_of", "period",
]  # fmt: skip
