"""Forms of activities, costs and summaries."""

from __future__ import annotations

from typing import ClassVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from wtforms import validators

from core.base.errors import needs
from core.storage.fields import Values, label
from core.web.forms import (
    AmountField,
    ClockField,
    FilesField,
    KhetForm,
    LineForm,
    LinesField,
    LookupField,
    ThaiDateField,
    WholeField,
    choice,
    paragraph,
    several,
    text,
)
from core.web.officers import Officers
from plugins.service_request import permissions
from plugins.service_request.activities.services import CHANGES, COSTS, PAYERS
from plugins.service_request.catalogue import AREAS
from plugins.service_request.models import Preparation
from plugins.service_request.requests.forms import SpeakerLine

#: who gets something ready
PREPARERS = Officers("edit", permissions.PREPARATION)
_NUMBER = [validators.InputRequired(message=_l("Fill this in."))]


class PreparationLine(LineForm):
    """Something more to get ready."""

    what = text(label(Preparation.what), most=300)
    user_id = LookupField(label(Preparation.user_id), PREPARERS, "PreparationView.people", need=False)
    due_on = ThaiDateField(label(Preparation.due_on), need=False)


class PrepareForm(KhetForm):
    """เตรียมกิจกรรม: what is ready is ticked, what else is to be got ready is added."""

    agenda = paragraph(_l("Agenda"), most=3000)
    ready = several(_l("Ready"), coerce=int, validate_choice=False)
    items = LinesField(_l("To get ready"), PreparationLine, need=False)
    files = FilesField(_l("Files"))


class ChangeForm(KhetForm):
    """A change on the way."""

    sort = choice(_l("What became of it"), list(CHANGES.items()))
    now = text(_l("New place or form"), most=300, need=False, help=_l("Needed where its place or form is another."))
    start_on = ThaiDateField(_l("Begins on"), need=False, help=_l("All four are needed where it is moved."))
    start_time = ClockField(_l("Begins at"))
    end_on = ThaiDateField(_l("Ends on"), need=False)
    end_time = ClockField(_l("Ends at"))
    minutes = WholeField(_l("Minutes lost"), [validators.Optional()], description=_l("Needed where it began late."))
    reason = text(_l("Reason"), most=500)

    #: what each kind of change asks besides its reason
    ASKED: ClassVar = {
        "moved": ("start_on", "start_time", "end_on", "end_time"), "venue": ("now",), "form": ("now",),
        "late": ("minutes",),
    }  # fmt: skip

    def values(self) -> Values:
        """What was typed. Raises RuleError at each field that the kind of change needs, and at each that is filled in
        and belongs to another: nothing typed is left out without a word."""
        values = super().values()
        asked = self.ASKED[values["sort"]]
        every = dict.fromkeys(name for names in self.ASKED.values() for name in names)
        needs(
            *((values[name] not in (None, ""), _("Fill this in."), name) for name in asked),
            *(
                (values[name] in (None, ""), _("This is of another change: note that by itself, or empty this."), name)
                for name in every
                if name not in asked
            ),
        )
        return values


class _NotedForm(KhetForm):
    """What is noted of an activity that was held."""

    start_on = ThaiDateField(_l("Began on"))
    start_time = ClockField(_l("Began at"), need=True)
    end_on = ThaiDateField(_l("Ended on"))
    end_time = ClockField(lazy_pgettext("activity", "Ended at"), need=True)
    attendance = WholeField(_l("How many took part"), _NUMBER)
    made_up = WholeField(_l("Minutes made up"), [validators.Optional()], default=0)


class HoldForm(_NotedForm):
    """จัดกิจกรรม."""

    files = FilesField(_l("Photos and papers"))


class CorrectForm(_NotedForm):
    """What was noted wrongly."""

    reason = text(_l("Reason"), most=300)


class MakeUpForm(KhetForm):
    """ชดเชยเวลา."""

    minutes = WholeField(_l("Minutes made up"), _NUMBER)


class PlannedForm(KhetForm):
    """An activity of a plan."""

    title = text(_l("Heading"), most=300)
    area = choice(_l("Area"), list(AREAS.items()), coerce=int)
    start_on = ThaiDateField(_l("Begins on"))
    start_time = ClockField(_l("Begins at"), need=True)
    end_on = ThaiDateField(_l("Ends on"))
    end_time = ClockField(_l("Ends at"), need=True)
    venue = text(_l("Place"), most=300)
    agenda = paragraph(_l("Agenda"), most=3000)


class SpeakersForm(KhetForm):
    """Who speaks at an activity of a plan."""

    people = LinesField(_l("Who speaks"), SpeakerLine, need=False)


class CallOffForm(KhetForm):
    """Why it is not held."""

    reason = text(_l("Reason"), most=300)


class TakeUpForm(KhetForm):
    """When and where it is held after all."""

    start_on = ThaiDateField(_l("Begins on"))
    start_time = ClockField(_l("Begins at"), need=True)
    end_on = ThaiDateField(_l("Ends on"))
    end_time = ClockField(_l("Ends at"), need=True)
    venue = text(_l("Place"), most=300)
    reason = text(_l("Reason"), most=300, need=False)


class ExpenseForm(KhetForm):
    """ค่าใช้จ่าย."""

    sort = choice(_l("Kind"), list(COSTS.items()))
    payer = choice(_l("Who pays"), list(PAYERS.items()))
    amount = AmountField(_l("Amount (baht)"), _NUMBER, places=2)
    evidence_due = ThaiDateField(_l("Papers due on"))


class PapersForm(KhetForm):
    """ส่งหลักฐานการเงิน."""

    on = ThaiDateField(_l("Handed in on"))


class WhyForm(KhetForm):
    """Why papers go back, or a cost is taken out."""

    reason = text(_l("Reason"), most=300)


class SummaryForm(KhetForm):
    """สรุปผลการดำเนินงาน."""

    attended = WholeField(_l("How many took part"), _NUMBER)
    result = paragraph(_l("Result against the objective"), most=2000, need=True)
    problems = paragraph(_l("Problems"), most=2000)
    suggestions = paragraph(_l("Suggestions"), most=2000)
    lessons = paragraph(_l("Lessons (KM)"), most=2000)
    files = FilesField(_l("Photos and papers"))


class SendForm(KhetForm):
    """To whom a summary is sent."""

    sent_to = text(_l("To whom"), most=300)
