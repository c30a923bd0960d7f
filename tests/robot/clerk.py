"""A clerk's days: every kind of record begun, changed and looked at; every state asked for its steps; then steps at random."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Sequence
from time import monotonic
from typing import Any

from python_calamine import CalamineWorkbook
from sqlalchemy import select

from core.platform.users.models import Account
from core.platform.worklist.models import WorklistRow
from core.web.crud import CrudView
from tests.core import filling
from tests.core.doors import KHET, doors
from tests.robot import forms
from tests.robot.forms import WORD
from tests.robot.judge import refusals
from tests.robot.walker import MAIN, USERS, Done, Place, Walker
from tests.support import API

#: methods that look at a record
LOOKS = ("show", "list", "file", "edit", "stamped", "pdf", "docx", "compare", "sample")
#: icons of steps that send back or end
NOES = ("arrow-return-left", "x-circle", "x", "slash-circle", "calendar-x", "trash", "eraser")
#: kinds of record whose list may offer a new one
KINDS = tuple(
    sorted(name for name, view in KHET.views.items() if isinstance(view, CrudView) and "add" not in view.without)
)


# -- one kind of record ------------------------------------------------------------------------------------------------


def live(walker: Walker, view: str, users: Sequence[str] = USERS, wrongs: int = 3) -> bool:
    """List, its shapes, a new record, its page, every field changed, nonsense in `wrongs` of them, sheet and API.

    Whether a record was begun. Who does it is the first of `users` to whom the list offers a new one.
    """
    kept = walker.world.khet.views[view]
    for user in users:
        if walker.get(user, f"{kept.route_base}/?view=0").status_code != 200:
            continue
        browser = walker.browser(user)
        shapes = [one for one in walker.links(browser, MAIN) if "as=" in one]
        new = browser.tree.xpath(f"{MAIN}//a[@data-new]/@href")
        for address in dict.fromkeys(shapes):
            walker.get(user, address, f"{view}.list")
        if not new:
            continue
        done, record = begin(walker, user, view, new[0])
        if record is not None:
            look(walker, user, view, record, done)
        for one in [record] if record is not None else walker.records(user, view)[:1]:
            change(walker, user, view, one, wrongs)
        walker.get(user, f"{kept.route_base}/?view=0", f"{view}.add")
        if record is not None and browser.tree.xpath(f"{MAIN}//a[@data-new]"):
            begin(walker, user, view, new[0], bare=True)
            walker.get(user, f"{kept.route_base}/?view=0", f"{view}.add")
        return record is not None
    return False


def begin(walker: Walker, user: str, view: str, address: str, *, bare: bool = False) -> tuple[Done, int | None]:
    """Fill the empty form, or only what it asks for (`bare`); the record's id where it was saved."""
    was = newest(walker, view)
    done = walker.fill(user, address, offered=f"{view}.list", bare=bare)
    if done.number is None and done.answer.status_code == 200:  # a page that asks first which kind of it
        kinds = [one for one in walker.links(walker.browser(user), MAIN) if _same(walker, one, f"{view}.add")]
        if kinds:
            done = walker.fill(user, walker.rng.choice(kinds), offered=f"{view}.add", bare=bare)
    if not done.saved:
        said = "; ".join(f"{name}: {told}" for name, told in done.said.items())
        walker.judge.say("a new one cannot be begun", f"{view}.add", said, f"{user} with {done.sent}"[:400])
        return done, None
    now = newest(walker, view)
    record = now if now != was else None
    if record is None:
        walker.judge.say("said to be saved, yet it is not there", f"{view}.add", "", f"{user} with {done.sent}"[:400])
    if record is not None and done.number is not None:
        walker.judge.tokens[done.number] = (_unit(walker, view, record), view, record)
    walker.get(user, done.answer.location, f"{view}.add")
    return done, record


