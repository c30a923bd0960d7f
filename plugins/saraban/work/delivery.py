"""The delivery job: the only thing that writes to two districts (each in a transaction of its own).

It reads the sender's dispatch, opens the recipient's scope by name, writes the recipient's row and copies of the
files, and brings the status back the same way. Every part may run again: what is there already is not brought twice.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from flask_babel import LazyString, force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, OperationalError

from core.base.errors import FileGone
from core.base.text.thai import today
from core.platform.accounts import services as accounts
from core.platform.jobs.kind import JobKind
from core.platform.jobs.runner import Running
from core.platform.masterdata import services as masterdata
from core.platform.masterdata.models import Unit
from core.platform.notices import services as notices
from core.platform.timeline import recorder
from core.records.files import store
from core.storage.base import utc_now
from core.storage.scope import KhetSession
from plugins.saraban import permissions
from plugins.saraban.models.dispatches import (
    ANSWERED,
    KHET,
    PASSED_ON,
    QUEUED,
    RECALLED,
    REGISTERED,
    RETURNED,
    SENT,
    Arrival,
    Dispatch,
)
from plugins.saraban.models.drafts import Draft
from plugins.saraban.models.letters import IncomingLetter, OutgoingLetter
from plugins.saraban.work import arrivals, back, exchange, life, originals, outgoing, reading, undelivered

log = logging.getLogger(__name__)

CHUNK = 20
TAKEN_BACK = "saraban.arrival.recalled"


def deliver(running: Running) -> None:
    """Carry a letter to everybody to whom it is still queued."""
    while _some(running):
        pass
    for dispatch_id in _recalled_on_the_way(running):
        _take_back(running, dispatch_id, "")


def _recalled_on_the_way(running: Running) -> list[int]:
    """Lines that were taken back before they arrived. One whose recipient's row was being written then is there all the
    same, whichever worker wrote it, and has no errand of its own."""
    with running.database.district(running.district_id, "letter delivery", write=False) as session:
        recalled = select(Dispatch.id).where(
            Dispatch.letter_id == running.params["letter"], Dispatch.state == RECALLED, Dispatch.channel == KHET,
            Dispatch.sent_at.is_(None),
        )  # fmt: skip
        return list(session.scalars(recalled.order_by(Dispatch.id)))


def _some(running: Running) -> bool:
    own, name = running.district_id, "letter delivery"
    with running.database.district(own, name, write=False) as session:
        letter = session.get(OutgoingLetter, running.params["letter"])
        if letter is None or letter.status == "cancelled":
            return False
        files = originals.handed_out(session, letter)
        queued = select(Dispatch).where(
            Dispatch.letter_id == letter.id, Dispatch.state == QUEUED, Dispatch.channel == KHET
        )
        waiting = list(session.scalars(queued.order_by(Dispatch.id).limit(CHUNK)))
    problems = {one.id: _bring(running, letter, one, files) for one in waiting}
    elsewhere = _elsewhere(running, waiting)
    with running.app.test_request_context(), running.database.district(own, name) as session:
        lost: dict[str, list[Dispatch]] = {}
        for one in session.scalars(select(Dispatch).where(Dispatch.id.in_(problems)).with_for_update()):
            problem = problems[one.id]
            if not problem:
                exchange.advance(session, one, SENT, utc_now())  # but for one taken back meanwhile
                if one.id in elsewhere:
                    state, one.taken_by = elsewhere[one.id]
                    if state == PASSED_ON:
                        exchange.passed_on(session, one, one.taken_by)
            elif one.state == QUEUED:
                lost.setdefault(problem, []).append(one)
        sent = session.get(OutgoingLetter, letter.id)
        for problem, ones in lost.items():
            registry = running.app.extensions["khet"].registry
            undelivered.failed(session, registry, sent or letter, ones, problem, running.user_id)
    return len(waiting) == CHUNK


def _elsewhere(running: Running, lines: Sequence[Dispatch]) -> dict[int, tuple[str, str]]:
    """Of lines that were brought, whose recipient has ended: the state there, and the school that has it instead."""
    found: dict[int, tuple[str, str]] = {}
    to = {one.id: one.to_unit_id for one in lines}
    for district_id in {one.to_district_id for one in lines if one.to_district_id is not None}:
        with running.database.district(district_id, "letter delivery", write=False) as theirs:
            there = (
                select(Arrival.dispatch_id, Arrival.state, Unit.id, Unit.name)
                .join(Unit, Unit.id == Arrival.unit_id)
                .where(Arrival.from_district_id == running.district_id, Arrival.dispatch_id.in_(to))
            )
            found.update((row[0], (row[1], row[3])) for row in theirs.execute(there) if row[2] != to[row[0]])
    return found


def _bring(running: Running, letter: OutgoingLetter, one: Dispatch, files: Sequence[Any]) -> str:
    """Write the recipient's row; returns why not, or "". One that cannot be reached stops none of the others."""
    try:
        try:
            reached = _write(running, letter, one, files)
        except IntegrityError:  # another worker carries the same letter, and was faster
            reached = _write(running, letter, one, files)
    except OperationalError:
        raise  # the database is away: nobody's fault, and the job is taken up again
    except FileGone:
        with force_locale(running.locale):
            return _("A file of this letter is missing or altered on the server.")
    except Exception:
        reference = secrets.token_hex(4)
        log.exception("dispatch %s, error %s", one.id, reference)
        with force_locale(running.locale):
            return _("Something went wrong. If it happens again, tell this number: %(number)s", number=reference)
    with force_locale(running.locale):
        return "" if reached else undelivered.nobody_there()


