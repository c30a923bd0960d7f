"""In which capacity somebody works with a record: by their own account, or in one place that they take."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from flask import g, request

from core.base.identity import Actor
from core.base.text.thai import today
from core.platform.timeline import recorder
from core.records.approvals import services as approvals
from core.web.unit_of_work import READING, db


def first(holds: Callable[[], bool]) -> Actor | None:
    """The first of the actor's capacities in which what is asked holds, their own before others'; None where it holds
    in none. `holds` asks the actor of the request, which is one of them meanwhile: rights never add up."""
    whole: Actor = g.actor
    try:
        for one in whole.each():
            g.actor = one
            if holds():
                return one
    finally:
        g.actor = whole
    return None


def told(one: Actor | None) -> None:
    """What this request writes from now on says that it is done in this capacity. Who has one alone has nothing to
    say."""
    if one is not None and one.selves and request.method not in READING:
        g.capacity_told = True
        recorder.act_for(db, approvals.acting_for(db, one.stead, today()))


@contextmanager
def acting(one: Actor | None) -> Iterator[None]:
    """Do within what this capacity may do and no other, and say so in the history; with None nothing is different."""
    if one is None:
        yield
        return
    whole, words = g.actor, recorder.acts_for(db)
    try:
        g.actor = one
        told(one)
        yield
        db.flush()
    finally:
        g.actor = whole
        recorder.act_for(db, words)
