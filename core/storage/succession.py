"""What becomes of a record where the unit at which it lies ends and its matters go on elsewhere.

Every kind of record that lies at a unit (`unit_id`) and can be unfinished says it once, as `GOES_ON`;
core/platform/succession.py does it. Whoever goes on opens whatever lay at the ended unit, by the same roles
(Actor.units): so a record moves only where it is to be the new unit's own, as a draft that gets its number from that
one's book.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Right = tuple[str, str]


@dataclass(frozen=True)
class GoesOn:
    """How a kind of record goes on. Made by one of the three below."""

    #: its unit becomes the one that goes on; else it stays, in the ended unit's books, and is worked on there
    moves: bool = False
    #: states (in the column `state`) in which the unit's people have something to do with it
    in_work: tuple[Any, ...] = ()
    state: str = "status"
    #: what opens it, and the right of those who are told
    view: str = ""
    right: Right = ("", "")
    #: columns that name the record of which it is a part
    whole: tuple[str, ...] = ()
    #: what becomes of it where the unit is closed and none goes on with it; empty: it goes to the office
    closed: Any = ""
    #: column of the unit in whose book it stands, where that is another than its own (Book.unit_column)
    book: str = ""


def moves(
    view: str, right: Right, *in_work: Any, state: str = "status", closed: Any = "", book: str = ""
) -> GoesOn:  # fmt: skip
    """What is in one of these states becomes the other unit's own; what is not stays behind as it was.

    `closed`: where the unit is closed the module has a rule of its own (UnitClosed), which this text says beforehand.
    `book`: the column of the unit that keeps its book; where that one ends it stays there, and is worked on by who goes
    on.
    """
    return GoesOn(True, in_work, state, view, right, closed=closed, book=book)


def stays(
    view: str = "", right: Right = ("", ""), *in_work: Any, state: str = "status", book: str = ""
) -> GoesOn:  # fmt: skip
    """It bears a number of the ended unit's book, or is about that unit itself: it stays where it is.

    What is in one of these states is told to who goes on with it, and its history says so. `book`: as of `moves`.
    """
    return GoesOn(False, in_work, state, view, right, book=book)


def follows(*whole: str) -> GoesOn:
    """It is a part of the record that one of these columns names, and goes where that one goes."""
    return GoesOn(True, whole=whole)
