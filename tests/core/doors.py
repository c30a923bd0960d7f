"""Every door of the house, read from the registry: routes, who owns them, and how a test walks through."""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from sqlalchemy import select

from core.base.text.thai import today
from core.ops.application import create_app
from core.ops.demo.load import STAFF
from core.platform.jobs.models import Job
from core.platform.jobs.runner import result_path
from core.platform.users.models import Account, Grant, RoleProfile
from core.records.files.models import Attachment
from core.web.crud import CrudView
from tests import guests
from tests.installations import settings_for
from tests.support import HOME, OTHER, World, real_pdf

APP = create_app(settings_for(Path(tempfile.gettempdir()), "sqlite://"), guests.MODULES, guests=False)
KHET = APP.extensions["khet"]
ROLES = {role.key: role for role in KHET.registry.roles()}

#: every demo account of a district
USERS = tuple(f"{name}.{HOME}" for name in STAFF)
HEAD_OFFICE = (
    "DistrictView", "ModuleRuleView", "RoleRuleView", "NationReportView", "GraveActNationView", "GraveLogNationView",
)  # fmt: skip
#: doors of a signed-out person
SIGNED_OUT = {
    "LoginView.login", "OwnerCodeView.use", "SetupView.start", "SecondStepView.second", "SecondStepView.second_options",
    "SecondStepView.passkey_options", "SecondStepView.passkey",
}  # fmt: skip


@dataclass(frozen=True)
class Door:
    """One route with one method."""

    endpoint: str
    method: str
    arguments: frozenset[str]

    @property
    def view(self) -> Any:
        return KHET.view_of(self.endpoint)

    @property
    def verb(self) -> str | None:
        return getattr(getattr(self.view, self.endpoint.partition(".")[2]), "_permission_name", None)

    def __str__(self) -> str:
        return f"{self.method}-{self.endpoint}"


def doors(method: str) -> list[Door]:
    """Every door of a method, the open endpoints left out."""
    return sorted(
        (
            Door(rule.endpoint, method, frozenset(rule.arguments))
            for rule in APP.url_map.iter_rules()
            if method in (rule.methods or ()) and rule.endpoint not in KHET.open_endpoints
        ),
        key=str,
    )


def at_home(found: list[Door]) -> list[Door]:
    """Those of them that people of a district walk through, once they are signed in."""
    return [d for d in found if d.endpoint.partition(".")[0] not in HEAD_OFFICE and d.endpoint not in SIGNED_OUT]


def holders(door: Door, code: str = HOME) -> list[str]:
    """A district's demo accounts, those first whose roles give the door's right."""
    accounts = [f"{name}.{code}" for name in STAFF]
    return sorted(accounts, key=lambda user: not (door.verb and holds(user, door.view.resource, door.verb)))


def holds(user: str, resource: str, verb: str) -> bool:
    """Whether a demo account's roles give a right, read from the roles' data alone."""
    name = user.partition(".")[0]
    keys = [*STAFF[name][1], *GRANTS.get(name, [])]
    return any((verb, resource) in ROLES[key].rights for key in keys)


def _probe_modules() -> list[Any]:
    names = ["tests.core.probes"]
    modules = [name for name in KHET.registry.manifests if name != "core"]
    names += [guests.PROBES.get(name, f"tests.plugins.{name}.probes") for name in modules]
    return [import_module(name) for name in names]


PROBE_MODULES = _probe_modules()
PROBES = {endpoint: probe for module in PROBE_MODULES for endpoint, probe in module.PROBES.items()}
#: doors that every list and record page has; the account is the one that may change such records
for _endpoint, _view in KHET.views.items():
    if isinstance(_view, CrudView):
        _user = (PROBES.get(f"{_endpoint}.edit") or ("admin",))[0]
        PROBES.setdefault(f"{_endpoint}.comment", (_user, lambda w, i: {"text": "ทราบแล้ว"}))
        PROBES.setdefault(f"{_endpoint}.download", (_user, lambda w, i: {}))
#: column that the cell door is walked with, and the bulk step, by endpoint
INLINE = {endpoint: key for module in PROBE_MODULES for endpoint, key in getattr(module, "INLINE", {}).items()}
BULK = {endpoint: key for module in PROBE_MODULES for endpoint, key in getattr(module, "BULK", {}).items()}
#: query of doors that name a record there, by endpoint: a function of the samples
QUERIES = {endpoint: make for module in PROBE_MODULES for endpoint, make in getattr(module, "QUERIES", {}).items()}
GRANTS: dict[str, list[str]] = {}
for _module in PROBE_MODULES:
    for _user, _keys in _module.GRANTS.items():
        GRANTS.setdefault(_user, []).extend(_keys)


