"""Login, accounts and grants."""

from __future__ import annotations

import secrets
import string
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from functools import lru_cache
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Select, and_, or_, select, update
from sqlalchemy.orm import aliased
from werkzeug.security import check_password_hash, generate_password_hash

from core.base.errors import NotFound, RuleError
from core.base.identity import Actor, HeldPost, HeldRole
from core.base.permissions import GRAVE, RoleSpec
from core.base.text.thai import clean, today
from core.platform.accounts import notify
from core.platform.dual_control import codes, log, rules
from core.platform.dual_control.models import OWNER
from core.platform.events import PositionChanged, publish
from core.platform.masterdata.models import District, Person, Post, Unit
from core.platform.masterdata.services import check_period, goes_on_at, require, taken_over
from core.platform.timeline import recorder
from core.platform.users import passwords
from core.platform.users.factors import Factor
from core.platform.users.models import Account, Grant, RoleProfile
from core.platform.users.passwords import LONGEST_PASSWORD
from core.platform.worklist import telling
from core.storage.base import utc_now
from core.storage.database import Database
from core.storage.scope import KhetSession

DEMO_PASSWORD = "khet-demo"  # noqa: S105 – refused unless the server runs as a demo


@lru_cache
def _nobody() -> str:
    """The hash that is checked when the account does not exist, so that the answer takes as long."""
    return generate_password_hash("nobody")


def hash_password(password: str) -> str:
    """A salted scrypt hash (werkzeug's format, as Flask-AppBuilder reads it)."""
    return generate_password_hash(password)


def authenticate(database: Database, username: str, password: str, *, demo: bool) -> Account | None:
    """The account whose name and password these are; None for a wrong pair, a locked account, or a demo
    account on a server that is no demo. Takes as long for an unknown name as for a known one."""
    nobody = _nobody()
    with database.system("login") as session:
        account = session.scalars(select(Account).where(Account.username == username[:128])).first()
    if "\x00" in password or len(password) > LONGEST_PASSWORD:
        return None
    matches = check_password_hash(account.password or nobody if account else nobody, password)
    if account is None or not account.password or not matches or not account.active:
        return None
    return account if demo or not account.demo else None


def record_login(database: Database, account_id: int) -> None:
    """Note the login on the account and in its district's timeline."""
    with database.system("login", write=True) as session:
        account = session.get(Account, account_id)
        assert account is not None
        account.last_login = utc_now().replace(tzinfo=None)
        account.login_count = (account.login_count or 0) + 1
        recorder.note(session, account, "core.user.signed_in")


def load_actor(
    session: KhetSession, user_id: int, rights_of: dict[int, frozenset[tuple[str, str]]], today: date
) -> Actor | None:
    """Who this user is today: name, district, and the roles in force. None when gone or locked.

    Who takes somebody's place at a unit holds that one's own roles and positions there too, without their grave rights,
    which a second person gives by name. `session` is a system session; `rights_of` maps role ids to their rights.
    """
    row = session.execute(
        select(Account, District)
        .join(District, District.id == Account.district_id)
        .where(Account.id == user_id, Account.active.is_(True))
    ).first()
    if row is None:
        return None
    account, district = row
    held = _held(session, account.district_id, Grant.user_id == user_id, today)
    instead = frozenset(row.stands_in_for_id for row in held if row.stands_in_for_id)
    places = {(row.stands_in_for_id, row.unit_id) for row in held if row.stands_in_for_id}
    theirs: list[Any] = []
    if places:
        of_places = _held(session, account.district_id, Grant.user_id.in_({user for user, _unit in places}), today)
        theirs = [r for r in of_places if r.stands_in_for_id is None and (r.user_id, r.unit_id) in places]
    office: frozenset[int] = frozenset()
    if any(row.reach == "office" or row.kind != "school" for row in (*held, *theirs)):
        office = frozenset(
            session.scalars(
                select(Unit.id).where(Unit.district_id == account.district_id, Unit.kind.in_(["office", "group"]))
            )
        )

    def rights(role_id: int) -> frozenset[tuple[str, str]]:
        return rights_of.get(role_id, frozenset())

    taken = taken_over(session, account.district_id) if held else {}

    def role(row: Any, place: int | None, rights: frozenset[tuple[str, str]]) -> HeldRole:
        name = "" if row.kind == "office" else str(row.name)
        return HeldRole(row.key, row.reach, row.unit_id, rights, place, name, taken.get(row.unit_id, frozenset()))

    factor = not account.demo and any(row.second_factor for row in (*held, *theirs))
    has_factor = factor and session.scalar(select(Factor.id).where(Factor.user_id == user_id).limit(1)) is not None
    return Actor(
        user_id=account.id,
        username=account.username,
        name=f"{account.first_name} {account.last_name}".strip(),
        district_id=district.id,
        district_code=district.code,
        district_name=district.short_name,
        epoch=account.epoch,
        clearance=account.clearance,
        locale=account.locale,
        must_change_password=account.must_change_password,
        must_have_factor=factor,
        needs_factor=factor and not has_factor,
        roles=(
            *(role(r, r.stands_in_for_id, rights(r.role_id)) for r in held),
            *(role(r, r.user_id, rights(r.role_id) - GRAVE) for r in theirs),
        ),
        office_units=office,
        stands_in_for=instead,
        posts=_posts(session, account, places, today),
    )


