"""What is wrong with an answer, and with what a step has left behind: each wrong is a Fault, said once."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from flask import request
from flask_babel import force_locale
from sqlalchemy import event, select
from sqlalchemy.engine import Engine
from werkzeug.datastructures import ImmutableMultiDict

from core.platform.notices.models import Notice
from core.platform.timeline import labels
from core.platform.timeline.models import TimelineEntry
from core.platform.users.models import Account
from core.platform.worklist.models import WorklistRow
from core.storage.base import Model
from core.storage.fields import said_by
from tests.core import filling
from tests.core.doors import APP, KHET
from tests.core.test_words import FOR_ENGINEERS, unfit
from tests.robot.forms import TOKEN
from tests.support import World

#: the same statement so many times in one answer is one a row
MOST_ALIKE = 5
LEAK = "รั่วไหลข้ามเขต"
#: lists of what was done: their words are of acts
HISTORIES = ("TimelineView", "GraveLogView", "GraveLogNationView")
_MAIN = "//main[@id='main']"


@dataclass(frozen=True, order=True)
class Fault:
    """`kind` is one of what the robot looks for, `where` an endpoint, `what` the rest."""

    kind: str
    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.where}: {self.what}"


class _Part:
    """A part of a page, for who reads a page's body."""

    def __init__(self, node: Any) -> None:
        self.node = node

    def find(self, _name: str) -> Any:
        return self.node


class _Asked(ImmutableMultiDict):
    """The query of an address, which remembers what its page asked of it."""

    log: dict[str, set[str]] | None = None

    def _note(self, name: Any) -> None:
        if self.log is not None and request.method == "GET" and request.endpoint:
            self.log.setdefault(request.endpoint, set()).add(str(name))

    def get(self, key: Any, *more: Any, **named: Any) -> Any:
        self._note(key)
        return super().get(key, *more, **named)

    def __getitem__(self, key: Any) -> Any:
        self._note(key)
        return super().__getitem__(key)

    def __contains__(self, key: Any) -> bool:
        self._note(key)
        return super().__contains__(key)


@dataclass
class Before:
    """What stood there before a step: who it waited for, and the last notice and line of the history."""

    waiting: dict[tuple[str, int], tuple[int | None, int]]
    notice: int
    line: int
    alike: dict[tuple[str, int], int] = field(default_factory=dict)


