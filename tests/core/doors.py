"""Every door of the house, read from the registry: routes, who owns them, and how a test walks through."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select

from core.accounts.models import Account, Grant, RoleProfile
from core.application import create_app
from core.demo.load import STAFF
from core.files.models import Attachment
from core.masterdata.models import District, Person, Post, School, SchoolGroup, SchoolGroupMember, Unit
from core.numbering import engine
from core.numbering.models import LedgerNumber
from core.text.thai import today
from plugins.saraban import models
from plugins.saraban.models import IncomingLetter, OutgoingLetter
from tests.conftest import settings_for
from tests.support import HOME, OTHER, World

APP = create_app(settings_for(Path(tempfile.gettempdir()), "sqlite://"), guests=False)
KHET = APP.extensions["khet"]
ROLES = {role.key: role for role in KHET.registry.roles()}

#: every demo account of a district
USERS = tuple(f"{name}.{HOME}" for name in STAFF)


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


def holds(user: str, resource: str, verb: str) -> bool:
    """Whether a demo account's roles give a right, read from the roles' data alone."""
    name = user.partition(".")[0]
    keys = [STAFF[name][1], *([] if name == "admin" else ["core.staff"])] if name in STAFF else ["core.head_office"]
    return any((verb, resource) in ROLES[key].rights for key in keys)


def samples(world: World, code: str) -> dict[str, Any]:
    """Ids of one record of every kind in a district, made where the demo has none."""
    with world.session(code, f"clerk.{code}") as s:

        def first(model: Any, *where: Any) -> Any:
            return s.scalars(select(model).where(*where).order_by(model.id)).first()

        office = first(Unit, Unit.kind == "office")
        incoming = first(IncomingLetter, IncomingLetter.unit_id == office.id, IncomingLetter.secrecy == 0)
        outgoing = first(OutgoingLetter, OutgoingLetter.unit_id == office.id)
        for letter in (incoming, outgoing):
            stored = f"{letter.__tablename__}-{code}"
            folder = world.khet.settings.files_dir / str(letter.district_id) / stored[:2]
            folder.mkdir(parents=True, exist_ok=True)
            (folder / stored).write_bytes(b"%PDF-1.4 test")
            s.add(Attachment(
                kind=letter.__tablename__, record_id=letter.id, name="ทดสอบ.pdf", stored_as=stored,
                content_type="application/pdf", size=13, sha256="0" * 64, uploaded_by_id=None,
            ))  # fmt: skip
        reserved = engine.reserve(
            s, office.id, models.INCOMING, today=today(), actor_name="t", reason="ทดสอบ", expires_on=today()
        )[0]
        clerk = first(Account, Account.username == f"clerk.{code}")
        person = first(Person)
        s.flush()
        files = {f.kind: f.id for f in s.scalars(select(Attachment))}
        group = first(SchoolGroup)
        return {
            "office": office.id, "reserved": reserved.id, "used": first(LedgerNumber, LedgerNumber.state == "used").id,
            "member": first(SchoolGroupMember, SchoolGroupMember.group_id == group.id).id,
            "grant": first(Grant, Grant.user_id == clerk.id).id,
            "post": first(Post, Post.person_id == person.id).id,
            "files": files,
            District: office.district_id, School: first(School).id, SchoolGroup: group.id, Person: person.id, Account: clerk.id, Unit: office.id,
            IncomingLetter: incoming.id, OutgoingLetter: outgoing.id,
            "free_school": first(School, School.id.not_in(select(SchoolGroupMember.school_id).where(SchoolGroupMember.group_id == group.id))).id,
            "role": first(RoleProfile, RoleProfile.key == "core.staff").id,
        }  # fmt: skip


def url(world: World, door: Door, ids: dict[Any, Any]) -> str:
    """The door's address for these samples."""
    view = door.view
    known = {
        "record_id": ids.get(view.model), "unit_id": ids["office"], "book_key": models.INCOMING,
        "number_id": ids["reserved"], "member_id": ids["member"], "grant_id": ids["grant"], "post_id": ids["post"],
        "file_id": ids["files"].get(getattr(view.model, "__tablename__", "")), "name": "saraban", "code": "en",
        "role_id": ids["role"],
    }  # fmt: skip
    values = {name: known[name] for name in door.arguments}
    assert None not in values.values(), f"{door}: give tests/core/doors.py a sample of {view.model}"
    with world.app.test_request_context():
        from flask import url_for

        address = url_for(door.endpoint, **values)
    extra = {
        "IncomingView.export": f"?unit_id={ids['office']}&book={models.INCOMING}&year={today().year + 543}",
        "OutgoingView.export": f"?unit_id={ids['office']}&book={models.OUTGOING}&year={today().year + 543}",
    }
    return address + extra.get(door.endpoint, "")


#: doors that name no district's record: what they show is checked by content
WITHOUT_RECORD = frozenset({"name", "code", "role_id"})


def names_a_record(door: Door) -> bool:
    """Whether the address or its query names a row that another district could own."""
    return bool(door.arguments - WITHOUT_RECORD) or door.endpoint.endswith(".export")


__all__ = ["APP", "HOME", "KHET", "OTHER", "USERS", "Door", "doors", "holds", "names_a_record", "samples", "url"]