def _posts(
    session: KhetSession, account: Account, places: set[tuple[int, int]], on: date
) -> tuple[HeldPost, ...]:  # fmt: skip
    """Positions of a user on a day at units that are open, and of whose place they take (user, unit) those that are
    held at that unit."""
    found = (
        select(Post.unit_id, Post.position, Account.id)
        .join(Account, (Account.person_id == Post.person_id) & (Account.district_id == Post.district_id))
        .join(Unit, (Unit.id == Post.unit_id) & (Unit.district_id == Post.district_id) & Unit.active.is_(True))
        .where(
            Post.district_id == account.district_id, Post.starts_on <= on,
            Account.id.in_({account.id, *(user_id for user_id, _unit in places)}),
            or_(Post.ends_on.is_(None), Post.ends_on >= on),
        )
        .order_by(Post.id)
    )  # fmt: skip
    return tuple(
        HeldPost(row.unit_id, row.position, None if row.id == account.id else row.id)
        for row in session.execute(found)
        if row.id == account.id or (row.id, row.unit_id) in places
    )


def _held(session: KhetSession, district_id: int, whose: Any, on: date) -> list[Any]:
    """Grants in force on a day at units that are open, with what their roles are."""
    found = (
        select(
            Grant.user_id, Grant.unit_id, Grant.role_id, Grant.stands_in_for_id, RoleProfile.key, RoleProfile.reach,
            RoleProfile.second_factor, Unit.kind, Unit.name,
        )
        .join(RoleProfile, RoleProfile.id == Grant.role_id)
        .join(Unit, (Unit.id == Grant.unit_id) & (Unit.district_id == Grant.district_id))
        .where(
            Grant.district_id == district_id, whose, Grant.running(on), Unit.active.is_(True),
        )
        .order_by(Grant.id)
    )  # fmt: skip
    return list(session.execute(found))


def hold(session: KhetSession, account: Account) -> None:
    """Let nobody else change the account until this transaction is over: what it holds is asked only then.

    Who resets its password while another consents to a clearance waits (PostgreSQL; SQLite has one writer).
    """
    session.execute(select(Account.id).where(Account.id == account.id).with_for_update())
    session.refresh(account)


def end_sessions(account: Account) -> None:
    """Every session of this account is refused from the commit on."""
    account.epoch += 1


def temporary_password() -> str:
    """A readable password to hand over once: no characters that look alike."""
    letters = "".join(c for c in string.ascii_lowercase + string.digits if c not in "l1o0i")
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(3))


def create_account(
    session: KhetSession, district: District, values: dict[str, Any], password: str, *, hashed: str = ""
) -> Account:
    """A new login of this district; the user must change the password at the first login.

    `values`: name (before the dot), first_name, last_name, person_id, mail_address, clearance. `hashed` spares
    the caller's transaction the hashing.
    Raises RuleError (field name) for a name taken or misspelt.
    """
    name = clean(values["name"]).lower()
    if not name or len(name) > 40 or any(c not in string.ascii_lowercase + string.digits + "-_" for c in name):
        raise RuleError(_("Use a–z, 0–9, - and _ only."), field="name")
    username = f"{name}.{district.code}"
    if session.scalar(select(Account.id).where(Account.username == username)):
        raise RuleError(_("This name is taken."), field="name")
    account = Account(
        username=username,
        email=f"{username}@khet.invalid",  # Flask-AppBuilder wants one; Khet sends no mail to it
        mail_address=values.get("mail_address") or "",
        first_name=clean(values["first_name"]),
        last_name=clean(values["last_name"]),
        password=hashed or hash_password(password),
        active=True,
        person_id=values.get("person_id"),
        clearance=values.get("clearance", 0),
        must_change_password=values.get("must_change_password", True),
        demo=values.get("demo", False),
        district_id=district.id,
        locale=values.get("locale", "th"),
    )
    session.add(account)
    session.flush()
    _tell_positions(session, account, account.person_id, held=True)
    return account