class Judge:
    """Keeps the faults that were found in one installation."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.faults: dict[Fault, str] = {}
        #: (endpoint → names of its query that a page asked for), and those that a page's link or form sends
        self.asked: dict[str, set[str]] = {}
        self.sent: dict[str, set[str]] = {}
        #: words of the general buttons, and of states, with where they were read
        self.buttons: set[str] = set()
        self.states: dict[str, str] = {}
        #: number typed into a text → the unit whose record it became, its view and its id
        self.tokens: dict[int, tuple[int | None, str, int]] = {}
        #: (statement, what it was asked with) since the answer was asked for
        self._statements: list[tuple[str, str]] = []

    def say(self, kind: str, where: str, what: str, how: str = "") -> None:
        """A fault; `how` is the first way it was come by."""
        self.faults.setdefault(Fault(kind, where, what[:300]), how)

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Hear every statement, and every name of a query that a page asks for."""
        kept = self.world.app.request_class
        asked = type("Asked", (_Asked,), {"log": self.asked})
        self.world.app.request_class = type("Request", (kept,), {"parameter_storage_class": asked})
        event.listen(Engine, "before_cursor_execute", self._hear)
        try:
            yield
        finally:
            event.remove(Engine, "before_cursor_execute", self._hear)
            self.world.app.request_class = kept

    def _hear(self, _connection: Any, _cursor: Any, statement: str, values: Any, *_more: Any) -> None:
        if statement.lstrip().upper().startswith("SELECT"):
            self._statements.append((statement, str(values)))

    # -- answers -----------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """An answer is asked for."""
        self._statements.clear()

    def answer(self, user: str, endpoint: str, address: str, answer: Any, offered: str) -> None:
        """Judge what `user` got for `address`; `offered` names the page that offers it, "" where none does."""
        how = f"{user} at {address}" + (f", offered by {offered}" if offered else "")
        if answer.status_code >= 500:
            self.say("broken", endpoint, str(answer.status_code), how)
        elif offered and answer.status_code in (400, 401, 403, 404, 405):
            self.say("shut", endpoint, f"{answer.status_code}, offered by {offered}", how)
        alike = Counter(statement for statement, _values in set(self._statements))
        if answer.request.method == "GET" and alike and (most := alike.most_common(1)[0])[1] >= MOST_ALIKE:
            self.say("a statement a row", endpoint, " ".join(most[0].split())[:200], f"{how}: {most[1]} times")
        if answer.mimetype == "text/html" and answer.status_code < 500:
            self._page(user, endpoint, answer, how)

    def _page(self, user: str, endpoint: str, answer: Any, how: str) -> None:
        text = answer.get_data(as_text=True)
        if LEAK in text:
            self.say("another district's words", endpoint, LEAK, how)
        for number in {int(one) for one in TOKEN.findall(text)} & self.tokens.keys():
            unit, view, record = self.tokens[number]
            if unit is not None and not self._may_know(user, view, unit, record):
                self.say("another unit's words", endpoint, f"{view} of unit {unit}", how)

    def words(self, endpoint: str, tree: Any, how: str) -> None:
        """Judge what people read on a page."""
        if endpoint.partition(".")[0] in FOR_ENGINEERS:
            return
        main = tree.xpath(_MAIN)
        for text in unfit(_Part(main[0])) if main else ():
            self.say("a machine's words", endpoint, text, how)
        for node in tree.xpath(f"{_MAIN}//*[@data-new]"):
            self.buttons.add(" ".join(node.text_content().split()))
        if endpoint.partition(".")[0] in HISTORIES:
            return
        found = f"{_MAIN}//td[contains(concat(' ', @class, ' '), ' label ')] | {_MAIN}//span[@class='state']"
        for node in tree.xpath(found):
            self.states.setdefault(" ".join(node.text_content().split()), endpoint)

    def history(self, endpoint: str, table: str, tree: Any, how: str) -> None:
        """A change is told in words of the record's own module."""
        allowed = own_words(table)
        for node in tree.xpath("//section[@id='timeline']//div[ins or .//ins]/span[@class='meta']"):
            said = " ".join(node.text_content().split()).rstrip(":")
            about_part = (
                node.getparent().getparent().xpath("./div/span[@class='meta'][not(following-sibling::span/ins)]")
            )
            if said not in allowed and not about_part:
                self.say("another module's word", endpoint, f"a change of {table} is told as “{said}”", how)

    def _may_know(self, user: str, view: str, unit: int, record: int) -> bool:
        account = self.world.account(user)
        actor = self.world.khet.actor(account.id)
        resource = self.world.khet.views[view].resource
        if actor is None:
            return False
        if any(unit in actor.units(resource, verb) for verb in ("list", "show", "edit")):
            return True
        with self.world.database.system("test") as session:
            table = self.world.khet.views[view].model.__tablename__
            same = (Notice.user_id == account.id, Notice.kind == table, Notice.record_id == record)
            if session.scalar(select(Notice.id).where(*same).limit(1)) is not None:
                return True
            # whoever works somewhere in the office knows of what came to it from elsewhere
            return bool(actor.inside)

    # -- steps -------------------------------------------------------------------------------------------------------

    def before(self) -> Before:
        """What stands there now."""
        with self.world.database.system("test") as session:
            rows = session.execute(select(WorklistRow.view, WorklistRow.record_id, WorklistRow.user_id, WorklistRow.id))
            waiting = {(view, record): (user, number) for view, record, user, number in rows}
            notice = session.scalar(select(Notice.id).order_by(Notice.id.desc()).limit(1)) or 0
            line = session.scalar(select(TimelineEntry.id).order_by(TimelineEntry.id.desc()).limit(1)) or 0
        return Before(waiting, notice, line)

    def after(self, user: str, endpoint: str, answer: Any, was: Before, how: str) -> None:
        """Judge what a step has changed: who has to act now was told, and who was asked is so still or knows."""
        now = self.before()
        if answer.status_code in (400, 403, 404, 422) and now.line != was.line:
            self.say("refused, yet something was written", endpoint, str(answer.status_code), how)
        if answer.status_code >= 400:
            return
        me = self.world.account(user).id
        with self.world.database.system("test") as session:
            told = set(session.scalars(select(Notice.user_id).where(Notice.id > was.notice)))
            for place, (who, _number) in now.waiting.items():
                if who not in (None, me) and was.waiting.get(place, (None, 0))[0] != who and who not in told:
                    name = session.get_one(Account, who).username.partition(".")[0]
                    self.say("not told whose turn it is", endpoint, f"{place[0]} waits for {name}", how)
            for place, (who, _number) in was.waiting.items():
                gone = who not in (None, me) and now.waiting.get(place, (None, 0))[0] != who
                if gone and who not in told:
                    name = session.get_one(Account, who).username.partition(".")[0]
                    self.say("asked no more, and not told", endpoint, f"{place[0]} waited for {name}", how)

    # -- at the end --------------------------------------------------------------------------------------------------

    def sums_up(self, *, links: bool = True) -> None:
        """What only a whole walk shows; `links`: it has gone wherever pages lead."""
        for word in sorted(self.buttons & self.states.keys()):
            self.say("a state is called as a button", self.states[word], word)
        for endpoint, names in sorted(self.asked.items() if links else ()):
            for name in sorted(names - self.sent.get(endpoint, set())):
                self.say("no page links there", endpoint, f"?{name}=")


