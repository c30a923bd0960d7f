"""Goes where pages lead: opens what they link, fills what they ask, presses what they offer."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from random import Random
from time import monotonic
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from flask_babel import force_locale, gettext
from sqlalchemy import select
from werkzeug.exceptions import HTTPException

from core.base import permissions
from core.base.workflow import Workflow
from core.ops.demo.load import STAFF
from core.platform.users.models import Account
from core.platform.worklist.models import WorklistRow
from core.web.crud import CrudView
from tests.core import filling
from tests.core.doors import KHET
from tests.robot import forms, judge
from tests.robot.forms import Declared
from tests.robot.judge import Judge
from tests.support import HOME, Browser, World, near

USERS = tuple(f"{name}.{HOME}" for name in STAFF)
MAIN = "//main[@id='main']"


@dataclass(frozen=True)
class Place:
    """Where an address leads: a view's method, its arguments and its query."""

    endpoint: str
    arguments: tuple[tuple[str, Any], ...]
    query: tuple[tuple[str, str], ...]

    @property
    def view(self) -> str:
        return self.endpoint.partition(".")[0]

    @property
    def method(self) -> str:
        return self.endpoint.partition(".")[2]

    @property
    def shape(self) -> tuple[str, ...]:
        """Alike for addresses that differ in their record and their words alone."""
        keys = [f"{name}={value}" for name, value in self.arguments if not isinstance(value, int)]
        if self.method == "list":  # one change of a list's state at a time
            names = sorted({f"as={value}" if name == "as" else name for name, value in self.query})
            return (self.endpoint, *keys, *names[:1])
        return (self.endpoint, *keys, *sorted({name for name, _value in self.query}))

    @property
    def step(self) -> str:
        """The key by which a workflow knows it."""
        return str(dict(self.arguments).get("key", self.method))


@dataclass
class Coverage:
    """(view, step, state) → how it went: taken, or the words of its refusal."""

    taken: dict[tuple[str, str, str], int] = field(default_factory=dict)
    refused: dict[tuple[str, str, str], str] = field(default_factory=dict)
    offered: set[tuple[str, str, str]] = field(default_factory=set)


def workflows() -> dict[str, Workflow]:
    """View → its workflow, of every kind of record that has one."""
    every = _every_workflow()
    found: dict[str, Workflow] = {}
    for name, view in KHET.views.items():
        states = getattr(view, "states", None)
        by_states = next((one for one in every if states is not None and one.states is states), None)
        flow: Workflow | None = getattr(view, "workflow", None) or by_states
        if isinstance(view, CrudView) and flow is not None:
            found[name] = flow
    return found


def _every_workflow() -> list[Workflow]:
    modules = [module for name, module in sys.modules.items() if name.startswith(("core.", "plugins."))]
    return [one for module in modules for one in vars(module).values() if isinstance(one, Workflow)]