def _tell_positions(session: KhetSession, account: Account, person_id: int | None, *, held: bool) -> None:
    """An account belongs to a person from now on, or no longer, and with it what that one holds or will hold."""
    if person_id is None or session.scope.district_id is None:
        return
    theirs = select(Post).where(Post.person_id == person_id, or_(Post.ends_on.is_(None), Post.ends_on >= today()))
    # of a post that ends today and the one of the same name after it, the one that goes on
    places = {(one.unit_id, one.position): one.id for one in session.scalars(theirs.order_by(Post.starts_on, Post.id))}
    for post_id in places.values():
        publish(session, PositionChanged(post_id, held, account.id))


def update_account(session: KhetSession, account: Account, values: dict[str, Any]) -> None:
    """Change names, person and e-mail address, and lower the clearance.

    Raises RuleError as `set_mail_address` and `set_clearance` do.
    """
    facts = (clean(values["first_name"]), clean(values["last_name"]), values.get("person_id"))
    if facts != (account.first_name, account.last_name, account.person_id):
        codes.drop(session, account.id, proof=True)  # whoever set the password may be another person
        tell(session, account, "renamed", _renaming(session, account, *facts))
    former = account.person_id
    account.first_name, account.last_name, account.person_id = facts
    if former != account.person_id:
        session.flush()
        _tell_positions(session, account, former, held=False)
        _tell_positions(session, account, account.person_id, held=True)
    set_mail_address(session, account, values.get("mail_address") or "")
    set_clearance(session, account, values["clearance"])
    session.flush()


def _renaming(
    session: KhetSession, account: Account, first_name: str, last_name: str, person_id: int | None
) -> dict[str, Any]:
    """Another name and person of an account as the log of grave rights tells them: what was, and what is now."""
    facts: dict[str, Any] = {"what": OWNER}
    names = [account.get_full_name(), f"{first_name} {last_name}"]
    if names[0] != names[1]:
        facts["names"] = names
    if person_id != account.person_id:
        persons = [session.get(Person, one) if one else None for one in (account.person_id, person_id)]
        facts["persons"] = [person.full_name if person else "" for person in persons]
    return facts


def tell(session: KhetSession, account: Account, act: str, facts: Mapping[str, Any] | None = None) -> None:
    """Tell the owner what was done to an account; the director too where it decides or holds grave rights."""
    if rules.is_told(session, account, today()):
        log.write(session, act, account, facts)
    else:
        notify.notify_owner(session, account, act, facts or "")


def set_mail_address(session: KhetSession, account: Account, address: str) -> None:
    """Where the account's e-mail goes from now on, "" for nowhere. The owner is told at the address of before,
    and whoever reads the new one that it is that of this account now: it may be somebody else's, misspelt or not.

    Raises RuleError (mail_address) where somebody else would change that of an account with grave rights: what its
    owner is told by e-mail must not be turned away by one person.
    """
    if address == account.mail_address:
        return
    if account.id != session.scope.user_id and rules.is_grave(session, account, today()):
        raise RuleError(_("This account holds grave rights: only its owner changes the address."), field="mail_address")
    notify.notify_owner(session, account, "mail_address", address or "–")
    account.mail_address = address
    session.flush()
    notify.notify_address(session, account)


def set_clearance(session: KhetSession, account: Account, level: int, *, consented: bool = False) -> None:
    """Lower a clearance, or raise it where a second person has consented (platform/consents); either ends the sessions.

    Raises RuleError (field clearance) for a rise that nobody has consented to.
    """
    if level > account.clearance and not consented:
        raise RuleError(_("A higher clearance wants the consent of a second person: ask for it."), field="clearance")
    if level == account.clearance:
        return
    lowered = level < account.clearance
    account.clearance = level
    end_sessions(account)
    session.flush()
    if lowered:
        log.write(session, "lowered", account, {"what": "clearance", "level": level})


