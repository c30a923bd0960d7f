"""What the timeline calls the values of core's own fields."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from core.accounts.forms import CLEARANCES
from core.headoffice.views import LEVELS
from core.masterdata.forms import SIZES, STATUSES
from core.plugins.views import MODE_TITLES
from core.timeline import words

words.say(
    values={
        ("ab_user", "clearance"): dict(CLEARANCES),
        ("ab_user", "locale"): {"th": "ไทย", "en": "English"},
        ("core_district", "level"): dict(LEVELS),
        ("core_number", "state"): {
            "used": _l("Used"), "reserved": _l("Reserved"), "cancelled": _l("Cancelled"), "expired": _l("Expired"),
        },
        ("core_plugin_rule", "mode"): MODE_TITLES,
        ("core_school", "size"): dict(SIZES),
        ("core_school", "status"): dict(STATUSES),
        ("core_unit", "kind"): {"office": _l("Office"), "group": _l("Group"), "school": _l("School")},
    },
)  # fmt: skip
