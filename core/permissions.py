"""Rights are names of ours (`saraban.incoming` × `list`), never a view's class name; roles are data.

A plugin's permissions.py states its resources as constants and its roles as RoleSpec; sync-roles writes
them into Flask-AppBuilder's tables. Core's own roles stand at the end of this file.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flask_babel import lazy_gettext as _l

UNIT, OFFICE_REACH, DISTRICT_REACH, NATION = "unit", "office", "district", "nation"


def grants(resource: str, *verbs: str) -> frozenset[tuple[str, str]]:
    """The rights `verbs` on one resource, as (verb, resource) pairs."""
    return frozenset((verb, resource) for verb in verbs)


@dataclass(frozen=True)
class RoleSpec:
    """A role that ships with a plugin.

    `reach` says how far a grant at a unit goes: that unit alone (unit), the office with its groups
    (office), every unit of the district (district), or every district (nation).
    """

    key: str
    title: Any
    rights: frozenset[tuple[str, str]]
    reach: str = UNIT
    #: kinds of unit at which it can be given
    unit_kinds: tuple[str, ...] = ("office", "group", "school")
    plugin: str = field(default="core")


DISTRICTS = "core.district"
UNITS = "core.unit"
SCHOOLS = "core.school"
SCHOOL_GROUPS = "core.school_group"
PERSONS = "core.person"
USERS = "core.user"
MODULES = "core.module"
MODULE_RULES = "core.module_rule"
ROLE_RULES = "core.role_rule"
TIMELINE = "core.timeline"
BOOKS = "core.book"
WEBHOOKS = "core.webhook"
IMPORTS = "core.import"
HOLIDAYS = "core.holiday"
WORK = "core.work"
STANDARD = "core.standard"
RUN = "core.run"
KPI = "core.kpi"
EVIDENCE = "core.evidence"
TERM = "core.term"

ALL_CRUD = ("list", "show", "add", "edit")

ROLES = (
    RoleSpec(
        key="core.district_admin",
        title=_l("District administrator"),
        reach=DISTRICT_REACH,
        unit_kinds=("office",),
        rights=(
            grants(UNITS, *ALL_CRUD, "export")
            | grants(SCHOOLS, *ALL_CRUD, "export")
            | grants(SCHOOL_GROUPS, *ALL_CRUD, "export")
            | grants(PERSONS, *ALL_CRUD, "export")
            | grants(USERS, *ALL_CRUD, "export")
            | grants(MODULES, "list", "edit")
            | grants(TIMELINE, "list", "export")
            | grants(HOLIDAYS, *ALL_CRUD, "export")
            | grants(WEBHOOKS, *ALL_CRUD)
            | grants(IMPORTS, "list", "show", "add", "export")
            | frozenset(("import", resource) for resource in (SCHOOLS, PERSONS, USERS))
            | grants(STANDARD, *ALL_CRUD, "export")
            | grants(TERM, *ALL_CRUD, "export")
        ),
    ),
    RoleSpec(
        key="core.staff",
        title=_l("Staff (reads schools and people)"),
        reach=DISTRICT_REACH,
        rights=grants(SCHOOLS, "list", "show")
        | grants(SCHOOL_GROUPS, "list", "show")
        | grants(PERSONS, "list", "show")
        | grants(HOLIDAYS, "list", "show")
        | grants(WORK, "list", "show", "edit")
        | grants(STANDARD, "list", "show")
        | grants(EVIDENCE, "show", "add"),
    ),
    RoleSpec(
        key="core.work_keeper",
        title=_l("Keeper of work standards (ผู้กำกับมาตรฐานงาน)"),
        reach=DISTRICT_REACH,
        unit_kinds=("office", "group"),
        rights=grants(WORK, "list", "show", "edit", "verify", "export")
        | grants(STANDARD, *ALL_CRUD, "export")
        | grants(RUN, *ALL_CRUD, "export")
        | grants(KPI, "list", "show", "edit", "export")
        | grants(EVIDENCE, "list", "show", "add", "export")
        | grants(TERM, *ALL_CRUD),
    ),
    RoleSpec(
        key="core.head_office",
        title=_l("Head office"),
        reach=NATION,
        unit_kinds=("office",),
        rights=grants(DISTRICTS, *ALL_CRUD, "export")
        | grants(MODULE_RULES, "list", "edit")
        | grants(ROLE_RULES, "list", "edit"),
    ),
)
