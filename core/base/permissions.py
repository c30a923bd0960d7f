"""Rights are names of ours (`saraban.incoming` × `list`), never a view's class name; roles are data.

A plugin's permissions.py states its resources as constants and its roles as RoleSpec; sync-roles writes
them into Flask-AppBuilder's tables. Core's own roles stand at the end of this file.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flask_babel import lazy_gettext as _l

Right = tuple[str, str]

UNIT, OFFICE_REACH, DISTRICT_REACH, NATION = "unit", "office", "district", "nation"


#: rights that nobody gives alone (core/platform/consents); every role that holds one wants a second person
GRAVE: set[Right] = set()
#: rights to decide for an office or to sign in its name; that one was given is told to the director
APPROVING: set[Right] = set()
#: what roles are called, by key; filled by the registry with those of every plugin
ROLE_TITLES: dict[str, Any] = {}


def grants(resource: str, *verbs: str) -> frozenset[Right]:
    """The rights `verbs` on one resource, as (verb, resource) pairs."""
    return frozenset((verb, resource) for verb in verbs)


def grave(resource: str, *verbs: str) -> frozenset[Right]:
    """The same, of rights that are grave: whoever is to hold one needs the consent of a second person."""
    rights = grants(resource, *verbs)
    GRAVE.update(rights)
    return rights


def approving(resource: str, *verbs: str) -> frozenset[Right]:
    """The same, of rights to decide or to sign: one person may give one, and the director hears of it."""
    rights = grants(resource, *verbs)
    APPROVING.update(rights)
    return rights


@dataclass(frozen=True)
class RoleSpec:
    """A role that ships with a plugin.

    `reach` says how far a grant at a unit goes: that unit alone (unit), the office with its groups
    (office), every unit of the district (district), or every district (nation).
    """

    key: str
    title: Any
    rights: frozenset[Right]
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
SCHEDULE = "core.schedule"
WORK = "core.work"
STANDARD = "core.standard"
RUN = "core.run"
KPI = "core.kpi"
EVIDENCE = "core.evidence"
TERM = "core.term"
APPROVALS = "core.approval"
GRAVE_ACTS = "core.grave_act"
GRAVE_LOG = "core.grave_log"
GRAVE_ACTS_NATION = "core.grave_act_nation"
GRAVE_LOG_NATION = "core.grave_log_nation"

ALL_CRUD = ("list", "show", "add", "edit")
#: the second person in a district: goes into the role of whoever directs the office
CONSENTS = (
    grants(GRAVE_ACTS, "list", "show", "export")
    | grave(GRAVE_ACTS, "consent")
    | grants(GRAVE_LOG, "list", "show", "export")
)

ROLES = (
    RoleSpec(
        key="core.district_admin",
        title=_l("District administrator"),
        reach=DISTRICT_REACH,
        unit_kinds=("office",),
        rights=(
            grants(UNITS, *ALL_CRUD, "lookup", "export")
            | grants(SCHOOLS, *ALL_CRUD, "export")
            | grants(SCHOOL_GROUPS, *ALL_CRUD, "export")
            | grants(PERSONS, *ALL_CRUD, "export")
            | grants(USERS, "list", "show", "export")
            | grave(USERS, "add", "edit", "import")
            | grants(GRAVE_ACTS, "list", "show", "add", "export")
            | grants(GRAVE_LOG, "list", "show", "export")
            | grants(MODULES, "list", "edit")
            | grants(TIMELINE, "list", "export")
            | grants(SCHEDULE, "list", "export")
            | grants(HOLIDAYS, *ALL_CRUD, "export")
            | grants(WEBHOOKS, *ALL_CRUD)
            | grants(IMPORTS, "list", "show", "add", "export")
            | frozenset(("import", resource) for resource in (SCHOOLS, PERSONS))
            | grants(STANDARD, *ALL_CRUD, "export")
            | grants(TERM, *ALL_CRUD, "export")
            | grants(APPROVALS, *ALL_CRUD, "export")
        ),
    ),
    RoleSpec(
        key="core.staff",
        title=_l("Staff (reads schools and people)"),
        reach=DISTRICT_REACH,
        rights=grants(SCHOOLS, "list", "show")
        | grants(SCHOOL_GROUPS, "list", "show")
        | grants(PERSONS, "list", "show")
        | grants(UNITS, "lookup")
        | grants(HOLIDAYS, "list", "show")
        | grants(WORK, "list", "show", "edit")
        | grants(STANDARD, "list", "show")
        | grants(EVIDENCE, "show", "add")
        | grants(APPROVALS, "list", "show"),
    ),
    RoleSpec(
        key="core.work_keeper",
        title=_l("Keeper of work standards (ผู้กำกับมาตรฐานงาน)"),
        reach=DISTRICT_REACH,
        unit_kinds=("office", "group"),
        rights=grants(WORK, "list", "show", "edit", "export")
        | approving(WORK, "verify")
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
        | grants(ROLE_RULES, "list", "edit")
        | grants(GRAVE_ACTS_NATION, "list", "show", "export")
        | grave(GRAVE_ACTS_NATION, "consent")
        | grants(GRAVE_LOG_NATION, "list", "show", "export"),
    ),
)