def _write(running: Running, letter: OutgoingLetter, one: Dispatch, files: Sequence[Any]) -> bool:
    """Whether the recipient's row is there now; False where nobody takes letters."""
    assert one.to_district_id is not None
    root = running.app.extensions["khet"].settings.files_dir
    with running.database.district(one.to_district_id, "letter delivery", write=False) as theirs:
        if (there := _there(running, theirs, one)) is not None:
            return there
    # compared, copied and synced while nobody waits for the writer
    copies = [store.copy(root, file, one.to_district_id) for file in files]
    with running.database.district(one.to_district_id, "letter delivery") as theirs:
        unit = masterdata.successor(theirs, one.to_unit_id)
        if (there := _there(running, theirs, one)) is not None or unit is None:
            return bool(there)
        arrival = Arrival(
            unit_id=unit.id, from_district_id=one.district_id, dispatch_id=one.id, sender=letter.sender,
            doc_no=letter.doc_no, doc_date=letter.doc_date, recipient=one.recipient, subject=letter.subject,
            speed=letter.speed, due_at=letter.due_at, reply_by=one.reply_by,
        )  # fmt: skip
        theirs.add(arrival)
        theirs.flush()
        for copied in copies:
            store.bring(theirs, copied, arrival)
        if unit.id != one.to_unit_id and arrivals.is_double(theirs, arrival):
            arrivals.pass_on(theirs, arrival, unit.name)
    return True


def _there(running: Running, theirs: KhetSession, one: Dispatch) -> bool | None:
    """Whether the recipient has the row already: False where nobody takes letters, None where it is to be written."""
    known = select(Arrival.id).where(Arrival.from_district_id == one.district_id, Arrival.dispatch_id == one.id)
    if theirs.scalar(known) is not None:
        return True
    assert one.to_district_id is not None
    on = running.app.extensions["khet"].switchboard.effective(theirs, one.to_district_id)
    return None if "saraban" in on and masterdata.successor(theirs, one.to_unit_id) is not None else False


