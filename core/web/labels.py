"""What the timeline calls the values of core's own fields."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from core.platform.timeline import labels
from core.records.approvals.models import RIGHT
from core.web.pages.accounts.forms import CLEARANCES
from core.web.pages.head_office import LEVELS
from core.web.pages.modules import MODE_TITLES

labels.register(
    kinds={"core_approval_chain": _l("Approval chain")},
    actions={
        "core.approval.passed": _l("agreed to, for the next step"),
        "core.approval.approved": _l("approved"), "core.approval.returned": _l("sent back"),
        "core.approval.refused": _l("not approved"), "core.approval.withdrawn": _l("taken back"),
    },
    fields={"core_approval_chain": {"kind": _l("What is approved")}},
    values={
        ("ab_user", "clearance"): dict(CLEARANCES),
        ("ab_user", "locale"): {"th": "ไทย", "en": "English"},
        ("core_district", "level"): dict(LEVELS),
        ("core_approval_chain", "steps"): {RIGHT: _l("Whoever holds the right to approve")},
        ("core_number", "state"): {
            "used": _l("Used"), "reserved": _l("Reserved"), "cancelled": _l("Cancelled"), "expired": _l("Expired"),
        },
        ("core_plugin_rule", "mode"): MODE_TITLES,
    },
)  # fmt: skip