def reset_password(session: KhetSession, account: Account) -> str:
    """Give a temporary password, which the user must change; ends every session. Returns it, once.

    Raises RuleError for an account with grave rights: whoever resets it would hold a password that opens secrets.
    """
    hold(session, account)
    if rules.is_grave(session, account, today()):
        raise RuleError(
            _("This account holds grave rights: its owner sets a new password after a second one's consent.")
        )
    codes.drop(session, account.id, proof=True)
    password = temporary_password()
    account.password = hash_password(password)
    account.must_change_password = True
    end_sessions(account)
    recorder.describe(session, account, "core.user.password_reset")
    session.flush()
    tell(session, account, "password_reset")
    return password


def is_password(account: Account, password: str) -> bool:
    """Whether this is the account's present password."""
    return bool(account.password and check_password_hash(account.password, password))


def known_of(session: KhetSession, account: Account) -> list[str]:
    """What colleagues know of an account: names, district, and the units at which it holds roles."""
    district = session.scalars(select(District).where(District.id == account.district_id)).one()
    at = select(Grant.unit_id).where(Grant.user_id == account.id)
    units = session.execute(select(Unit.name, Unit.code).where(Unit.id.in_(at))).all()
    own = [account.username, account.first_name, account.last_name, district.code, district.short_name]
    return [*own, *(str(fact) for unit in units for fact in unit if fact)]


def change_password(session: KhetSession, account: Account, new: str) -> None:
    """The user's own change; the caller has seen the old password. Raises RuleError for a weak new one."""
    passwords.check(new, known_of(session, account))
    if is_password(account, new):
        raise RuleError(_("The new password is the old one."), field="password")
    _keep_password(session, account, new)


def set_own_password(session: KhetSession, account: Account, new: str) -> None:
    """A password that the owner sets without the present one, after a proof of another kind (core/platform/consents).

    Raises RuleError (field password) for a weak one.
    """
    passwords.check(new, known_of(session, account))
    _keep_password(session, account, new, told="code_used")


def _keep_password(session: KhetSession, account: Account, new: str, told: str = "password_changed") -> None:
    account.password = hash_password(new)
    account.must_change_password = False
    end_sessions(account)
    recorder.describe(session, account, "core.user.password_changed")
    session.flush()
    notify.notify_owner(session, account, told)


def set_locked(session: KhetSession, account: Account, locked: bool, actor: Actor) -> None:
    """Lock or unlock an account. Nobody locks the account they are signed in with.

    Raises RuleError for the unlocking of an account with grave rights, which wants a second person.
    """
    if account.id == actor.user_id:
        raise RuleError(_("You cannot lock your own account."))
    if not locked:
        if rules.is_grave(session, account, today()):
            raise RuleError(_("This account holds grave rights: unlocking it wants the consent of a second person."))
        unlock(session, account)
        tell(session, account, "unlocked")
        return
    with _minding_the_last(session, account):
        account.active = False
        end_sessions(account)
        recorder.describe(session, account, "core.user.locked")
        session.flush()
        tell(session, account, "locked")
    telling.tell_givers(session, account.id, account.district_id)


@contextmanager
def _minding_the_last(session: KhetSession, account: Account) -> Iterator[None]:
    """Leave a line where the account may consent to grave rights before, and nobody in the district afterwards: head
    office hears of it (core/platform/consents/head_office.py)."""
    before = {one.id for one in rules.consenters(session, today())}
    yield
    if account.id in before and not rules.consenters(session, today()):
        log.line(session, "last_gone", account)


def unlock(session: KhetSession, account: Account) -> None:
    """Let a locked account sign in again; the caller has asked whether it may."""
    account.active = True
    end_sessions(account)
    recorder.describe(session, account, "core.user.unlocked")
    session.flush()


def grantable_roles(session: KhetSession, unit: Unit | None = None) -> list[RoleProfile]:
    """Roles that a district administrator may give (at `unit`, where named): head office's choice."""
    roles = session.scalars(
        select(RoleProfile)
        .where(RoleProfile.grantable.is_(True), RoleProfile.reach != "nation")
        .order_by(RoleProfile.id)
    ).all()
    return [role for role in roles if unit is None or unit.kind in role.unit_kinds.split(",")]