def tell_back(running: Running) -> None:
    """Bring the recipient's news into the sender's row."""
    params = running.params
    with running.database.district(running.district_id, "letter delivery", write=False) as session:
        arrival = session.get(Arrival, params["arrival"])
        if arrival is None:
            return
    sender = running.database.district(arrival.from_district_id, "letter delivery")
    with running.app.test_request_context(), sender as theirs:
        one = theirs.get(Dispatch, arrival.dispatch_id)
        if one is not None and one.to_district_id == running.district_id:
            if params["state"] == RETURNED:
                _returned(running, theirs, one, params["reason"], params.get("by", ""))
                return
            if params["state"] == PASSED_ON:
                exchange.passed_on(theirs, one, params["reason"])
                return
            exchange.advance(theirs, one, params["state"], datetime.fromisoformat(params["at"]), params["number"])
            if one.state == ANSWERED:
                outgoing.answered(theirs, one.letter_id)


def _returned(running: Running, theirs: KhetSession, one: Dispatch, reason: str, by: str) -> None:
    """It is not the recipient's: who sends letters there and who drafted it are told which unit sent it back, `by` whom
    and why."""
    letter = theirs.get(OutgoingLetter, one.letter_id)
    if exchange.returned(theirs, one, reason) and letter is not None:
        registry = running.app.extensions["khet"].registry
        # a school that was merged has sent nothing back: whoever has it in its place did
        who = LazyString(lambda: f"{one.to_whom} ({by})" if by else one.to_whom)
        said = _l("%(who)s sent this letter back: %(record)s")
        drafted = select(Draft.drafted_by_id).where(Draft.letter_id == letter.id).limit(1)
        undelivered.tell(theirs, registry, letter, None, said, also=theirs.scalar(drafted), who=who, why=reason)


@contextmanager
def _with_recipient(running: Running, dispatch_id: int) -> Iterator[tuple[KhetSession, Arrival, Unit] | None]:
    """The recipient's session, their row of a dispatch and the unit it lies at; None where it never arrived."""
    with running.database.district(running.district_id, "letter delivery", write=False) as session:
        one = session.get(Dispatch, dispatch_id)
    if one is None or one.to_district_id is None:
        yield None
        return
    with running.database.district(one.to_district_id, "letter delivery") as theirs, running.app.test_request_context():
        found = select(Arrival).where(Arrival.from_district_id == one.district_id, Arrival.dispatch_id == one.id)
        arrival = theirs.scalars(found).first()
        unit = theirs.get(Unit, arrival.unit_id) if arrival is not None else None
        yield (theirs, arrival, unit) if arrival is not None and unit is not None else None


def remind(running: Running) -> None:
    """A notice to every clerk who may register the recipient's letters."""
    with _with_recipient(running, running.params["dispatch"]) as there:
        if there is not None and there[1].state not in (RECALLED, RETURNED, PASSED_ON):
            _tell_clerks(running, there, "saraban.reminded", _l("%(sender)s reminds you: %(record)s"))


def recall(running: Running) -> None:
    """What the sender took back is gone from the tray with words and files; where it is registered, that says so."""
    _take_back(running, running.params["dispatch"], running.params["reason"])


def _take_back(running: Running, dispatch_id: int, reason: str) -> None:
    root = running.app.extensions["khet"].settings.files_dir
    with _with_recipient(running, dispatch_id) as there:
        if there is None or there[1].state in (RETURNED, PASSED_ON):
            return
        theirs, arrival, _unit = there
        if recorder.was_noted(theirs, arrival, TAKEN_BACK):
            return  # a job that runs again says it once
        letter = theirs.get(IncomingLetter, arrival.letter_id) if arrival.letter_id else None
        if letter is not None:
            recorder.note(theirs, letter, back.TAKEN_BACK, reason)
            reading.forget(letter)
            if letter.status != "cancelled":
                life.recall(theirs, letter, reason)
        if arrival.state == REGISTERED:  # its row stays as it is, so the timeline is told apart from the flush
            recorder.note(theirs, arrival, TAKEN_BACK, reason)
        else:
            arrival.state = RECALLED
            recorder.describe(theirs, arrival, TAKEN_BACK, reason)
            arrivals.forget_words(theirs, root, arrival)
        _tell_clerks(running, there, "saraban.recalled", _l("%(sender)s took a letter back: %(record)s"), reason)


