"""How a test walks through the POST doors of cooperation."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from core.base.text.thai import today
from core.platform.masterdata.models import Unit
from core.platform.users.models import Account
from core.storage.scope import KhetSession
from plugins.cooperation.models import Agency, Case, Task
from tests.support import near

GRANTS: dict[str, list[str]] = {}


def samples(session: KhetSession) -> dict[Any, Any]:
    """The demo's cases, and a task."""
    one, other = session.scalars(select(Case).order_by(Case.id).limit(2))
    other.status = "doing"
    officer = session.scalars(select(Account).where(Account.username.startswith("supervisor."))).one()
    task = Task(case_id=other.id, unit_id=other.unit_id, what="ประสาน", user_id=officer.id, who="ก", due_on=today())
    session.add(task)
    session.flush()
    agency = session.scalars(select(Agency).order_by(Agency.id)).first()
    group = session.scalars(select(Unit.id).where(Unit.code == "sup")).one()
    return {
        Case: one.id,
        "doing_case": other.id,
        Task: task.id,
        Agency: agency.id,
        "group_id": group,
        ("role", "CaseView.draft"): "order",
    }


BULK = {"CaseView.bulk": "report", "TaskView.bulk": "report"}
QUERIES = {"TaskView.add": lambda i: f"?case={i['doing_case']}"}
_AGENCY = {"name": "องค์การใหม่", "kind": "local", "scope": "outside"}


def _case(w: Any, i: Any) -> dict[str, Any]:
    return {
        "unit_id": i["group_id"], "title": "งานร่วม", "scope": "outside", "direction": "joint", "source": "letter",
        "agencies-0-agency_id": i[Agency], "objective": "ร่วมกัน", "starts_on": near(1), "ends_on": near(9),
    }  # fmt: skip


PROBES: dict[str, Any] = {
    "AgencyView.add": ("supervisor", lambda w, i: _AGENCY),
    "AgencyView.agreement": ("supervisor", lambda w, i: {"title": "บันทึก", "starts_on": near(0), "ends_on": near(300)}),
    "AgencyView.edit": ("supervisor", lambda w, i: _AGENCY),
    "CaseView.add": ("supervisor", _case),
    "CaseView.bulk": None,  # a step wants its state; test_cases.py walks them
    "CaseView.draft": None,  # test_cases.py walks it
    "CaseView.edit": ("supervisor", _case),
    "TaskView.add": ("supervisor", lambda w, i: {"what": "ประชุม", "due_on": near(22)}),
    "TaskView.bulk": ("supervisor", lambda w, i: {}),
    "TaskView.edit": ("supervisor", lambda w, i: {"what": "ประชุม", "due_on": near(23)}),
}