def add_grant(
    session: KhetSession,
    account: Account,
    role_id: int,
    unit_id: int,
    *,
    starts_on: date,
    ends_on: date | None,
    reason: str = "",
    stands_in_for_id: int | None = None,
    consented: bool = False,
    given_by: str = "",
) -> Grant:
    """Give a role at a unit for a period. Raises RuleError for a role head office does not allow there.

    `stands_in_for_id`: whose place the user takes meanwhile (รักษาราชการแทน); that must have an end, and whose place it
    is hears of it. A grave role, and any role for oneself, is given only where a second person has `consented`
    (core/platform/consents); `given_by` are those two then. Of a role to decide or sign that one person has given, its
    holder, who takes their place and the director are told; an import tells once, at its end.
    """
    role, unit, place = check_grant(
        session, account,
        {"role_id": role_id, "unit_id": unit_id, "starts_on": starts_on, "ends_on": ends_on,
         "stands_in_for_id": stands_in_for_id},
    )  # fmt: skip
    if not consented and rules.grant_is_grave(session, account.id, role.id, stands_in_for_id, today()):
        raise RuleError(_("This role wants the consent of a second person: ask for it."), field="role_id")
    grant = Grant(
        user_id=account.id,
        role_id=role.id,
        unit_id=unit.id,
        starts_on=starts_on,
        ends_on=ends_on,
        reason=clean(reason),
        stands_in_for_id=stands_in_for_id or None,
    )
    session.add(grant)
    session.flush()
    _tell_place(session, grant, "place_given", _facts_of(grant, None), given_by)
    if (
        not consented
        and not session.scope.import_id
        and rules.grant_approves(session, role.id, stands_in_for_id, today())
    ):
        log.write(session, "given", account, _facts_of(grant, place), grant.reason, but=[grant.stands_in_for_id])
        tell_stand_ins(session, grant, "place_given")
    return grant


def tell_stand_ins(session: KhetSession, grant: Grant, act: str) -> None:
    """Who takes the place of a grant's holder at its unit has the role too, and loses it too: of one to decide or sign
    they and the director are told, by a line of the log of grave rights for each."""
    if grant.stands_in_for_id or grant.role_id not in rules.approving_roles(session):
        return
    for place in rules.in_the_place_of(session, grant.user_id, today()):
        starts_on = max(place.starts_on, grant.starts_on)
        ends_on = min(filter(None, (place.ends_on, grant.ends_on)), default=None)
        if place.unit_id == grant.unit_id and (ends_on is None or starts_on <= ends_on):
            facts = _end_of(grant, grant.account)
            if act == "place_given":
                facts |= {"starts_on": starts_on.isoformat(), "ends_on": ends_on.isoformat() if ends_on else None}
            log.write(session, act, place.account, facts)


def _tell_place(session: KhetSession, grant: Grant, act: str, facts: Mapping[str, Any], by: str = "") -> None:
    """Whose place a grant takes hears of it, whatever the role: the other sees what waits for them, and signs it."""
    if grant.stands_in_for_id and (other := session.get(Account, grant.stands_in_for_id)) is not None:
        notify.notify_owner(session, other, act, facts, who=log.name_of(grant.account), by=by)


def _facts_of(grant: Grant, place: Account | None) -> dict[str, Any]:
    """A grant as the log of grave rights tells it."""
    return {
        "what": "grant", "role": grant.role.key, "unit": grant.unit.name, "starts_on": grant.starts_on.isoformat(),
        "ends_on": grant.ends_on.isoformat() if grant.ends_on else None, "place": log.name_of(place) if place else "",
    }  # fmt: skip


def check_grant(
    session: KhetSession, account: Account, values: Mapping[str, Any]
) -> tuple[RoleProfile, Unit, Account | None]:
    """The role, the unit and whose place is taken, of a grant that could be given. Raises RuleError where it could not.

    `values`: role_id, unit_id, starts_on, ends_on, stands_in_for_id.
    """
    check_period(values["starts_on"], values["ends_on"])
    place = None
    if values["stands_in_for_id"]:
        place = _stood_in_for(session, account, values["stands_in_for_id"], values["ends_on"])
    unit: Unit = require(session, Unit, values["unit_id"])
    role = next((role for role in grantable_roles(session) if role.id == values["role_id"]), None)
    if role is None:
        raise RuleError(_("This role is not yours to give."), field="role_id")
    if unit.kind not in role.unit_kinds.split(","):
        raise RuleError(_("This role cannot be held at that unit."), field="unit_id")
    return role, unit, place


