"""สายการอนุมัติ: how each kind of record is approved in this district."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from flask import g
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from wtforms import validators

from core.base import permissions
from core.base.errors import NotFound
from core.base.text import figures
from core.base.text.thai import today
from core.platform.accounts import services as accounts
from core.platform.masterdata.models import OFFICE, Unit
from core.platform.timeline import labels
from core.records import lists
from core.records.approvals import services as approvals
from core.records.approvals.models import RIGHT, ApprovalChain
from core.storage.fields import Values
from core.web.crud import CrudView, Related, Section
from core.web.crud.approval_view import ApprovalView
from core.web.forms import AmountField, KhetForm, LineForm, LinesField, WholeField, choice
from core.web.notify import notify_user
from core.web.security import reauthentication
from core.web.unit_of_work import db, effective_plugins, khet


def _kinds() -> Iterator[approvals.Approving]:
    """What is approved by modules that are on."""
    on = effective_plugins()
    for view in khet().views.values():
        if isinstance(view, ApprovalView) and view.plugin in on:
            yield view.approving


def _positions() -> list[str]:
    """Asked once for all lines of a form."""
    if "chain_positions" not in g:
        g.chain_positions = approvals.positions(db, today())
    found: list[str] = g.chain_positions
    return found


class ChainLine(LineForm):
    """A step of a chain."""

    place = WholeField(_l("Place in the order"), [validators.Optional()])
    who = choice(_l("Who approves"), [], render_kw={"translate": "no"})
    from_amount = AmountField(_l("Only from (baht)"), [validators.Optional()], places=2)
    days = WholeField(_l("Working days"), [validators.Optional()])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.who.choices = [("", "–"), (RIGHT, approvals.who("")), *((one, one) for one in _positions())]


class ChainForm(KhetForm):
    """How one kind of record is approved."""

    kind = choice(_l("What is approved"), [])
    steps = LinesField(
        _l("Steps in order"), ChainLine,
        help=_l(
            "A step goes to whoever holds a position, at the record's group or else at the office, and to who takes "
            "their place. What is proposed already goes on as it began."
        ),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        there = set(db.scalars(select(ApprovalChain.kind)))
        self.kind.choices = [(one.table, labels.KINDS[one.table]) for one in _kinds() if one.table not in there]

    empty = {"kind": _l("Each kind of record has its chain already: change it in the list.")}


class ApprovalChainView(CrudView):
    """Chains that the district has set; what has none is approved in one step by right."""

    route_base = "/approvals"
    resource = permissions.APPROVALS
    model = ApprovalChain
    title = _l("Approval chains")
    new_title = _l("Set an approval chain")
    icon = "ui-checks"
    in_palette = False
    form_class = ChainForm
    once = frozenset({"kind"})
    empty_hint = _l("Nothing is set: whoever holds the right to approve takes the one step.")

    def columns(self) -> list[lists.Column]:
        return [
            lists.Column("kind", _l("What is approved"), lambda row: row.label, link=True),
            lists.Column("steps", _l("Steps in order"), _in_order, sort=False),
        ]

    def fill(self, form: Any, record: Any) -> None:
        form.steps.process(None, [
            {**one, "place": number, "from_amount": Decimal(one["from_amount"]) if one["from_amount"] else None}
            for number, one in enumerate(record.steps, start=1)
        ])  # fmt: skip

    def save(self, record: Any, values: Values) -> Any:
        reauthentication.require()  # who stands in a chain approves by that alone
        kind = values["kind"] if record is None else record.kind
        kept = approvals.save_chain(db, record, kind, values["steps"], today=today())
        self._tell(kept)
        return kept

    def _tell(self, kept: ApprovalChain) -> None:
        """Whoever approves such records by right learns that it goes another way."""
        kind = next((one for one in _kinds() if one.table == kept.kind), None)
        office = db.scalars(select(Unit).where(Unit.kind == OFFICE).order_by(Unit.id)).first()
        if kind is None or office is None:
            raise NotFound
        said = _l("%(who)s has set how it is approved: %(record)s")
        right = (kind.verb, kind.resource)
        for account in accounts.who_may(db, khet().registry.roles(), right, office, today()):
            notify_user(account, approvals.TOPIC, said, kept, "ApprovalChainView")

    def sections(self, record: Any) -> Sequence[Section]:
        return [Section(_l("Approval chain"), [(_l("What is approved"), record.label)])]

    def related(self, record: Any) -> Sequence[Related]:
        rows = [
            ("", [f"{number}. {_who(one)}", figures.amount(_limit(one)), one["days"] or ""])
            for number, one in enumerate(record.steps, start=1)
        ]
        heads = [_l("Step"), _l("Only from (baht)"), _l("Working days")]
        return [Related(_l("Steps in order"), heads, rows, "list-ol")]


def _who(step: dict[str, Any]) -> str:
    return approvals.who("" if step["who"] == RIGHT else step["who"])


def _limit(step: dict[str, Any]) -> Decimal | None:
    return Decimal(step["from_amount"]) if step["from_amount"] else None


def _in_order(chain: ApprovalChain) -> str:
    said = []
    for one in chain.steps:
        limit = _limit(one)
        more = f" ({_('from %(amount)s baht', amount=figures.amount(limit))})" if limit else ""
        said.append(_who(one) + more)
    return " → ".join(said)


VIEWS = [ApprovalChainView]
