"""The log of grave rights: one line for whatever gives, takes or uses one, told at once to the owner and the director.

A plugin adds sentences of its own with `say`. Facts are kept as data and put into words for whoever reads. What would
tell of a secret paper is read whole by who may consent alone: administrator, head office and the district's webhooks
get it shorter (BRIEF) or not at all (UNSAID).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import IntegrityError

from core.base.permissions import ROLE_TITLES
from core.base.text.dates import shown_date
from core.base.text.thai import today
from core.platform.dual_control import rules
from core.platform.dual_control.models import (
    CLEARANCE,
    FACTORS,
    GRANT,
    GRANTS,
    OWNER,
    POSITION,
    RESET,
    UNLOCK,
    GraveAct,
    GraveEntry,
)
from core.platform.notices import services as notices
from core.platform.users.models import Account
from core.storage.scope import KhetSession

TOPIC = "core.grave"

CLEARANCES = {0: _l("None"), 1: _l("Confidential"), 2: _l("Secret"), 3: _l("Top secret")}

SENTENCES: dict[str, Any] = {
    "made": _l("%(by)s makes the account of %(who)s: %(what)s"),
    "asked": _l("%(by)s asks for %(who)s: %(what)s"),
    "consented": _l("%(by)s consents for %(who)s: %(what)s. It holds from now on."),
    "ahead": _l("%(by)s consents for %(who)s: %(what)s. It holds from its first day on."),
    "handed": _l(
        "%(by)s consents for %(who)s: %(what)s. It holds once the owner has set a password with the code that the "
        "one who consents hands over."
    ),
    "handed_ahead": _l(
        "%(by)s consents for %(who)s: %(what)s. It holds from its first day on, once the owner has set a password with "
        "the code that the one who consents hands over."
    ),
    "code": _l("%(by)s makes a new code for %(who)s; the one before is worth nothing."),
    "owned": _l("%(who)s has set a password with the code: %(what)s"),
    "refused": _l("%(by)s refuses for %(who)s: %(what)s"),
    "withdrawn": _l("%(by)s takes back what was asked for %(who)s: %(what)s"),
    "expired": _l("Nobody decided in time for %(who)s: %(what)s. Nothing has changed; it can be asked for again."),
    "ended": _l("%(by)s ends for %(who)s: %(what)s"),
    "place_ended": _l("Ends, since the one whose place it takes holds a grave right now, for %(who)s: %(what)s"),
    "lowered": _l("%(by)s lowers for %(who)s: %(what)s"),
    "locked": _l("%(by)s locks the account of %(who)s"),
    "last_gone": _l(
        "%(who)s was the last who may consent to grave rights here. Until somebody else may, head office decides."
    ),
    "given": _l("%(by)s gives %(who)s, alone: %(what)s"),
    "place_given": _l("%(by)s gives to the one whose place %(who)s takes, and so to %(who)s, too: %(what)s"),
    "taken_in": _l("%(by)s takes in users from a file, among them: %(what)s"),
    "password_reset": _l("%(by)s gives the account of %(who)s a temporary password"),
    "unlocked": _l("%(by)s unlocks the account of %(who)s"),
    "factors_reset": _l("%(by)s takes the second factor of the account of %(who)s away"),
    "positioned": _l("%(by)s puts %(who)s into a place by which records are approved: %(what)s"),
    "unpositioned": _l("%(by)s takes %(who)s out of a place by which records are approved: %(what)s"),
    "unit_ended": _l("%(by)s ends a unit, whose papers are open elsewhere from now on: %(what)s"),
    "unit_opened": _l("%(by)s opens a unit again: %(what)s"),
    "renamed": _l("%(by)s changes the name or the person behind the account of %(who)s: %(what)s"),
}


#: lines that only who may consent reads: to whoever caused them they would tell that a secret paper is there
UNSAID: set[str] = set()
#: lines of which others read this sentence, and no reason
BRIEF: dict[str, Any] = {}
#: words for a plugin's own facts, by their `what`
PHRASES: dict[str, Callable[[Mapping[str, Any]], str]] = {}

DEFAULT = "th"  #: in which webhooks are told
#: tries at a free id; at a million lines one in a thousand is taken
TRIES = 20


def register(
    sentences: Mapping[str, Any], *, unsaid: Collection[str] = (), brief: Mapping[str, Any] | None = None,
    phrases: Mapping[str, Callable[[Mapping[str, Any]], str]] | None = None,
) -> None:  # fmt: skip
    """Add a plugin's sentences; each may hold %(by)s, %(who)s and %(what)s. The rest: as UNSAID, BRIEF and PHRASES."""
    SENTENCES.update(sentences)
    UNSAID.update(unsaid)
    BRIEF.update(brief or {})
    PHRASES.update(phrases or {})


