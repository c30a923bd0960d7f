"""Rights and roles of academic services (domain notes §10)."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from core.base.permissions import DISTRICT_REACH, RoleSpec, approving, grants

REQUEST = "service_request.request"
NOMINEE = "service_request.nominee"
ACTIVITY = "service_request.activity"
PREPARATION = "service_request.preparation"
EXPENSE = "service_request.expense"
SUMMARY = "service_request.summary"
SURVEY = "service_request.survey"
FEEDBACK = "service_request.feedback"
SERVICE = "service_request.service"
PLAN = "service_request.plan"
SETTING = "service_request.setting"
#: the office's reports; a school has none
REPORT = "service_request.report"

_READ = ("list", "show", "export")
_EVERYTHING = (
    grants(REQUEST, *_READ) | grants(NOMINEE, *_READ) | grants(ACTIVITY, *_READ) | grants(SUMMARY, *_READ)
    | grants(SURVEY, *_READ) | grants(FEEDBACK, *_READ) | grants(SERVICE, "list", "show") | grants(PLAN, *_READ)
    | grants(PREPARATION, *_READ) | grants(REPORT, "export")
)  # fmt: skip


def _role(key: str, title: object, rights: frozenset[tuple[str, str]], *kinds: str) -> RoleSpec:
    return RoleSpec(
        f"service_request.{key}", title, rights, reach=DISTRICT_REACH, unit_kinds=kinds or ("office", "group"),
        plugin="service_request",
    )  # fmt: skip


ROLES = (
    RoleSpec(
        key="service_request.school",
        title=_l("Asks for services (school)"),
        rights=grants(REQUEST, *_READ, "add", "edit")
        | grants(ACTIVITY, "list", "show")
        | grants(SERVICE, "list", "show"),
        unit_kinds=("school",),
        plugin="service_request",
    ),
    # who directs a school may ask without a clerk, and reads what came of it once the office has sent that
    RoleSpec(
        key="service_request.school_head",
        title=_l("Head of a school (services)"),
        rights=grants(REQUEST, *_READ, "add", "edit")
        | grants(ACTIVITY, "list", "show")
        | grants(SUMMARY, *_READ)
        | grants(SERVICE, "list", "show"),
        unit_kinds=("school",),
        plugin="service_request",
    ),
    _role(
        "clerk",
        _l("Clerk of academic services (ธุรการ)"),
        _EVERYTHING
        | grants(REQUEST, "add", "edit", "receive")
        | grants(EXPENSE, *_READ, "add", "edit")
        | grants(PREPARATION, "edit")
        | grants(FEEDBACK, "add", "edit"),
    ),
    # the book lies with the unit that serves, and so does the role, which stands beside those of who works there
    RoleSpec(
        key="service_request.registrar",
        title=_l("Keeps the book of requests (นายทะเบียน)"),
        rights=grants(REQUEST, "number"),
        unit_kinds=("office", "group"),
        plugin="service_request",
    ),
    _role(
        "supervisor",
        _l("Supervisor as speaker (ศึกษานิเทศก์)"),
        grants(REQUEST, "list", "show")
        | grants(NOMINEE, "list", "show", "answer")
        | grants(ACTIVITY, *_READ, "edit")
        | grants(PREPARATION, *_READ, "edit")
        | grants(SUMMARY, *_READ, "add", "edit")
        | grants(SURVEY, *_READ, "add", "edit")
        | grants(SERVICE, "list", "show")
        | grants(PLAN, *_READ, "add", "edit"),
    ),
    _role(
        "group_director",
        _l("Director of the supervision group (services)"),
        _EVERYTHING
        | grants(REQUEST, "circulate")
        | approving(REQUEST, "consider")
        | grants(NOMINEE, "add", "answer")
        | grants(ACTIVITY, "add", "edit")
        | grants(PREPARATION, "edit")
        | grants(EXPENSE, *_READ)
        | grants(SUMMARY, "add", "edit")
        | grants(SURVEY, "add", "edit")
        | grants(FEEDBACK, "add", "edit")
        | grants(PLAN, "add", "edit"),
    ),
    _role(
        "director",
        _l("Approves services (ผอ.เขต)"),
        _EVERYTHING | approving(REQUEST, "approve") | grants(EXPENSE, *_READ) | approving(PLAN, "approve"),
        "office",
    ),
    _role(
        "keeper",
        _l("Keeps the catalogue of services"),
        grants(SERVICE, *_READ, "add", "edit") | grants(SETTING, *_READ, "add", "edit"),
        "office",
        "group",
    ),
    _role(
        "committee",
        _l("Reads summaries of services (ก.ต.ป.น.)"),
        grants(SUMMARY, *_READ),
        "office",
        "group",
        "school",
    ),
)