@functools.cache
def own_words(table: str) -> frozenset[str]:
    """What the fields of a kind may be called in its history, in Thai: by its own module's words and core's."""
    modules = {name for name in KHET.registry.manifests if name != "core"}
    own = next((name for name in modules if table == name or table.startswith(f"{name}_")), "core")
    words: list[Any] = []
    for owner, named in labels.FIELDS.items():
        of = next((name for name in modules if owner == name or owner.startswith(f"{name}_")), "core")
        words += list(named.values()) if of in (own, "core") else []
    for name, kept in Model.metadata.tables.items():
        if name.startswith(f"{own}_"):
            words += [spec.label for column in kept.columns if (spec := said_by(column)) is not None]
    with APP.test_request_context(), force_locale("th"):
        return frozenset(str(word) for word in words)


def refusals(browser: Any) -> dict[str, str]:
    """Field → what the page says is wrong with it, at the field or in the summary that leads there."""
    found, tree = {}, browser.tree
    for node in tree.xpath(f"{filling.MAIN}//*[@aria-invalid='true']"):
        told = tree.xpath(f"//*[@id='{node.get('aria-describedby')}']")
        found[_name(node)] = " ".join(told[0].text_content().split()) if told else ""
    for link in tree.xpath("//*[@id='problems']//li/a"):
        node = next(iter(tree.xpath(f"//*[@id='{(link.get('href') or '#')[1:]}']")), None)
        name = _name(node) if node is not None else (link.get("href") or "#")[1:]
        found.setdefault(name, " ".join((link.tail or "").strip(" :").split()))
    return found


def _name(node: Any) -> str:
    name = str(node.get("name") or node.get("id") or "")
    return name.removesuffix("-text") if node.get("role") == "combobox" else name


__all__ = ["LEAK", "Before", "Fault", "Judge", "own_words", "refusals"]
