"""Lists as plugins declare them: columns, filters, dimensions, actions; core draws, pages, groups, exports."""

from core.records.lists.columns import choice, column, day, dimension, month
from core.records.lists.declare import (
    Action,
    Board,
    Column,
    Dimension,
    Filter,
    Measure,
    contains,
    holds,
    month_of,
    overdue,
    period,
)
from core.records.lists.page import Listing, make
from core.records.lists.state import ListState

__all__ = [
    "Action", "Board", "Column", "Dimension", "Filter", "ListState", "Listing", "Measure", "choice", "column",
    "contains", "day", "dimension", "holds", "make", "month", "month_of", "overdue", "period",
]  # fmt: skip