def phrase(facts: Mapping[str, Any]) -> str:
    """What is asked for or was done, in the reader's language."""
    what = facts.get("what")
    if what in PHRASES:
        return PHRASES[what](facts)
    if what == GRANT:
        title = str(ROLE_TITLES.get(facts.get("role", ""), facts.get("role", "")))
        said = _("role “%(role)s” at %(unit)s", role=title, unit=facts.get("unit", ""))
        return " ".join([said, *_days(facts), *_place(facts)])
    if what == POSITION:
        held = _("position “%(position)s” at %(unit)s", position=facts.get("position", ""), unit=facts.get("unit", ""))
        return " ".join([held, *_days(facts)])
    if what == GRANTS:
        given = [(str(ROLE_TITLES.get(role, role)), count) for role, count in sorted(facts.get("roles", {}).items())]
        return ", ".join(_("role “%(role)s” (%(count)s)", role=title, count=count) for title, count in given)
    if what == OWNER:
        return ", ".join(_owner(facts))
    if what == CLEARANCE:
        return _("clearance “%(level)s”", level=str(CLEARANCES.get(facts.get("level", 0), "")))
    if what == RESET:
        return _("a new password, set by the owner")
    if what == UNLOCK:
        return _("unlocking the account")
    if what == FACTORS:
        return _("the second factor taken away")
    return str(facts.get("text", ""))


def _days(facts: Mapping[str, Any]) -> list[str]:
    found = []
    if facts.get("starts_on"):
        found.append(_("from %(day)s", day=shown_date(date.fromisoformat(facts["starts_on"]), "short")))
    if facts.get("ends_on"):
        found.append(_("until %(day)s", day=shown_date(date.fromisoformat(facts["ends_on"]), "short")))
    return found


def _place(facts: Mapping[str, Any]) -> list[str]:
    return [_("in the place of %(name)s", name=facts["place"])] if facts.get("place") else []


def _owner(facts: Mapping[str, Any]) -> list[str]:
    found = []
    if "names" in facts:
        old, new = facts["names"]
        found.append(_("name “%(old)s”, now “%(new)s”", old=old, new=new))
    if "persons" in facts:
        old, new = (name or "–" for name in facts["persons"])
        found.append(_("person “%(old)s”, now “%(new)s”", old=old, new=new))
    return found


def sentence(entry: GraveEntry, *, whole: bool) -> str:
    """A line of the log in the reader's language; `whole` for who may consent, and for the account's owner."""
    said = (BRIEF.get(entry.action) if not whole else None) or SENTENCES.get(entry.action)
    by = entry.actor_name if entry.actor_id else _("The operator at the server")
    values = {"by": by, "who": entry.user_name, "what": phrase(entry.facts)}
    return str(said) % values if said is not None else f"{entry.action}: {values['what']}"


#: characters of a name in a line; a login has at most 64 and its district's 5
NAME = 150


def name_of(account: Account) -> str:
    """How a line calls an account: the person, and the login that tells two of a name apart."""
    login = f" ({account.username})"
    return f"{account.first_name} {account.last_name}".strip()[: NAME - len(login)] + login


def line(
    session: KhetSession, action: str, account: Account | None, facts: Mapping[str, Any] | None = None, note: str = ""
) -> GraveEntry:
    """Leave a line and tell nobody. Who does it is the session's user, or the errand that it is opened for."""
    scope = session.scope
    actor = session.get(Account, scope.user_id) if scope.user_id else None  # None too: head office's, in a district
    values: dict[str, Any] = {
        "actor_id": scope.user_id, "actor_name": name_of(actor) if actor else scope.user_name or scope.name,
        "action": action, "facts": dict(facts or {}), "note": note[:500], "user_id": account.id if account else None,
        "user_name": name_of(account) if account else "",
    }  # fmt: skip
    if account is not None:
        values["district_id"] = account.district_id
    session.flush()
    for tries_left in reversed(range(TRIES)):
        entry = GraveEntry(**values)
        try:
            with session.begin_nested():
                session.add(entry)
            break
        except IntegrityError:
            if not tries_left:
                raise
    return entry


def write(
    session: KhetSession, action: str, account: Account | None, facts: Mapping[str, Any] | None = None, note: str = "",
    *, also: Collection[int] = (), but: Collection[int | None] = (), act: GraveAct | None = None,
) -> GraveEntry:  # fmt: skip
    """Leave a line in a district's session, and tell of it the account's owner, whoever may consent, and `also`.

    The owner hears by e-mail too. Their own act is told to nobody, and `but` have heard of it in words of their own: of
    one thing nobody gets two notices. `act` waits for its decision: whoever may consent is
    led there instead of to the line, on which nothing can be decided.
    """
    scope = session.scope
    entry = line(session, action, account, facts, note)
    consenters = rules.consenters(session, today())
    told = {one.id: one for one in consenters}
    for user_id in also:
        if (other := session.get(Account, user_id)) is not None and other.active:
            told[other.id] = other
    owner = account.id if account else None
    if account is not None:
        told.pop(account.id, None)
        if account.id != scope.user_id:
            _tell(session, account, entry, "OwnRightsView", whole=True)
    for other in told.values():
        if other.id in (scope.user_id, owner, *but):
            continue
        decides = other in consenters
        _tell(session, other, entry, "GraveLogView", whole=decides, act=act if decides else None)
    if action not in UNSAID:
        with force_locale(DEFAULT):
            notices.publish(session, entry.district_id, TOPIC, entry, text=sentence(entry, whole=False))
    return entry


def _tell(
    session: KhetSession, account: Account, entry: GraveEntry, view: str, *, whole: bool, act: GraveAct | None = None
) -> None:
    with force_locale(account.locale):
        said = sentence(entry, whole=whole)
        if entry.action == "refused":
            said = notices.because(said, entry.note, entry)
    own = account.id == entry.user_id
    where = (entry, view) if act is None else (act, "GraveActView")
    notices.notify(session, account, TOPIC, said, *where, must=True, mail=own, webhooks=False)