def samples(world: World, code: str) -> dict[Any, Any]:
    """Ids of one record of every kind in a district, and the files that the samples name."""
    prepared: dict[Any, Any] = {}
    for module in PROBE_MODULES:
        if hasattr(module, "prepare"):
            prepared |= module.prepare(world, code)
    found: dict[Any, Any] = {}
    with world.session(code, f"clerk.{code}") as session:
        for module in PROBE_MODULES:
            found |= module.samples(session)
        found |= prepared
        for name, keys in GRANTS.items():
            account = session.scalars(select(Account).where(Account.username == f"{name}.{code}")).one()
            for role in session.scalars(select(RoleProfile).where(RoleProfile.key.in_(keys))):
                session.add(Grant(user_id=account.id, role_id=role.id, unit_id=found["unit_id"], starts_on=today()))
        for view in KHET.views.values():
            if isinstance(view, CrudView) and view.keeps_files():
                record = session.get(view.model, found.get(view.endpoint, found[view.model]))
                owner = view.files_of(record)
                facts = {"stored_as": f"{code}-{view.endpoint}", "content_type": "application/pdf", "size": 3}
                file = Attachment(kind=owner.__tablename__, record_id=owner.id, name="แนบ.pdf", sha256="0", **facts)
                session.add(file)
                session.flush()
                found["file_id", view.endpoint] = file.id
        for view in KHET.views.values():
            if (resource := getattr(view, "resource_of", None)) is not None:
                found["file_id", view.endpoint] = found.get(("file_id", resource.view))
        found["file_id", "PublicLetterView"] = found["file_id", "OutgoingView"]
        for file in session.scalars(select(Attachment)):
            folder = world.khet.settings.files_dir / str(session.scope.district_id) / file.stored_as[:2]
            folder.mkdir(parents=True, exist_ok=True)
            (folder / file.stored_as).write_bytes(real_pdf())
            file.size, file.sha256 = len(real_pdf()), hashlib.sha256(real_pdf()).hexdigest()
        for job in session.scalars(select(Job).where(Job.result != "")):
            path = result_path(world.khet.settings, job.district_id, job.result)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"PK test")
    return found


def samples_of_both(world: World) -> tuple[Any, Any]:
    """The samples of the home district and of the other one."""
    return samples(world, HOME), samples(world, OTHER)


def url(world: World, door: Door, ids: dict[Any, Any]) -> str:
    """The door's address for these samples."""
    view = door.view
    known = {
        **ids,
        "key": BULK.get(door.endpoint),
        "role": ids.get(("role", door.endpoint)),
        # two views over one model have a sample of their own
        "record_id": ids.get(door.endpoint.partition(".")[0], ids.get(view.model)),
        "file_id": ids.get(("file_id", view.endpoint)),
        "grant_id": ids.get(("grant_id", door.endpoint), ids.get("grant_id")),
    }
    values = {name: known.get(name) for name in door.arguments}
    # what ends after a while is a function: an installation may stand for longer
    values = {name: value() if callable(value) else value for name, value in values.items()}
    assert None not in values.values(), f"{door}: its plugin's probes.py gives no sample of {view.model}"
    with world.app.test_request_context():
        from flask import url_for

        address = url_for(door.endpoint, **values)
    method = door.endpoint.partition(".")[2]
    if method == "bulk":
        return f"{address}?ids={known['record_id']}"
    if method == "cell":
        return f"{address}?column={INLINE[door.endpoint]}"
    if method == "known":
        return f"{address}?unit_id={ids['unit_id']}"
    if door.endpoint in QUERIES:
        return address + QUERIES[door.endpoint](ids)
    extra = {
        "ImportView.add": "?what=core.schools",
        "ImportView.template": "?what=core.schools",
        "DraftPaperView.add": "?kind=external",
        "DraftView.read": f"?token={ids['draft_token']}",
        "ReportView.show": f"?unit_id={ids['unit_id']}",
        "ReportView.file": f"?unit_id={ids['unit_id']}",
    }
    return address + extra.get(door.endpoint, "")


#: doors that name no district's record: what they show is checked by content
WITHOUT_RECORD = frozenset({"name", "code", "role_id", "token"})


def names_a_record(door: Door) -> bool:
    """Whether the address or its query names a row that another district could own."""
    if door.view.by_link:
        return False  # whoever holds the link may open it: that is what it is for
    return bool(door.arguments - WITHOUT_RECORD) or door.endpoint.endswith(".known") or door.endpoint in QUERIES


__all__ = [
    "APP",
    "HOME",
    "KHET",
    "OTHER",
    "PROBES",
    "SIGNED_OUT",
    "USERS",
    "Door",
    "at_home",
    "doors",
    "holders",
    "holds",
    "names_a_record",
    "samples",
    "samples_of_both",
    "url",
]
