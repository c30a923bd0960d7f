"""What is written on an incoming letter."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import SelectField, SelectMultipleField

from core.web.forms import KhetForm, choice, paragraph, several
from plugins.saraban.forms.people import somebody

#: what directors write most; the office's words, stored as they are
PHRASES = (
    "ทราบ", "ทราบ ดำเนินการตามเสนอ", "มอบผู้รับผิดชอบดำเนินการ", "แจ้งผู้เกี่ยวข้องทราบและถือปฏิบัติ", "แจ้งเวียนโรงเรียนในสังกัด",
    "อนุญาต", "อนุมัติ", "ขอเชิญประชุมหารือ", "เก็บเป็นหลักฐาน",
)  # fmt: skip


def _officers(help: object = "", *, need: bool = False) -> SelectMultipleField:
    return several(
        # who is not among them is refused by name in the step, which says more than a list can
        _l("Officers"),
        coerce=int,
        need=need,
        validate_choice=False,
        description=help,
    )


def _lead() -> SelectField:
    """One of the officers chosen; 0: the first of them."""
    return choice(_l("Who leads"), [(0, _l("The first of them"))], coerce=int, default=0, render_kw={"translate": "no"})


class ProposeForm(KhetForm):
    """Before whom the letters are put."""

    empty = {
        "holder_id": _l(
            "Nobody directs these letters. The district's administrator gives somebody the role at their unit. Letters "
            "of several units are proposed unit by unit, and a secret one to a director who is named for it."
        )
    }

    holder_id = somebody(_l("Propose to"))
    text = paragraph(_l("Opinion of the one who proposes"))


class PassForm(KhetForm):
    """Before whom the one before whom they lie puts them, with an opinion."""

    empty = {
        "holder_id": _l(
            "Nobody else directs these letters. Direct them, or send them back with what is to be done; a secret one "
            "is put only before a director who is named for it."
        )
    }

    holder_id = somebody(_l("Propose to"))
    text = paragraph(_l("Opinion"), need=True)


class DirectForm(KhetForm):
    """What is to be done."""

    phrase = choice(
        _l("Order"), [("", ""), *((one, one) for one in PHRASES)], render_kw={"translate": "no"}
    )  # fmt: skip
    text = paragraph(_l("In own words"))
    officers = _officers(_l("Those who are to do it, if that is clear already."))
    lead_id = _lead()


class AssignForm(KhetForm):
    """Who works on the letters."""

    empty = {
        "officers": _l(
            "Nobody can be given these letters. The district's administrator gives somebody the role at their unit. "
            "Letters of several units are given unit by unit, and a secret one to those who are named for it."
        )
    }

    officers = _officers(need=True)
    lead_id = _lead()
    task = paragraph(_l("What is asked of them"))


class ReturnForm(KhetForm):
    """Why it goes back."""

    text = paragraph(_l("Reason"), need=True)


class ReportForm(KhetForm):
    """What an officer did."""

    report = paragraph(_l("Action taken"), need=True)