def look(walker: Walker, user: str, view: str, record: int, done: Done) -> None:
    """What was typed stands on the record's page; what its list shows stands in its sheets and at its API's door."""
    kept, judge = walker.world.khet.views[view], walker.judge
    word, how = f"{WORD}{done.number}", f"{user} saved {done.sent}"[:400]
    columns = set(kept.model.__table__.columns.keys())
    texts = {name for name, typed in done.sent.items() if typed == [word] and name in columns}
    if "show" not in kept.without and texts:
        answer = walker.get(user, f"{kept.route_base}/{record}")
        if answer.status_code == 200:
            tree = walker.browser(user).tree
            said = " ".join(node.text_content() for node in tree.xpath(f"{MAIN}//dl | {MAIN}//h1 | {MAIN}//td"))
            if word not in said:
                judge.say("not on the record", f"{view}.show", f"none of {', '.join(sorted(texts))}", how)
    answer = walker.get(user, f"{kept.route_base}/?view=0", read=False)
    tree = walker.browser(user).tree
    if word not in " ".join(tree.xpath(f"{MAIN}//tr[@data-id='{record}']//text()")):
        return
    for form in tree.xpath(f"{MAIN}//form[contains(@action, '/download')]"):
        for kind in ("xlsx", "csv"):
            data = {"csrf_token": form.xpath("string(.//input[@name='csrf_token']/@value)"), "kind": kind}
            sheet = walker.browser(user).client.post(form.get("action"), data=data, buffered=True)
            judge.answer(user, f"{view}.download", form.get("action"), sheet, f"{view}.list")
            if sheet.status_code == 200 and word not in _cells(sheet.get_data(), kind):
                judge.say("not in the sheet", f"{view}.download", kind, how)
    for resource in (one for one in _resources(walker) if one.view == view):
        found = walker.browser(user).get(f"{API}{resource.name}/?page_size=100")
        judge.answer(user, f"{API}{resource.name}", resource.name, found, "")
        if found.status_code == 200 and word not in json.dumps(found.get_json(), ensure_ascii=False):
            judge.say("not at the API", f"{view}", resource.name, how)


def change(walker: Walker, user: str, view: str, record: int, wrongs: int) -> None:
    """Change every field once more, send nonsense in some; the page is read after each."""
    kept = walker.world.khet.views[view]
    if "edit" in kept.without:
        return
    address = f"{kept.route_base}/{record}/edit"
    walker.get(user, f"{kept.route_base}/{record}", read=False)
    if not any(there.endpoint == f"{view}.edit" for _address, there in walker.steps(user)):
        return
    done = walker.fill(user, address, turn=1, offered=f"{view}.show")
    if done.answer.status_code == 422:
        said = "; ".join(f"{name}: {told}" for name, told in done.said.items())
        walker.judge.say("cannot be changed", f"{view}.edit", said, f"{user} at {address}")
    walker.get(user, f"{kept.route_base}/{record}", f"{view}.edit")
    if walker.get(user, address, read=False).status_code != 200:
        return
    browser = walker.browser(user)
    known = [one for one in walker.known.values() if forms.wrong(one, walker.rng) is not None]
    for field in walker.rng.sample(known, min(wrongs, len(known))):
        if walker.get(user, address, read=False).status_code != 200 or not browser.tree.xpath(filling.MAIN):
            return
        sent = filling.now(browser)
        if field.name not in sent and field.kind != "SelectMultipleField":
            continue
        nonsense = forms.wrong(field, walker.rng)
        assert nonsense is not None
        answer = filling.send(browser, address, {**sent, field.name: [nonsense]})
        how = f"{user} at {address}: {field.name}={nonsense[:20]}"
        walker.judge.answer(user, f"{view}.edit", address, answer, "")
        if answer.status_code in (302, 303):
            walker.judge.say("nonsense is taken", f"{view}.edit", f"{field.label} ({field.kind})", how)
        elif answer.status_code == 422:
            walker.judge.words(f"{view}.edit", browser.tree, how)
            if field.name not in refusals(browser) and field.kind != "SelectMultipleField":
                walker.judge.say("refused without saying which field", f"{view}.edit", field.label, how)


def newest(walker: Walker, view: str) -> int:
    """The last id of a kind."""
    table = walker.world.khet.views[view].model.__tablename__
    with walker.world.database.system_engine.connect() as connection:
        return int(connection.exec_driver_sql(f"select max(id) from {table}").scalar() or 0)


def _unit(walker: Walker, view: str, record: int) -> int | None:
    table = walker.world.khet.views[view].model.__table__
    if "unit_id" not in table.columns or table.name in ("core_school", "core_person", "core_post", "core_unit"):
        return None
    with walker.world.database.system_engine.connect() as connection:
        found = connection.exec_driver_sql(f"select unit_id from {table.name} where id = {record}").scalar()
        return int(found) if found is not None else None


def _resources(walker: Walker) -> list[Any]:
    return [one for _plugin, one in walker.world.khet.registry.api]


def _same(walker: Walker, address: str, endpoint: str) -> bool:
    there = walker.place(address)
    return there is not None and there.endpoint == endpoint