class Walker:
    """Browsers of every demo account in one installation, and what they have seen there."""

    def __init__(self, world: World, seed: int = 1) -> None:
        self.world, self.rng = world, Random(seed)  # noqa: S311 – a walk, no secret
        self.judge = Judge(world)
        self.known: dict[str, Declared] = {}
        self.coverage = Coverage()
        self.workflows = workflows()
        self.number = 100
        self._browsers: dict[str, Browser] = {}
        self._places: dict[tuple[str, str], tuple[str, tuple[tuple[str, Any], ...]] | None] = {}
        #: endpoints that a page links to, posts to or asks
        self.linked: set[str] = set()

    @contextmanager
    def at_work(self) -> Iterator[Walker]:
        """With open ears."""
        with self.judge.listening(), forms.reading(self.world.app) as self.known:
            yield self

    @cached_property
    def people(self) -> frozenset[str]:
        """Names of the demo's accounts."""
        with self.world.database.system("test") as session:
            found = session.scalars(select(Account).where(Account.district_id == self.world.district_id()))
            return frozenset(f"{one.first_name} {one.last_name}".strip() for one in found)

    def browser(self, user: str) -> Browser:
        if user not in self._browsers:
            self._browsers[user] = self.world.browser(user, "th")
        return self._browsers[user]

    @cached_property
    def _map(self) -> Any:
        return self.world.app.url_map.bind("localhost")

    def place(self, address: str, method: str = "GET") -> Place | None:
        """What lies behind an address of ours; None where nothing does."""
        parts = urlsplit(address)
        if (parts.path, method) not in self._places:
            try:
                endpoint, arguments = self._map.match(parts.path, method=method)
                self._places[parts.path, method] = endpoint, tuple(sorted(arguments.items()))
            except HTTPException:
                self._places[parts.path, method] = None
        found = self._places[parts.path, method]
        return Place(*found, tuple(parse_qsl(parts.query, keep_blank_values=True))) if found is not None else None

    # -- looking -----------------------------------------------------------------------------------------------------

    def get(self, user: str, address: str, offered: str = "", *, read: bool = True, words: bool = True) -> Any:
        """Open an address and judge the answer; redirects are followed as a browser does.

        `read` False: nothing on the page is looked at; `words` False: only where it leads.
        """
        browser = self.browser(user)
        for _hop in range(4):
            there = self.place(address)
            name = there.endpoint if there is not None else address
            self.judge.begin()
            answer = browser.get(address)
            self.judge.answer(user, name, address, answer, offered)
            if answer.status_code not in (301, 302, 303, 308):
                break
            self.redirected(answer)
            if "/login/" in answer.location:
                break
            address = answer.location
        if read and answer.mimetype == "text/html" and answer.status_code < 400:
            tree = browser.tree
            self._note_links(tree, address)
            if not words:
                return answer
            self.judge.words(name, tree, f"{user} at {address}")
            view = self.world.khet.views.get(there.view) if there is not None and there.method == "show" else None
            if view is not None and view.model is not None:
                self.judge.history(name, view.model.__tablename__, tree, f"{user} at {address}")
        return answer

    def redirected(self, answer: Any) -> None:
        """Where an answer sends one on leads there too."""
        if (there := self.place(answer.location)) is not None:
            self.linked.add(there.endpoint)
            self.judge.sent.setdefault(there.endpoint, set()).update(name for name, _value in there.query)

    def _note_links(self, tree: Any, here: str) -> None:
        """Remember where a page leads, by whatever attribute says so."""
        for address in tree.xpath("//@href | //@action | //@data-url | //@*[starts-with(name(), 'data-')]"):
            if not address.startswith(("/", "?")):
                continue
            whole = address if address.startswith("/") else urlsplit(here).path + address
            for method in ("GET", "POST"):
                if (there := self.place(whole, method)) is not None:
                    self.linked.add(there.endpoint)
                    self.judge.sent.setdefault(there.endpoint, set()).update(name for name, _value in there.query)
        for form in tree.xpath("//form[not(@method='post')]"):
            there = self.place(form.get("action") or urlsplit(here).path)
            if there is not None:
                self.judge.sent.setdefault(there.endpoint, set()).update(form.xpath(".//@name"))

    def links(self, browser: Browser, inside: str = "//body") -> list[str]:
        """Addresses of ours that a page leads to."""
        here = browser.page.request.path
        found = [one for one in browser.tree.xpath(f"{inside}//a/@href") if one.startswith(("/", "?"))]
        whole = [one if one.startswith("/") else here + one for one in found]
        return list(dict.fromkeys(one.partition("#")[0] for one in whole))

    def crawl_shared(self, users: tuple[str, ...] = USERS) -> int:
        """Every account along every link, but each shape of an address by one of them alone: the first whom it is shown.

        Lines of the navigation are opened by everybody.
        """
        seen: set[tuple[str, ...]] = set()
        return sum(self.crawl(user, seen=seen) for user in users)

    def crawl(
        self, user: str, most: int = 10_000, *, until: float | None = None, seen: set[tuple[str, ...]] | None = None
    ) -> int:
        """From the home page on along every link, once to each shape of an address; how many were opened."""
        seen = set() if seen is None else seen
        todo: list[tuple[str, str, bool]] = [("/", "", True)]
        opened = 0
        self.get(user, "/")
        if self.browser(user).page.status_code == 200:
            lines = self.links(self.browser(user), "//nav[@id='nav']")
            todo += [(line, "HomeView.index", True) for line in lines]
            seen.update(there.shape for line in lines if (there := self.place(line)) is not None)
        while todo and opened < most and (until is None or monotonic() < until):
            address, by, words = todo.pop(0)
            answer = self.get(user, address, by, words=words)
            opened += 1
            if answer.status_code != 200 or answer.mimetype != "text/html":
                continue
            browser = self.browser(user)
            here = self.place(browser.page.request.path)
            for link in self.links(browser):
                there = self.place(link)
                if there is None:
                    if not link.startswith(("/static", "/khet")):
                        self.judge.say("shut", "no such page", link, f"{user}, offered by {address}")
                    continue
                # what a record's page offers is another thing to each account
                shape = (*there.shape, user) if there.method == "show" else there.shape
                if shape not in seen:
                    todo.append((link, here.endpoint if here is not None else address, there.shape not in seen))
                    seen |= {shape, there.shape}
        return opened

    # -- doing -------------------------------------------------------------------------------------------------------

    def fill(self, user: str, address: str, *, turn: int = 0, offered: str = "", bare: bool = False) -> Done:
        """Open a form, fill every field, press Save until it is taken or refuses what cannot be mended.

        `bare`: only what the form asks for is filled.
        """
        browser = self.browser(user)
        start = self.get(user, address, offered)
        if start.status_code != 200 or start.mimetype != "text/html" or not browser.tree.xpath(filling.MAIN):
            return Done(start, None, {}, {})
        address = browser.page.request.full_path.rstrip("?") if browser.page.request.query_string else address
        self.number += 1
        number, known = self.number, dict(self.known)
        kept, wanted = filling.now(browser), forms.fitting(browser, known, self.rng, self.number, turn)
        asked = {one: value for one, value in wanted.items() if (it := forms.like(known, one)) and it.required}
        return self.send(user, address, known, kept, asked if bare else wanted, number, spare=wanted)

    def send(
        self, user: str, address: str, known: dict[str, Declared], kept: Any, wanted: Any, number: int = 0, *,
        spare: Any = None,
    ) -> Done:  # fmt: skip
        """Press Save, and again with something else in what the page refuses; what is missing is taken from `spare`."""
        spare = dict(spare or {})
        browser, there = self.browser(user), self.place(address, "POST")
        name = there.endpoint if there is not None else address
        said: dict[str, str] = {}
        answer = None
        for attempt in range(8):
            was = self.judge.before()
            self.judge.begin()
            answer = filling.send(browser, address, {**kept, **wanted})
            how = f"{user} at {address} with {_short(wanted)}"
            self.judge.answer(user, name, address, answer, "")
            self.judge.after(user, name, answer, was, how)
            if answer.status_code in (302, 303):
                self.redirected(answer)
            if answer.status_code != 422:
                break
            self.judge.words(name, browser.tree, how)
            wrong = judge.refusals(browser)
            said |= wrong or {"": " ".join(browser.errors())[:200]}
            self._offered_yet_refused(name, known, wanted, wrong, how)
            confirms = {  # what was asked above the form, or at a day, and is seen now
                str(node.get("name")): [str(node.get("value"))]
                for node in browser.tree.xpath(f"{filling.MAIN}//input[@type='hidden'][@value!='']")
                if "-confirm" in node.get("name") or node.get("name").endswith("_ok")
            }
            again = filling.now(browser)
            fields = {one: field for one in wrong if (field := forms.like(known, one)) is not None}
            if not confirms.items() <= kept.items():
                kept |= confirms
            elif attempt == 4:  # what was chosen does not go together: the first of every list
                wanted |= {one: [options[0]] for one, options in self._first_options(browser, known).items()}
            elif fields:
                for one, field in fields.items():
                    value = spare.pop(one, None) if one not in wanted else None
                    if field.kind == "SelectField" and (options := forms.options(browser, one)):
                        value = value or [self.rng.choice(options)]
                    if field.kind == "FilesField":
                        value = forms.upload(browser, one, attempt + 1)
                    value = value or _another(field, self.number, attempt)
                    if value:
                        wanted[one] = value
                    else:
                        wanted.pop(one, None)
            else:
                break
            kept |= {key: again[key] for key in ("csrf_token", "form_key", "version") if key in again}
        assert answer is not None
        return Done(answer, number, wanted, said)

    def _first_options(self, browser: Browser, known: dict[str, Declared]) -> Any:
        selects = (name for name, field in known.items() if field.kind == "SelectField")
        found = {name: forms.options(browser, name) for name in selects}
        return {name: options for name, options in found.items() if options}

    def _offered_yet_refused(self, name: str, known: Any, wanted: Any, wrong: dict[str, str], how: str) -> None:
        """What a list offers, its form accepts: "choose one from the list" is no answer to one of the list."""
        for one, told in wrong.items():
            field = known.get(one)
            if field is None or one not in wanted:
                continue
            if field.kind == "LookupField" and told == self.in_thai("Choose one from the list."):
                self.judge.say("offered, yet refused", name, f"{field.label}: {told}", how)
            if field.kind in ("SelectField", "SelectMultipleField") and told == self.in_thai("Not a valid choice."):
                self.judge.say("offered, yet refused", name, f"{field.label}: {told}", how)

    def in_thai(self, words: Any) -> str:
        """A text of Khet as a Thai page says it."""
        with self.world.app.test_request_context(), force_locale("th"):
            return gettext(words) if isinstance(words, str) else str(words)

    # -- records and their steps -------------------------------------------------------------------------------------

    def state(self, view: str, record: int) -> str:
        """The state of a record, "" where such have none."""
        kept = self.world.khet.views[view]
        column = getattr(kept, "state_field", None) or ("status" if hasattr(kept.model, "status") else "state")
        if not hasattr(kept.model, column):
            return ""
        with self.world.database.system_engine.connect() as connection:
            statement = f"select {column} from {kept.model.__tablename__} where id = {record}"
            return str(connection.exec_driver_sql(statement).scalar() or "")

    def steps(self, user: str) -> list[tuple[str, Place]]:
        """(address, place) of each button of the record's page that is open now."""
        browser = self.browser(user)
        found = []
        for address in self.links(browser, "//*[@class='actions']"):
            there = self.place(address)
            if there is not None:
                found.append((address, there))
        return found

    def offers(self, view: str, record: int, users: tuple[str, ...] = USERS) -> dict[str, list[tuple[str, Place]]]:
        """User → the steps that the record's page offers them; nobody who may not open it."""
        base = self.world.khet.views[view].route_base
        found = {}
        for user in users:
            if self.get(user, f"{base}/{record}", read=False).status_code == 200:
                found[user] = self.steps(user)
        return found

    def take(self, user: str, address: str, there: Place, view: str, record: int) -> Done:
        """Take a step of a record that its page offers, and note how it went."""
        state = self.state(view, record)
        where = (view, there.step, state)
        self.coverage.offered.add(where)
        done = self.fill(user, address, offered=f"{view}.show")
        if done.answer.status_code in (302, 303):
            self.coverage.taken[where] = self.coverage.taken.get(where, 0) + 1
            self.get(user, done.answer.location, there.endpoint)
        elif done.said:
            self.coverage.refused[where] = "; ".join(f"{k}: {v}" for k, v in done.said.items())[:200]
        return done

    def waiting(self, view: str) -> list[tuple[str, int]]:
        """(user, record) of what waits for somebody by name."""
        with self.world.database.system("test") as session:
            found = select(Account.username, WorklistRow.record_id).join(Account, Account.id == WorklistRow.user_id)
            here = (WorklistRow.view == view, WorklistRow.district_id == self.world.district_id())
            return [
                (user, record) for user, record in session.execute(found.where(*here).order_by(WorklistRow.id.desc()))
            ]

    def records(self, user: str, view: str) -> list[int]:
        """Ids on the first page of a list, as that user sees it."""
        kept = self.world.khet.views[view]
        answer = self.get(user, f"{kept.route_base}/?view=0", read=False)
        if answer.status_code != 200 or answer.mimetype != "text/html":
            return []
        return [int(one) for one in self.browser(user).tree.xpath(f"{MAIN}//tr/@data-id")]

    def approves(self, view: str, step: str) -> bool:
        """Whether a step decides or signs in the office's name."""
        flow = self.workflows.get(view)
        found = next((one for one in flow.transitions if one.key == step), None) if flow is not None else None
        return found is not None and (found.verb, self.world.khet.views[view].resource) in permissions.APPROVING


@dataclass
class Done:
    """How a form went: the last answer, the number in its texts, what was sent, and what was said of refused fields."""

    answer: Any
    number: int | None
    sent: Any
    said: dict[str, str]

    @property
    def saved(self) -> bool:
        return self.answer.status_code in (302, 303) and self.number is not None


def _another(field: Declared, number: int, attempt: int) -> list[str] | None:
    """Another try for a field that was refused."""
    if field.kind == "ThaiDateField":
        return [near((-1, 30, 60, -30)[attempt % 4])]
    if field.kind in forms.NUMBERS:
        return [("1", "2569", "5")[attempt % 3]]
    if field.kind == "ClockField":
        return [("09.00", "16.00")[attempt % 2]]
    if field.kind in forms.TEXTS:
        text = (str(number), f"kon{number}", f"kon{number}@example.go.th", f"{forms.WORD}{number}")[attempt % 4]
        return [text if not field.most or len(text) <= field.most else str(number)[-field.most :]]
    return None


def _short(wanted: Any) -> str:
    return str({name: value for name, value in wanted.items() if value})[:300]


__all__ = ["MAIN", "USERS", "Coverage", "Done", "Place", "Walker", "workflows"]