def _tell_clerks(
    running: Running, there: tuple[KhetSession, Arrival, Unit], topic: str, said: Any, why: str = ""
) -> None:  # fmt: skip
    theirs, arrival, unit = there
    roles = running.app.extensions["khet"].registry.roles()
    for account in accounts.who_may(theirs, roles, ("add", permissions.INCOMING), unit, today()):
        with force_locale(account.locale):
            text = str(said) % {"sender": arrival.sender, "record": arrival.label[: 100 if why else 200]}
            text = notices.because(text, why, arrival)
        notices.notify(theirs, account, topic, text, arrival, "ArrivalView", words=why)


# -- what an errand does that could not be done ---------------------------------------------------------------


def _untold(running: Running, why: str) -> None:
    """The sender's row does not move: the recipient's clerks learn that they have to say it by themselves."""
    own = running.database.district(running.district_id, "letter delivery")
    with own as session, running.app.test_request_context():
        arrival = session.get(Arrival, running.params["arrival"])
        unit = session.get(Unit, arrival.unit_id) if arrival is not None else None
        if arrival is not None and unit is not None:
            recorder.note(session, arrival, "saraban.arrival.untold", why)
            said = _l("%(sender)s could not be told how this letter goes on; tell them: %(record)s")
            _tell_clerks(running, (session, arrival, unit), "saraban.untold", said)


def _not_recalled(running: Running, why: str) -> None:
    """The recipient has the letter still: the sender's line says again how far it is, and can be taken back again."""
    with _with_recipient(running, running.params["dispatch"]) as there:
        if there is None:
            return
        theirs, arrival, _unit = there
        if arrival.state in (RECALLED, RETURNED, PASSED_ON) or recorder.was_noted(theirs, arrival, TAKEN_BACK):
            return
        letter = theirs.get(IncomingLetter, arrival.letter_id) if arrival.letter_id else None
        news = (arrival.state, arrival.opened_at or arrival.arrived_at, letter.number_text if letter else "")
    said = _l("A letter could not be taken back, the recipient still has it: %(record)s")
    with _own_line(running, said, undelivered.NOT_RECALLED) as (session, one):
        if one is not None and one.state == RECALLED:
            exchange.still_there(session, one, *news, why)


def _not_reminded(running: Running, why: str) -> None:
    """The sender's line does not say that somebody was reminded."""
    said = _l("A reminder did not reach the recipient: %(record)s")
    with _own_line(running, said, undelivered.TOPIC) as (session, one):
        if one is not None:
            one.reminded_at = None
            recorder.describe(session, one, "saraban.dispatch.not_reminded", why)


@contextmanager
def _own_line(running: Running, said: Any, topic: str) -> Iterator[tuple[KhetSession, Dispatch | None]]:
    """The sender's session and line of an errand; what is done with it is told to who sent it in these words."""
    own = running.database.district(running.district_id, "letter delivery")
    with running.app.test_request_context(), own as session:
        one = session.get(Dispatch, running.params["dispatch"])
        yield session, one
        letter = session.get(OutgoingLetter, one.letter_id) if one is not None else None
        if letter is not None:
            registry = running.app.extensions["khet"].registry
            undelivered.tell(session, registry, letter, running.user_id, said, topic)


KINDS = [
    JobKind(exchange.DELIVER, deliver, repeatable=True, quiet=True, failed=undelivered.job_failed),
    JobKind(back.TELL_BACK, tell_back, repeatable=True, quiet=True, failed=_untold),
    JobKind(exchange.REMIND, remind, quiet=True, failed=_not_reminded),
    JobKind(exchange.RECALL, recall, repeatable=True, quiet=True, failed=_not_recalled),
]