def _cells(data: bytes, kind: str) -> str:
    if kind == "csv":
        return data.decode("utf-8-sig", "replace")
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    return " ".join(
        str(cell) for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python() for cell in row
    )


# -- every state -------------------------------------------------------------------------------------------------------


def ask_states(walker: Walker, view: str, users: Sequence[str] = USERS) -> None:
    """Bring a record into each state of its workflow, and ask each account's page what can be done now.

    A state that is not final offers somebody a step; who may say yes may say no; who was named can be replaced by
    somebody, there or a step on; every step is offered somewhere.
    """
    flow, kept = walker.workflows[view], walker.world.khet.views[view]
    column = getattr(kept, "state_field", "status")
    keys = {one.key: one for one in flow.transitions}
    order = list(flow.states)
    offered: dict[str, set[str]] = {}
    said: set[str] = set()
    naming: dict[str, bool] = {}
    for state in flow.states:
        record, forced = _in_state(walker, view, column, state)
        if record is None:
            return
        steps = walker.offers(view, record, tuple(users))
        if not steps:
            continue  # nobody of these works there
        offered[state], anything = set(), False
        for user, found in steps.items():
            anything = anything or any(there.view == view and there.method not in LOOKS for _address, there in found)
            own = [(address, there) for address, there in found if there.view == view and there.step in keys]
            mine = {there.step for _address, there in own}
            offered[state] |= mine
            walker.get(user, f"{kept.route_base}/{record}", read=False)
            page = " ".join(walker.browser(user).tree.xpath(f"{MAIN}//*[contains(@class, 'alert')]//text()"))
            said |= {key for key, one in keys.items() if walker.in_thai(one.title) in page}
            for address, there in own:
                if there.step not in naming:
                    walker.get(user, address, f"{view}.show")
                    naming[there.step] = any(forms.names_people(one, walker.people) for one in walker.known.values())
                yes = walker.approves(view, there.step) and not _says_no(kept, keys[there.step], order, state)
                if yes and not _other_way(keys, mine, there.step):
                    how = f"{user}: {sorted(mine)}"
                    walker.judge.say(
                        "whoever may say yes cannot say no", f"{view}.show", f"{there.step} from {state}", how
                    )
            _from_the_list(walker, user, view, record, mine)
        if flow.allowed(state) and not anything and not said:
            walker.judge.say("a state without a step", f"{view}.show", state, f"record {record}{forced}")
    seen = set().union(*offered.values()) if offered else set()
    for one in flow.transitions:
        if one.key not in seen | said and tuple(users) == USERS:
            walker.judge.say("no page offers the step", f"{view}.show", one.key, f"from {', '.join(one.sources)}")
    for key in (key for key, names in naming.items() if names):
        target = keys[key].target
        if target in offered and flow.allowed(target) and not _replaceable(flow, offered, naming, target):
            walker.judge.say("who was named cannot be replaced", f"{view}.show", f"{key} to {target}")


def _says_no(view: Any, step: Any, order: list[str], state: str) -> bool:
    """Whether a step ends a record or leads back."""
    back = bool(step.target) and order.index(step.target) < order.index(state)
    return back or step.icon in NOES or step.key in getattr(view, "destructive", ())


def _from_the_list(walker: Walker, user: str, view: str, record: int, mine: set[str]) -> None:
    """One of the list's steps for many, which the record's page does not offer this user: it is refused."""
    base, browser = walker.world.khet.views[view].route_base, walker.browser(user)
    if walker.get(user, f"{base}/?view=0", read=False).status_code != 200:
        return
    listed = [walker.place(one) for one in browser.tree.xpath(f"{MAIN}//a[@data-action]/@href")]
    others = [one.step for one in listed if one is not None and one.step not in mine]
    known = {one.key for one in walker.workflows[view].transitions}
    if not (closed := sorted(set(others) & known)):
        return
    key = walker.rng.choice(closed)
    was = walker.state(view, record)
    done = walker.fill(user, f"{base}/bulk/{key}?ids={record}")
    if done.saved:
        how = f"{user}, record {record} in {was}"
        walker.judge.say("the list takes what the page does not offer", f"{view}.bulk", key, how)