def _stood_in_for(session: KhetSession, account: Account, other_id: int, ends_on: date | None) -> Account:
    other: Account = require(session, Account, other_id)
    if other.id == account.id:
        raise RuleError(_("Nobody takes their own place."), field="stands_in_for_id")
    if ends_on is None:
        raise RuleError(_("Taking somebody's place has a last day."), field="ends_on")
    return other


def who_may(
    session: KhetSession, roles: Iterable[RoleSpec], right: tuple[str, str], unit: Unit, on: date, *,
    whole_office: bool = False,
) -> list[Account]:  # fmt: skip
    """Accounts that hold `right` (verb, resource) at a unit on that day, by name; at most 200.

    `roles` are the registry's: their rights are code, the grants are rows. `whole_office`: for the office or one of
    its groups, holding it at any of them counts.
    """
    return [account for account, _place in who_may_as(session, roles, right, unit, on, whole_office=whole_office)]


def who_may_as(
    session: KhetSession, roles: Iterable[RoleSpec], right: tuple[str, str], unit: Unit, on: date, *,
    whole_office: bool = False,
) -> list[tuple[Account, int | None]]:  # fmt: skip
    """The same, each with the user in whose place alone they hold it; None where it is their own."""
    held = _holders(session, roles, right, unit, on, whole_office=whole_office)
    found = select(Account).where(Account.id.in_(list(held)), Account.active.is_(True))
    by_name = found.order_by(Account.first_name, Account.last_name, Account.id).limit(200)
    return [(account, held[account.id]) for account in session.scalars(by_name)]


def who_hold(
    session: KhetSession, roles: Iterable[RoleSpec], right: tuple[str, str], unit: Unit, on: date, *,
    whole_office: bool = False,
) -> set[int]:  # fmt: skip
    """Users that hold `right` as in `who_may`, every one of them, whether their account is in use or not."""
    return set(_holders(session, roles, right, unit, on, whole_office=whole_office))


def holders(
    session: KhetSession, roles: Iterable[RoleSpec], right: tuple[str, str], unit_id: int | None, on: date
) -> Select[Any]:  # fmt: skip
    """SQL: users that hold `right` at a unit on a day, by roles of whatever reach; at any unit for None.

    At an ended unit they are those where its matters go on; a role that is held at one opens nothing.
    """
    keys = [role.key for role in roles if right in role.rights]
    found = select(Grant.user_id).join(RoleProfile, RoleProfile.id == Grant.role_id)
    found = found.where(RoleProfile.key.in_(keys), Grant.running(on), Grant.unit_id.in_(_in_use()))
    if unit_id is None:
        return found
    unit = goes_on_at(session, session.get_one(Unit, unit_id))
    wide = RoleProfile.reach.in_(["district"] if unit.kind == "school" else ["district", "office"])
    return found.where(or_(wide, Grant.unit_id == unit.id))


def _in_use() -> Select[Any]:
    """SQL: units that are in use; at any other a role opens nothing."""
    return select(Unit.id).where(Unit.active.is_(True))


def same_people(session: KhetSession, ids: Collection[int | None]) -> frozenset[int]:
    """These accounts, with every other account of the same persons."""
    known = {one for one in ids if one is not None}
    persons = select(Account.person_id).where(Account.id.in_(known), Account.person_id.is_not(None))
    return frozenset(known.union(session.scalars(select(Account.id).where(Account.person_id.in_(persons)))))


def in_whose_stead(
    session: KhetSession, roles: Iterable[RoleSpec], right: tuple[str, str], unit: Unit, on: date, *,
    whole_office: bool = False,
) -> dict[int, int]:  # fmt: skip
    """Of those who hold `right` as in `who_may`, who holds it only in somebody's place: user id → whose place.

    What is put before such a user is put before the place: it waits there when they take it no longer.
    """
    found = _holders(session, roles, right, unit, on, whole_office=whole_office)
    return {user_id: place for user_id, place in found.items() if place is not None}


