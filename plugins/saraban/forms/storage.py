"""Forms of storage."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField
from wtforms.validators import InputRequired, NumberRange, Optional

from core.web.forms import KhetForm, LineForm, LinesField, ThaiDateField, WholeField, choice, paragraph, several, text
from core.web.unit_field import NO_UNIT, UnitField
from plugins.saraban import permissions

#: what is decided of a paper whose time is over, by the key that its line keeps
DECISIONS = {"": "", "destroy": _l("Destroy"), "extend": _l("Keep longer"), "left": _l("Left out")}


class RetentionForm(KhetForm):
    """A class of keeping."""

    code = text(_l("Code"), most=20)
    title = text(_l("Name"))
    years = WholeField(_l("Years kept"), [Optional(), NumberRange(1, 100)], description=_l("Empty means for ever."))
    source = text(_l("Source"), need=False)


class FolderForm(KhetForm):
    """A folder."""

    empty = {
        "unit_id": NO_UNIT,
        "retention_id": _l("There is no class of keeping yet. Who keeps the storage enters one first."),
    }

    unit_id = choice(_l("Unit"), [], coerce=int)
    code = text(_l("Code"), most=40)
    title = text(_l("Name"))
    location = text(_l("Place"), need=False, help=_l("Room, cabinet, shelf."))
    retention_id = choice(_l("How long"), [], coerce=int, render_kw={"translate": "no"})


class StoreForm(KhetForm):
    """Into which folder."""

    empty = {
        "folder_id": _l(
            "There is no folder for these letters. Who keeps the unit's storage makes one under “Folders”; letters of "
            "several units are put away unit by unit."
        )
    }

    folder_id = choice(_l("Folder"), [], coerce=int, render_kw={"translate": "no"})


class LendForm(KhetForm):
    """บัตรยืม (แบบที่ 24)."""

    borrower = text(_l("Borrower"), most=150)
    purpose = text(_l("Purpose"), most=300)
    approved_by = text(_l("Approved by"), most=150)
    due_on = ThaiDateField(_l("To be given back on"))


class DepositForm(KhetForm):
    """What is said about a deposit."""

    remark = text(_l("Remark"), most=300, need=False)


class ReturnLoanForm(KhetForm):
    """Who brought it back."""

    returned_by = text(_l("Brought back by"), most=150)


class SurveyForm(KhetForm):
    """Whose storage, and the year that is over."""

    unit_id = UnitField(_l("Unit"), permissions.STORAGE)
    year = choice(_l("Year (B.E.)"), [], coerce=int)


class MemberLine(LineForm):
    """One member of the committee."""

    name = text(_l("Name"), most=150)
    position = text(_l("Position"), most=150, need=False)
    chair = BooleanField(_l("Chair"))


class CommitteeForm(KhetForm):
    """The committee of an order."""

    order_no = text(_l("Order no."), most=80)
    members = LinesField(_l("Committee"), MemberLine)


class VoteForm(KhetForm):
    """What the committee says of some letters."""

    line_ids = several(_l("Letters"), coerce=int)
    in_favour = WholeField(_l("For destroying"), [InputRequired(), NumberRange(0, 50)])
    against = WholeField(_l("Against"), [InputRequired(), NumberRange(0, 50)], default=0)
    dissent = paragraph(_l("Who disagreed, and why"), most=500)
    extend_until = ThaiDateField(_l("Otherwise kept until"), need=False)

    sizes = {"in_favour": "third", "against": "third", "extend_until": "third"}


class ArchivesForm(KhetForm):
    """When the list went to the National Archives."""

    archives_on = ThaiDateField(_l("Sent on"))


class DestroyForm(KhetForm):
    """The end."""

    archives_answer = text(_l("Answer of the National Archives"), most=300, need=False)
    wanted = text(
        _l("Numbers that they take"), need=False, help=_l("Numbers of the storage register, with commas between.")
    )  # fmt: skip
    destroyed_on = ThaiDateField(_l("Destroyed on"))
    method = text(_l("How"), help=_l("Burnt, shredded …"))