def _in_state(walker: Walker, view: str, column: str, state: str) -> tuple[int | None, str]:
    """A record that is in that state by itself, else one that is brought there by force."""
    model = walker.world.khet.views[view].model
    table = model.__tablename__
    here = f"district_id = {walker.world.district_id()}" + (" and secrecy = 0" if hasattr(model, "secrecy") else "")
    with walker.world.database.system_engine.connect() as connection:
        found = connection.exec_driver_sql(
            f"select max(id) from {table} where {here} and {column} = '{state}'"
        ).scalar()
        if found is None:
            any_one = connection.exec_driver_sql(f"select max(id) from {table} where {here}").scalar()
    if found is not None:
        return int(found), ""
    if any_one is None:
        return None, ""
    walker.world.owner(f"update {table} set {column} = '{state}' where id = {any_one}")
    return int(any_one), ", brought there by force"


def _other_way(keys: Any, mine: set[str], step: str) -> bool:
    """Whether a page that offers a decision offers one that leads elsewhere."""
    return any(keys[one].target != keys[step].target for one in mine - {step})


def _replaceable(flow: Any, offered: Any, naming: dict[str, bool], state: str) -> bool:
    """Whether from a state some way of offered steps leads to one in which somebody is named."""
    todo, seen = [state], {state}
    while todo:
        here = todo.pop()
        for key in offered.get(here, ()):
            if naming.get(key):
                return True
            there = flow.transition(key).target or here
            if there not in seen:
                seen.add(there)
                todo.append(there)
    return False


def press(walker: Walker, view: str, record: int | None = None, users: Sequence[str] = USERS, most: int = 40) -> int:
    """Take each step that a record's page offers, once by somebody; of every state there is one record.

    How many were taken. Whoever a step gives something to takes their own steps next.
    """
    kept, taken = walker.world.khet.views[view], 0
    tried: set[tuple[str, str, str]] = set()
    flow = walker.workflows.get(view)
    column = getattr(kept, "state_field", "status")
    found = [record] if record is not None else []
    if record is None and flow is not None:
        found = [one for state in flow.states if (one := _of_state(walker, view, column, state)) is not None]
    elif record is None:
        found = sorted({one for user in users for one in walker.records(user, view)[:5]})
    for number in found:
        for user in users:
            if walker.get(user, f"{kept.route_base}/{number}", read=False).status_code != 200:
                continue
            for address, there in walker.steps(user):
                step = (there.endpoint, there.step, walker.state(view, number))
                ours = there.view == view and there.method not in ("show", "list", "file", "edit")
                if not ours or step in tried or len(tried) >= most:
                    continue
                tried.add(step)
                walker.get(user, f"{kept.route_base}/{number}", read=False)
                if address in {one for one, _there in walker.steps(user)}:
                    taken += walker.take(user, address, there, view, number).saved
    return taken


def _of_state(walker: Walker, view: str, column: str, state: str) -> int | None:
    """A record that is in that state."""
    model = walker.world.khet.views[view].model
    where = f"district_id = {walker.world.district_id()} and {column} = '{state}'"
    where += " and secrecy = 0" if hasattr(model, "secrecy") else ""
    with walker.world.database.system_engine.connect() as connection:
        found = connection.exec_driver_sql(f"select max(id) from {model.__tablename__} where {where}").scalar()
        return int(found) if found is not None else None


# -- whoever is waited for ---------------------------------------------------------------------------------------------


def ask_whose_turn(walker: Walker) -> None:
    """Whoever something waits for opens it and finds a step there, and one that gives it on or back."""
    with walker.world.session() as session:
        found = select(WorklistRow.view, WorklistRow.record_id, Account.username).join(
            Account, Account.id == WorklistRow.user_id
        )
        rows = session.execute(found.where(WorklistRow.secrecy == 0).order_by(WorklistRow.id)).all()
    asked: set[tuple[str, str, str]] = set()
    for view, record, user in rows:
        state = walker.state(view, record)
        if (view, state, user) in asked:
            continue
        asked.add((view, state, user))
        answer = walker.get(user, f"{walker.world.khet.views[view].route_base}/{record}", "WorklistRow", read=False)
        if answer.status_code != 200:
            continue
        steps = [(a, p) for a, p in walker.steps(user) if p.view == view and p.method not in ("show", "list", "file")]
        if not steps:
            walker.judge.say("waits for who can do nothing", f"{view}.show", state, f"{user}, record {record}")
        elif not any(_gives_away(walker, user, view, state, *one) for one in steps):
            keys = ", ".join(sorted(there.step for _address, there in steps))
            how = f"{user}, record {record}: {keys}"
            walker.judge.say("waits for who can neither give it on nor back", f"{view}.show", state, how)