def _holders(
    session: KhetSession, roles: Iterable[RoleSpec], right: tuple[str, str], unit: Unit, on: date, *,
    whole_office: bool,
) -> dict[int, int | None]:  # fmt: skip
    """Who holds a right at a unit, and in whose place; None where it is their own. At an ended unit they are those
    where its matters go on."""
    unit = goes_on_at(session, unit)
    keys = [role.key for role in roles if right in role.rights]
    near: Any = [unit.id]
    if whole_office and unit.kind != "school":
        near = select(Unit.id).where(Unit.kind != "school")
    wide = ["district"] if unit.kind == "school" else ["district", "office"]
    instead = aliased(Grant)
    here = [
        RoleProfile.key.in_(keys),
        Grant.unit_id.in_(_in_use()),
        or_(RoleProfile.reach.in_(wide), and_(RoleProfile.reach == "unit", Grant.unit_id.in_(near))),
    ]
    role = RoleProfile.id == Grant.role_id
    found: Any = select(Grant.user_id, Grant.stands_in_for_id).join(RoleProfile, role).where(*here, Grant.running(on))
    if right not in GRAVE:
        same = (instead.stands_in_for_id == Grant.user_id) & (instead.unit_id == Grant.unit_id)
        found = found.union_all(
            select(instead.user_id, instead.stands_in_for_id)
            .select_from(Grant)
            .join(RoleProfile, role)
            .join(instead, same & (instead.district_id == Grant.district_id))
            .where(*here, Grant.running(on), Grant.running(on, instead), Grant.stands_in_for_id.is_(None))
        )
    held: dict[int, int | None] = {}
    for user_id, place in session.execute(found):
        held[user_id] = None if place is None or held.get(user_id, 0) is None else place
    return held


def held_alone(session: KhetSession, account: Account, on: date) -> dict[tuple[int, int], tuple[str, str]]:
    """Roles in force that nobody else in use holds at their unit: {(role, unit): (the role's key, the unit's name)}."""
    if not account.active:
        return {}
    here = Grant.user_id == account.id, Grant.running(on), Grant.unit_id.in_(_in_use())
    mine = session.scalars(select(Grant).where(*here)).all()
    others = session.execute(
        select(Grant.role_id, Grant.unit_id)
        .join(Account, Account.id == Grant.user_id)
        .where(
            Grant.role_id.in_({one.role_id for one in mine}), Grant.unit_id.in_({one.unit_id for one in mine}),
            Grant.user_id != account.id, Account.active.is_(True), Grant.running(on),
        )
    )  # fmt: skip
    held = {(row.role_id, row.unit_id) for row in others}
    alone = [one for one in mine if (one.role_id, one.unit_id) not in held]
    return {(one.role_id, one.unit_id): (one.role.key, one.unit.name) for one in alone}


def end_grant(session: KhetSession, grant: Grant, on: date, actor: Actor) -> None:
    """End a grant at once; the user's sessions end with it. The row stays, with the moment, as history.

    Nothing happens to one that is over on that day already. Raises RuleError for one's own.
    """
    if grant.user_id == actor.user_id:
        raise RuleError(_("You cannot end your own role."))
    account = session.get(Account, grant.user_id)
    if account is None:
        raise NotFound
    if grant.over(on):
        return
    told = rules.grant_is_told(session, grant.role_id, grant.stands_in_for_id, on)
    _end(session, grant, account, on)
    if told:
        place = session.get(Account, grant.stands_in_for_id) if grant.stands_in_for_id else None
        log.write(session, "ended", account, _end_of(grant, place), but=[grant.stands_in_for_id])
        tell_stand_ins(session, grant, "ended")


def _end_of(grant: Grant, place: Account | None) -> dict[str, Any]:
    """The end of a grant as the log tells it: its days are over."""
    return {**_facts_of(grant, place), "starts_on": None, "ends_on": None}


def end_place(session: KhetSession, grant: Grant, other: Account, on: date, by: str) -> None:
    """End a grant in the place of `other`, who has become grave: it is asked for anew (core/platform/consents).

    `by`: who made it so.
    """
    account = session.get(Account, grant.user_id)
    if account is None:
        raise NotFound
    _end(session, grant, account, on, by)
    log.write(session, "place_ended", account, _end_of(grant, other), but=[other.id])


def _end(session: KhetSession, grant: Grant, account: Account, on: date, by: str = "") -> None:
    if grant.over(on):
        return
    with _minding_the_last(session, account):
        recorder.describe(session, grant, "core.grant.ended")
        grant.ended_at = utc_now()
        end_sessions(account)
        session.flush()
    _tell_place(session, grant, "place_ended", _end_of(grant, None), by)


def set_locale(session: KhetSession, user_id: int, locale: str) -> None:
    """Keep the user's language."""
    session.execute(update(Account).where(Account.id == user_id).values(locale=locale))
