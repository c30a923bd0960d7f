"""Forms of requests and of the steps that ask something."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from wtforms import BooleanField, HiddenField, validators

from core.base.errors import RuleError
from core.base.text.thai import BANGKOK
from core.platform.masterdata.models import Person, School
from core.web.forms import (
    AmountField,
    ClockField,
    FilesField,
    Finder,
    KhetForm,
    LineForm,
    LinesField,
    LookupField,
    ThaiDateField,
    WholeField,
    choice,
    paragraph,
    text,
)
from core.web.letter_links import letter_form
from core.web.unit_of_work import db
from plugins.service_request.models import Service
from plugins.service_request.requests.life import ANSWERS, CHANNELS, REASONS, ROLES, SORTS, TYPES

_SCHOOL = Finder(db, School, lambda one: one.name)
_PERSON = Finder(db, Person, lambda one: one.full_name)
_NUMBER = [validators.InputRequired(message=_l("Fill this in."))]


def moment(values: dict[str, Any], day: str, clock: str) -> datetime:
    """A day and a time of day of a form as one moment in Bangkok. Raises RuleError where the time is missing."""
    if values[clock] is None:
        raise RuleError(_("Type a time like 09.30."), field=clock)
    return datetime.combine(values[day], values[clock], BANGKOK)


class RequestForm(KhetForm):
    """คำขอรับบริการ."""

    empty = {"service_id": _l("The catalogue offers no service. Who keeps the catalogue of services adds one.")}

    requester_type = choice(_l("Who asks"), list(TYPES.items()))
    school_id = LookupField(
        _l("School"), _SCHOOL, "SchoolView.lookup", need=False, help=_l("Needed where a school asks.")
    )
    requester = text(_l("Name of who asks"), most=200, need=False, help=_l("Empty: the school's name."))
    contact = text(_l("Contact person"), most=150)
    phone = text(_l("Telephone"), most=40)
    channel = choice(
        _l("How it is asked"), list(CHANNELS.items()),
    )  # fmt: skip
    service_id = choice(_l("Service"), [], coerce=int, render_kw={"translate": "no"})
    sort = choice(_l("Form"), list(SORTS.items()))
    topic = text(_l("Subject"), most=300)
    objective = paragraph(_l("Objective"))
    audience = text(_l("For whom"), most=300, need=False)
    expected = WholeField(_l("How many take part"), _NUMBER)
    start_on = ThaiDateField(_l("Begins on"))
    start_time = ClockField(_l("Begins at"), need=True)
    end_on = ThaiDateField(_l("Ends on"))
    end_time = ClockField(_l("Ends at"), need=True)
    alternatives = text(_l("Other days that fit"), most=300, need=False)
    venue = text(_l("Place"), most=300)
    speakers_wanted = text(_l("Speakers wanted"), most=300, need=False)
    budget = AmountField(_l("Budget of who asks (baht)"), [validators.Optional()], places=2)
    files = FilesField(_l("Documents"), help=_l("The letter, a programme, a picture. Drop them here."))
    urgent = BooleanField(_l("Urgent"))
    urgent_reason = text(_l("Why it is urgent"), most=500, need=False)
    agreed = HiddenField()  #: other requests by the same letter
    groups = (
        (_l("Who asks"), ("requester_type", "school_id", "requester", "contact", "phone", "channel")),
        (
            _l("What is wanted"),
            ("service_id", "sort", "topic", "objective", "audience", "expected", "speakers_wanted", "budget", "files"),
        ),
        (_l("When and where"), ("start_on", "start_time", "end_on", "end_time", "venue", "alternatives")),
        (_l("Haste"), ("urgent", "urgent_reason")),
    )
    sizes = {"contact": "half", "phone": "half", "expected": "half", "budget": "half", "service_id": "", "venue": ""}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = select(Service).where(Service.active.is_(True)).order_by(Service.code)
        self.service_id.choices = [(one.id, one.label) for one in db.scalars(offered)]


class ReceiveForm(KhetForm):
    """ลงรับ."""

    received_on = ThaiDateField(_l("Letter received on"))
    letter_no = text(
        _l("Number of the letter"), most=100, need=False,
        help=_l("Empty where the letter was linked from the register of incoming letters."),
    )  # fmt: skip
    letter_on = ThaiDateField(_l("Date of the letter"), need=False)
    agreed = HiddenField()  #: other requests by the same letter


class ScreenForm(KhetForm):
    """ตรวจเงื่อนไข."""

    urgent = BooleanField(_l("Urgent"))
    urgent_reason = text(_l("Why it is urgent"), most=500, need=False)
    note = paragraph(_l("What was explained to the requester"), most=500)


class HurryForm(KhetForm):
    """เร่งด่วน."""

    reason_text = text(_l("Why it is urgent"), most=500, need=False)


class SpeakerLine(LineForm):
    """A person to be asked."""

    person_id = LookupField(_l("Person"), _PERSON, "PersonView.lookup")
    role = choice(_l("Role"), list(ROLES.items()))


class CirculateForm(KhetForm):
    """ทาบทามวิทยากร."""

    people = LinesField(_l("Who is asked to speak"), SpeakerLine)


class AnswerForm(KhetForm):
    """A speaker's answer."""

    answer = choice(
        _l("Answer"), [(key, title) for key, title in ANSWERS.items() if key not in ("waiting", "released")]
    )
    delegate_id = LookupField(_l("Delegate"), _PERSON, "PersonView.lookup", need=False)
    reason = text(_l("Reason"), most=500, need=False)


class ConsiderForm(KhetForm):
    """ประชุมพิจารณา."""

    met_on = ThaiDateField(_l("Met on"))
    told_on = ThaiDateField(
        _l("Told by word on"), need=False, help=_l("Speakers are told by word before the invitation goes out.")
    )
    attendees = paragraph(_l("Who was there"))
    delegates = paragraph(_l("Delegates"), most=500)
    activity_decision = paragraph(_l("Decided on the activity"), need=True)
    budget_decision = paragraph(_l("Decided on the budget"))


class OfferForm(KhetForm):
    """ขอเปลี่ยนช่วงเวลา."""

    start_on = ThaiDateField(_l("Begins on"))
    start_time = ClockField(_l("Begins at"), need=True)
    end_on = ThaiDateField(_l("Ends on"))
    end_time = ClockField(_l("Ends at"), need=True)
    reason = choice(_l("Reason"), list(REASONS.items()))
    reason_text = text(_l("In words"), most=500, need=False)


class DeclineForm(KhetForm):
    """ปฏิเสธ."""

    told_on = ThaiDateField(_l("Told by word on"), need=False)
    reason = choice(_l("Reason"), list(REASONS.items()))
    reason_text = text(_l("In words"), most=500, need=False)


class DenyForm(KhetForm):
    """Not approved; who declines by word has done so or will."""

    reason = choice(_l("Reason"), list(REASONS.items()))
    reason_text = text(_l("In words"), most=500)


class RefuseForm(KhetForm):
    """The offered time does not fit."""

    reason_text = text(_l("In words"), most=500)


LetterForm = letter_form(_l("Number of the letter"), _l("Date of the letter"))


class WithdrawForm(KhetForm):
    """Why a request is withdrawn or sent back."""

    reason = text(_l("Reason"), most=500)


class NotedWithdrawalForm(KhetForm):
    """A withdrawal that the office notes for who asked."""

    reason = text(_l("Reason"), most=300)
    told_by = text(_l("Who at the requester asked for it, and how"), most=150)