def _gives_away(walker: Walker, user: str, view: str, state: str, address: str, there: Place) -> bool:
    """Whether a step names somebody else, leads back, or says no."""
    flow = walker.workflows.get(view)
    step = next((one for one in flow.transitions if one.key == there.step), None) if flow is not None else None
    states = list(flow.states) if flow is not None else []
    if step is not None and step.target and states.index(step.target) < states.index(state):
        return True
    if there.step in getattr(walker.world.khet.views[view], "destructive", ()) or there.step in ("return", "back"):
        return True
    walker.get(user, address, f"{view}.show", read=False)
    return any(forms.names_people(one, walker.people) for one in walker.known.values())


# -- at random ---------------------------------------------------------------------------------------------------------


def roam(walker: Walker, rounds: int, views: Sequence[str] | None = None, until: float | None = None) -> int:
    """Take `rounds` steps that pages offer, those first that nobody has tried; how many were taken.

    A step that puts somebody's name to a record is followed by that one's own step where their page offers one.
    """
    views = views or sorted(walker.workflows)
    taken, follow = 0, None
    for _round in range(rounds):
        if until is not None and monotonic() > until:
            break
        found = _turn_of(walker, follow) if follow is not None else None
        follow = None
        if found is None:
            found = _somewhere(walker, walker.rng.choice(views))
        if found is None:
            continue
        user, view, record, (address, there) = found
        was = walker.judge.before()
        done = walker.take(user, address, there, view, record)
        taken += done.saved
        now = walker.judge.before()
        new = [
            place for place, (who, _row) in now.waiting.items() if who and was.waiting.get(place, (None, 0))[0] != who
        ]
        if new:
            place = walker.rng.choice(sorted(new))
            follow = (place, now.waiting[place][0])
    return taken


def _turn_of(walker: Walker, follow: Any) -> Any:
    (view, record), who = follow
    with walker.world.database.system("test") as session:
        user = session.get_one(Account, who).username
    answer = walker.get(user, f"{walker.world.khet.views[view].route_base}/{record}", "WorklistRow")
    if answer.status_code != 200:
        return None
    return _choice(walker, user, view, record)


def _somewhere(walker: Walker, view: str) -> Any:
    for user in walker.rng.sample(USERS, len(USERS)):
        rows = walker.records(user, view)
        if not rows:
            continue
        record = walker.rng.choice(rows)
        if walker.get(user, f"{walker.world.khet.views[view].route_base}/{record}", f"{view}.list").status_code != 200:
            continue
        if (found := _choice(walker, user, view, record)) is not None:
            return found
    return None


def _choice(walker: Walker, user: str, view: str, record: int) -> Any:
    """A step of the page that is open now, one that nobody has tried from this state first."""
    state, flow = walker.state(view, record), walker.workflows.get(view)
    keys = {one.key for one in flow.transitions} if flow is not None else set()
    found = [(a, p) for a, p in walker.steps(user) if p.view == view and p.method not in ("show", "list", "file")]
    for _address, there in found:
        walker.coverage.offered.add((view, there.step, state))
    fresh = [
        one for one in found
        if (view, one[1].step, state) not in walker.coverage.taken | walker.coverage.refused and one[1].step in keys
    ]  # fmt: skip
    if not found:
        return None
    return user, view, record, walker.rng.choice(fresh or found)


# -- what nobody reached -----------------------------------------------------------------------------------------------


def report(walker: Walker) -> list[str]:
    """A line for each transition from each of its states: taken, refused for its reason, offered, or not reached."""
    lines, cover = [], walker.coverage
    for view, flow in sorted(walker.workflows.items()):
        for one in flow.transitions:
            for state in one.sources:
                where = (view, one.key, state)
                if where in cover.taken:
                    how = f"taken {cover.taken[where]}×"
                elif where in cover.refused:
                    how = f"refused: {cover.refused[where]}"
                else:
                    how = "offered, not tried" if where in cover.offered else "not reached"
                lines.append(f"{view} {state} → {one.key}: {how}")
    return lines


def unlinked(walker: Walker, excused: Iterable[str] = ()) -> list[str]:
    """Doors of pages that no page has led to."""
    every = {door.endpoint for door in doors("GET") if not door.view.by_token and not door.view.anonymous}
    return sorted(every - walker.linked - set(excused))


__all__ = [
    "KINDS",
    "ask_states",
    "ask_whose_turn",
    "begin",
    "change",
    "live",
    "look",
    "newest",
    "press",
    "report",
    "roam",
    "unlinked",
]
