"""แบบประเมินความพึงพอใจ: one anonymous answer a browser, results by item. No Flask.

Bands: 4.51–5.00 มากที่สุด, 3.51–4.50 มาก, 2.51–3.50 ปานกลาง, 1.51–2.50 น้อย, 1.00–1.50 น้อยที่สุด, on the mean of two
decimals (domain notes on supervision R3). Fewer than five answers are hidden (R6).
"""

from __future__ import annotations

import hashlib
import secrets
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, or_, select
from sqlalchemy.exc import IntegrityError

from core.base.errors import RuleError
from core.base.text import figures, thai
from core.base.text.thai import clean, format_date
from core.platform.timeline import recorder
from core.storage import fields
from core.storage.scope import KhetSession
from plugins.service_request.models import (
    CALLED_OFF,
    Activity,
    Request,
    Survey,
    SurveyAnswer,
    SurveyBallot,
    SurveyTemplate,
)

FEWEST = 5
KINDS = {"head": _l("Head of a school"), "teacher": _l("Teacher"), "staff": _l("Staff"), "other": _l("Other")}
BANDS = (
    ("4.51", _l("Highest")), ("3.51", _l("High")), ("2.51", _l("Middling")), ("1.51", _l("Low")), ("0", _l("Lowest")),
)  # fmt: skip
#: (section, item) that ship: domain notes on svc.SurveyTemplate
SHIPPED = (
    ("เนื้อหา", "เนื้อหาตรงกับความต้องการ"),
    ("เนื้อหา", "เนื้อหาถูกต้องและเป็นปัจจุบัน"),
    ("วิทยากร", "ความรู้ความสามารถของวิทยากร"),
    ("วิทยากร", "การถ่ายทอดและตอบคำถาม"),
    ("ระยะเวลา", "ความเหมาะสมของระยะเวลา"),
    ("สถานที่", "ความเหมาะสมของสถานที่"),
    ("การนำไปใช้", "นำความรู้ไปใช้ในการปฏิบัติงานได้"),
)
TITLE = "แบบประเมินความพึงพอใจการให้บริการทางวิชาการ"


def fill(session: KhetSession) -> int:
    """Write the shipped template where a district has none."""
    if session.scalar(select(SurveyTemplate.id).limit(1)) is not None:
        return 0
    session.add(SurveyTemplate(title=TITLE, items=[{"section": s, "text": t} for s, t in SHIPPED]))
    session.flush()
    return 1


def save_template(session: KhetSession, template: SurveyTemplate | None, values: dict[str, Any]) -> SurveyTemplate:
    """A template of one's own. Surveys that are out keep their items."""
    fields.check_unique(session, SurveyTemplate, template, values)
    if template is None:
        template = SurveyTemplate()
        session.add(template)
    fields.assign(template, values)
    template.active = bool(values["active"])
    template.items = [{"section": clean(one["section"] or ""), "text": clean(one["text"])} for one in values["items"]]
    session.flush()
    return template


def _check_end(activity: Activity, closes_on: date, today: date) -> None:
    """Answers are taken until a day that is to come, and not before what they speak of."""
    if closes_on < today:
        raise RuleError(_("The date lies in the past."), field="closes_on")
    if activity.status == "planned" and closes_on < activity.day:
        held = format_date(activity.day, "short")
        raise RuleError(
            _("The activity is held on %(day)s: it stays open until then at least.", day=held), field="closes_on"
        )


def make(session: KhetSession, activity: Activity, template: SurveyTemplate, closes_on: date, *, today: date) -> Survey:
    """A survey of an activity, one each; its link is a secret of 128 bits."""
    _check_end(activity, closes_on, today)
    if session.scalar(select(Survey.id).filter_by(activity_id=activity.id)) is not None:
        raise RuleError(_("This activity has its survey."))
    if activity.status == CALLED_OFF:
        raise RuleError(_("The activity was called off: there is nothing to ask about."))
    link = secrets.token_urlsafe(16)
    survey = Survey(
        activity_id=activity.id, unit_id=activity.unit_id, title=activity.title, items=list(template.items), link=link,
        token=hashlib.sha256(link.encode()).hexdigest(), closes_on=closes_on,
    )  # fmt: skip
    session.add(survey)
    session.flush()
    return survey


def closed_because(session: KhetSession, survey: Survey, today: date) -> str:
    """Why it takes no answers; empty where it does."""
    if survey.takes_answers(today):
        return ""
    activity = session.get_one(Activity, survey.activity_id)
    if activity.status == CALLED_OFF:
        return _("This activity was called off, so the survey is closed.")
    return _("This survey is closed.")


def shut(survey: Survey) -> str:
    """Why a survey is not closed by hand; empty where it is."""
    return _("This survey is closed already.") if survey.status != "open" else ""


def close(session: KhetSession, survey: Survey) -> None:
    """Take no more answers."""
    if why := shut(survey):
        raise RuleError(why)
    survey.status = "closed"
    recorder.describe(session, survey, "service_request.survey_closed")
    session.flush()


def stays(session: KhetSession, survey: Survey, today: date) -> str:
    """Why a survey is not opened again; empty where it can be."""
    if survey.takes_answers(today):
        return _("This survey is open.")
    activity = session.get_one(Activity, survey.activity_id)
    if activity.status == CALLED_OFF:
        return closed_because(session, survey, today)
    if count(session, survey) >= FEWEST:  # beside these, the next figures would tell what one more answer said
        return _("Its figures are shown already: they would tell what was answered after them.")
    request = session.get(Request, activity.request_id) if activity.request_id else None
    return _("The request is closed, and its survey with it.") if request and request.status == "closed" else ""


