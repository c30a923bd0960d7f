"""Evidence on a record's page: its panel, and the button that lays some."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import lazy_gettext as _l

from core.base.identity import Actor
from core.base.permissions import EVIDENCE
from core.base.text.dates import shown_date
from core.domain.standards.services import SORTS, evidence_of, visible
from core.plugins.manifest import ActionLink
from core.web.page_parts import Related
from core.web.unit_of_work import db


def lays(view: Any, record: Any) -> bool:
    """Whether the actor of the request, in the capacity in which this is asked, lays evidence to a record of `view`."""
    return bool(view.actor.may(EVIDENCE, "add") and view.takes_evidence(record))


def lay_links(view: Any, record: Any) -> list[ActionLink]:
    """The button by which evidence is laid to a record, for who may and while its view takes some."""
    if not (view.holds_evidence and view.in_one(lambda: lays(view, record))):
        return []
    return [ActionLink(_l("Lay evidence"), url_for("EvidenceView.add", of=f"{view.endpoint}:{record.id}"), "paperclip")]


def panel(record: Any, actor: Actor) -> list[Related]:
    """What lies with the record and this one may see; nothing where nothing does."""
    found = [one for one in evidence_of(db, record) if visible(one, actor)]
    if not found:
        return []
    rows = [
        (
            url_for("EvidenceView.show", record_id=one.id),
            [one.title, SORTS[one.sort], shown_date(one.dated, "short"), one.by],
        )
        for one in found
    ]
    return [Related(_l("Evidence"), [_l("Heading"), _l("Kind"), _l("Dated"), _l("By")], rows, "patch-check")]