def reopen(session: KhetSession, survey: Survey, closes_on: date, *, today: date) -> None:
    """Take answers again until a day: who closed too early is not at an end.

    Raises RuleError while it is open, for a past day, for an activity that was called off, once its figures are shown,
    and after the request was closed: what it was closed with stays.
    """
    if why := stays(session, survey, today):
        raise RuleError(why)
    _check_end(session.get_one(Activity, survey.activity_id), closes_on, today)
    survey.status, survey.closes_on = "open", closes_on
    recorder.describe(session, survey, "service_request.survey_reopened")
    session.flush()


def _mark(survey: Survey, ballot: str) -> str:
    """What is kept of a browser's ballot: it leads to nobody, and to no other survey."""
    return hashlib.sha256(f"{survey.token}:{ballot}".encode()).hexdigest()


def has_answered(session: KhetSession, survey: Survey, ballot: str) -> bool:
    """Whether the browser with this ballot has answered."""
    there = select(SurveyBallot.id).filter_by(survey_id=survey.id, hash=_mark(survey, ballot))
    return session.scalar(there) is not None


#: no meeting is larger, and strangers fill no database
MOST_ANSWERS = 5_000
#: characters of what one wants to say besides
LONGEST_REMARK = 1_000


def answer(
    session: KhetSession,
    survey: Survey,
    ballot: str,
    values: Sequence[int | None],
    *,
    kind: str,
    remark: str,
    today: date,
) -> None:
    """Put an answer in. The ballot's hash and the answer are two rows that nothing joins: anonymous stays anonymous.

    Raises RuleError for a second answer of the same browser, a closed survey, values outside 1–5 and a remark that is
    too long: nobody's words are cut.
    """
    remark = clean(remark)
    if len(remark) > LONGEST_REMARK:
        raise RuleError(_("At most %(length)s characters.", length=LONGEST_REMARK), field="remark")
    if closed := closed_because(session, survey, today):
        raise RuleError(closed)
    if len(values) != len(survey.items) or any(value is not None and not 1 <= value <= 5 for value in values):
        raise RuleError(_("Answer from 1 to 5."))
    if not any(values):
        raise RuleError(_("Answer at least one question."))
    if (session.scalar(select(func.count()).where(SurveyBallot.survey_id == survey.id)) or 0) >= MOST_ANSWERS:
        raise RuleError(_("This survey has as many answers as it takes."))
    facts = {"district_id": survey.district_id, "survey_id": survey.id}
    try:
        with session.begin_nested():
            session.add(SurveyBallot(**facts, hash=_mark(survey, ballot)))
    except IntegrityError:  # the same form a second time, maybe at the same moment
        raise RuleError(_("You have answered already. Thank you.")) from None
    session.add(SurveyAnswer(**facts, kind=kind if kind in KINDS else "other", values=list(values), remark=remark))
    session.flush()


@dataclass(frozen=True)
class Result:
    """One item: how many answered and how many left it out, mean and standard deviation (two decimals), the band."""

    section: str
    text: str
    n: int
    missing: int
    mean: Decimal | None
    deviation: Decimal | None

    @property
    def band(self) -> Any:
        """The band's name; empty without an answer."""
        return figures.band(self.mean, BANDS)


def count(session: KhetSession, survey: Survey) -> int:
    """How many have answered."""
    return session.scalar(select(func.count(SurveyAnswer.id)).filter_by(survey_id=survey.id)) or 0


def results(session: KhetSession, survey: Survey, today: date) -> list[Result] | None:
    """Items with their figures; None while it is open, and where fewer than five have answered.

    Figures that grow by one answer tell, beside those of a moment before, what that one said. What is left out is not
    nought.
    """
    if survey.takes_answers(today):
        return None
    found = list(session.scalars(select(SurveyAnswer.values).filter_by(survey_id=survey.id)))
    if len(found) < FEWEST:
        return None
    made = []
    for place, item in enumerate(survey.items):
        made.append(result_of(item["section"], item["text"], [one[place] for one in found]))
    return made


def told_in(session: KhetSession, first: date, last: date) -> dict[int, list[list[int | None]]]:
    """Answers by survey, of the activities planned between two days and not called off; one that is open still, and one
    with fewer than FEWEST, is left out (`results`)."""
    found: dict[int, list[list[int | None]]] = defaultdict(list)
    asked = (
        select(SurveyAnswer.survey_id, SurveyAnswer.values)
        .join(Survey, Survey.id == SurveyAnswer.survey_id)
        .join(Activity, Activity.id == Survey.activity_id)
        .where(Activity.day.between(first, last), Activity.status != CALLED_OFF)
        .where(or_(Survey.status != "open", Survey.closes_on < thai.today()))
    )
    for survey_id, values in session.execute(asked):
        found[survey_id].append(values)
    return {survey_id: answers for survey_id, answers in found.items() if len(answers) >= FEWEST}


def result_of(section: str, text: str, values: Sequence[int | None]) -> Result:
    """Mean and sample standard deviation of some answers, None where one left it out."""
    found = figures.describe(values)
    return Result(section, text, found.n, found.missing, found.mean, found.deviation)


def remarks(session: KhetSession, survey: Survey) -> list[str]:
    """What was written, in alphabetical order: the order of coming would say who."""
    found = session.scalars(select(SurveyAnswer.remark).filter_by(survey_id=survey.id).where(SurveyAnswer.remark != ""))
    return sorted(found)
