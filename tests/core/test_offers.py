"""What a list offers, its form accepts; who is given work can open and do it; what a state forbids, no button does."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from sqlalchemy import select

from core.platform.timeline import labels
from core.platform.users.models import Account
from core.platform.worklist.models import WorklistRow
from core.web.crud import CrudView
from core.web.crud.workflow_view import WorkflowView
from plugins.saraban.work import drafting, storage
from tests.core import filling
from tests.core.doors import APP, KHET, PROBES, USERS, doors, holds, url
from tests.support import HOME, Browser, World

_POSTS = {door.endpoint for door in doors("POST")}
_FORMS = [door for door in doors("GET") if door.endpoint in _POSTS and not door.endpoint.endswith((".cell", ".bulk"))]
_DOORS = {door.endpoint: door for door in _FORMS}
#: what a list cannot know, for it hangs on something else that the form asks
HANGS_ON_THE_FORM = {
    "SchoolGroupView.join": "a school may be in the group already on the day that is typed",
    "UserView.grant": "a role is held at some kinds of unit only",
}
PLUGINS = tuple(KHET.registry.manifests)
LIVES = sorted(name for name, view in KHET.views.items() if isinstance(view, WorkflowView))
#: pages that take each step of their workflow by an address of its own
BY_ADDRESS = {"DestructionView.step": storage.WORKFLOW, "DraftPaperView.step": drafting.WORKFLOW}
#: a step for many that a record's page has in its form
IN_THE_FORM = {"OutgoingView": "act", "IssuedView": "act"}


class SignedIn(dict[str, Browser]):
    """Browsers of the demo's accounts, each signed in by the first who asks for it."""

    def __init__(self, world: World, locale: str = "en") -> None:
        super().__init__()
        self.world, self.locale = world, locale

    def __missing__(self, user: str) -> Browser:
        self[user] = self.world.browser(user, self.locale)
        return self[user]


def addresses(world: World, plugin: str, ids: dict[Any, Any]) -> list[tuple[str, str]]:
    """(endpoint, address) of every form of a module: of records, of new ones, and of each step for many."""
    found = [(door.endpoint, url(world, door, ids)) for door in _FORMS if door.view.plugin == plugin]
    for endpoint, view in KHET.views.items():
        if view.plugin == plugin and f"{endpoint}.bulk" in _POSTS:
            record = ids.get(endpoint, ids[view.model])
            found += [(f"{endpoint}.bulk", f"{view.route_base}/bulk/{key}?ids={record}") for key in steps_of(view)]
    return found


def steps_of(view: Any) -> list[str]:
    """Keys of the steps that a list of this kind has for many."""
    with APP.test_request_context():
        return [action.key for action in view.actions()]


def _states() -> dict[str, tuple[str, list[str]]]:
    """Views with steps of their own → the column of their records' state, and what may stand there in SQL."""
    found = {"LoanView": ("returned_on", ["null", "'2026-01-05'"]), "RunView": ("archived", ["false", "true"])}
    for name, view in KHET.views.items():
        if name not in LIVES and isinstance(view, CrudView) and steps_of(view):
            for column in ("status", "state"):
                if known := labels.VALUES.get((view.model.__tablename__, column)):
                    found[name] = column, [f"'{state}'" for state in known]
    return found


STATES = _states()


def users(endpoint: str) -> list[str]:
    """Accounts of the demo that may be at work with this form, the one of its probe first; who lacks the right gets 403
    (ModuleCheck)."""
    probe, door = PROBES.get(endpoint), _DOORS.get(endpoint)
    first = [f"{probe[0]}.{HOME}"] if probe else []
    return first + [
        name
        for name in USERS
        if name not in first and (door is None or not door.verb or holds(name, door.view.resource, door.verb))
    ]


@pytest.mark.parametrize("plugin", PLUGINS)
def test_every_list_offers_only_what_its_form_accepts_and_those_who_can_do_it(filled, plugin):
    world, ids, _there = filled
    browsers = SignedIn(world, "th")
    asked = 0
    for endpoint, address in addresses(world, plugin, ids):
        if endpoint in HANGS_ON_THE_FORM:
            continue
        for user in users(endpoint):
            browser = browsers[user]
            if not browser.opens(address):
                continue
            kept = filling.now(browser) | filling.lines(browser, 0)
            fields = [node for node in browser.tree.xpath(f"{filling.MAIN}//input[@name]") if filling.is_lookup(node)]
            lists = {node.get("name"): filling.offered(browser, node) for node in fields}
            unread = [name for name, offers in lists.items() if offers is None]
            assert unread == [], f"{user} may not read the list of {unread} at {address}"
            for turn in range(max((len(offers or ()) for offers in lists.values()), default=0)):
                chosen = {name: [offers[turn]] for name, offers in lists.items() if offers and turn < len(offers)}
                refused = chosen.keys()
                for together in (chosen, *({name: value} for name, value in chosen.items())):
                    if not refused & together.keys():
                        continue  # it was taken among the others; lists may hang on one another, so else it is asked alone
                    answer = filling.send(browser, address, kept | together)
                    assert answer.status_code < 500, (address, together)
                    refused = (refused - together.keys()) | (filling.refused(browser) & together.keys())
                    assert len(together) > 1 or not refused & together.keys(), (
                        f"{address} offers {together} and refuses it: {browser.errors()}"
                    )
                    if answer.status_code == 302:
                        whoever_is_waited_for_can_open_it(world, browsers)
                        if browser.opens(address):
                            kept = filling.now(browser) | filling.lines(browser, 0)
                asked += len(chosen)
            if fields:
                break
    assert asked, "no list was asked"


@pytest.mark.parametrize("plugin", PLUGINS)
def test_every_choice_that_a_form_draws_is_one_of_its_choices(filled, plugin):
    """Each option of each select and tick box is sent once; a rule may refuse it, "not a valid choice" may not."""
    world, ids, _there = filled
    browsers = SignedIn(world)
    sent = 0
    for endpoint, address in addresses(world, plugin, ids):
        user = next((name for name in users(endpoint) if browsers[name].opens(address)), None)
        if user is None:
            continue
        browser = browsers[user]
        if not browser.tree.xpath(f"{filling.MAIN}//button[@type='submit']"):
            continue  # there is nothing to choose from, and the page says so
        offers = filling.choices(browser)
        for turn in range(min(max(map(len, offers.values()), default=0), 12)):
            if turn and not browser.opens(address):
                break  # the last one was saved and ended it
            there = filling.choices(browser)
            typed = {name: [values[turn % len(values)]] for name, values in there.items()}
            answer = filling.send(browser, address, filling.now(browser) | typed)
            assert answer.status_code < 500, (address, typed)
            said = " ".join(browser.errors()) if answer.status_code == 422 else ""
            assert "valid choice" not in said.lower(), f"{address} draws {typed} and refuses it: {said}"
            sent += 1
    assert sent, "no choice was sent"


def whoever_is_waited_for_can_open_it(world: World, browsers: SignedIn) -> None:
    """The newest things that wait for one user open for that user."""
    with world.session(HOME) as session:
        found = select(WorklistRow, Account.username).join(Account, Account.id == WorklistRow.user_id)
        newest = session.execute(found.order_by(WorklistRow.id.desc()).limit(3)).all()
        places = [(name, KHET.views[one.view].route_base, one.record_id) for one, name in newest if not one.secrecy]
    for name, base, record in places:
        status = browsers[name].get(f"{base}/{record}").status_code
        assert status == 200, f"{base}/{record} waits for {name}, who gets {status}"


def test_whatever_waits_for_somebody_opens_for_them(standing):
    world, _said = standing("demo", lambda _world: None)
    with world.session(HOME) as session:
        found = select(WorklistRow, Account.username).join(Account, Account.id == WorklistRow.user_id)
        places = {
            (name, f"{KHET.views[one.view].route_base}/{one.record_id}")
            for one, name in session.execute(found.where(WorklistRow.secrecy == 0))
        }
    browsers = {name: world.browser(name) for name, _address in places}
    assert {a for n, a in places if not browsers[n].opens(a)} == set()
    assert places


def test_no_two_steps_that_stand_beside_one_another_are_called_alike():
    alike = {}
    with APP.test_request_context(headers={"Accept-Language": "th"}):
        for endpoint, view in KHET.views.items():
            if isinstance(view, CrudView):
                named = Counter(str(action.title) for action in view.actions())
                alike |= {(endpoint, title): count for title, count in named.items() if count > 1}
    assert alike == {}


@pytest.mark.parametrize("endpoint", LIVES)
def test_a_step_for_many_obeys_the_table_of_the_record_s_own_buttons(filled, endpoint):
    """Each step with a record in each state that the table closes to it: refused in words, and nothing is changed."""
    world, ids, _there = filled
    view = KHET.views[endpoint]
    record = ids.get(endpoint, ids[view.model])
    browsers = SignedIn(world)
    refused = 0
    for step in view.workflow.transitions:
        address = f"{view.route_base}/bulk/{step.key}?ids={record}"
        refusal = None
        for state in step.sources:  # the form is filled where it opens, and sent where it does not
            _put(world, view, record, view.state_field, f"'{state}'")
            if user := next((name for name in USERS if browsers[name].opens(address)), None):
                refusal = Refusal(world, browsers[user], address)
                break
        if refusal is None:  # it hangs on more than the state: whoever holds the right sends it with nothing
            able = (name for name in USERS if holds(name, view.resource, step.verb))
            user = next((name for name in able if browsers[name].opens(f"{view.route_base}/{record}")), None)
            assert user is not None, f"nobody of the demo can take {step.key} of {endpoint}"
            refusal = Refusal(world, browsers[user], address, opens=False)
        for state in view.workflow.states:
            if state not in step.sources:
                _put(world, view, record, view.state_field, f"'{state}'")  # whatever is refused leaves it so
                refusal.asked(f"{step.key} from {state}")
                refused += 1
    assert refused


@pytest.mark.parametrize("endpoint", sorted(STATES))
def test_what_the_page_of_a_record_does_not_offer_in_a_state_no_step_for_many_and_no_form_does(filled, endpoint):
    """Of the kinds that say their steps themselves: the record's own page in each state is what the others go by."""
    world, ids, _there = filled
    view, (column, states) = KHET.views[endpoint], STATES[endpoint]
    record = ids.get(endpoint, ids[view.model])
    page = f"{view.route_base}/{record}"
    browsers = SignedIn(world)
    steps = {key: f"{view.route_base}/bulk/{key}?ids={record}" for key in steps_of(view)}
    who: dict[str, str] = {}
    refusals: dict[str, Refusal] = {}
    for state in states:  # a form is filled in a state in which it opens
        _put(world, view, record, column, state)
        for key in steps.keys() - who.keys():
            if user := next((name for name in USERS if browsers[name].opens(steps[key])), None):
                who[key], refusals[key] = user, Refusal(world, browsers[user], steps[key])
    for key in (
        steps.keys() - who.keys()
    ):  # it hangs on more than the state: whoever takes such steps sends it with nothing
        sent = {"csrf_token": [""]}
        for name in users(f"{endpoint}.bulk") or USERS:
            sent["csrf_token"] = [browsers[name].token]
            if filling.send(browsers[name], steps[key], sent).status_code == 422:
                who[key], refusals[key] = name, Refusal(world, browsers[name], steps[key], opens=False)
                break
        assert key in who, f"nobody of the demo takes {key} of {endpoint}"
    refused = 0
    for state in states:
        _put(world, view, record, column, state)
        offered: dict[str, set[str]] = {}
        for key, address in steps.items():
            browser = browsers[who[key]]
            if who[key] not in offered:
                assert browser.opens(page)
                offered[who[key]] = {link.partition("?")[0] for link in browser.tree.xpath("//main//a/@href")}
                edits = f"{page}/edit" in offered[who[key]]
                if "edit" not in view.without and not edits:
                    assert not browser.opens(f"{page}/edit"), f"the form of {endpoint} opens in {state}"
            links = offered[who[key]]
            in_the_form = f"{page}/edit" in links and key == IN_THE_FORM.get(endpoint)
            if address.partition("?")[0] not in links and not in_the_form:
                said_at_the_door(browser, address)
                refusals[key].asked(f"{key} from {state}")
                refused += 1
    assert refused


def said_at_the_door(browser: Browser, address: str) -> None:
    """The form of a step that the record refuses does not open: whoever follows a link to it reads why."""
    answer = browser.get(address)
    assert answer.status_code == 302, f"{address} asks what is refused afterwards"
    browser.get(answer.location)
    assert browser.tree.xpath("//main/*[contains(@class, 'alert-warning')]"), f"{address}: nobody says why"


@pytest.mark.parametrize("plugin", PLUGINS)
def test_a_form_of_a_record_opens_only_where_that_record_does_not_refuse_it(filled, plugin):
    """Each form and step of each kind's records, one of each state: what is refused of it once it is filled is something
    that was typed, and named at its field. What the record forbids by itself is said before anything is typed."""
    world, ids, _there = filled
    browsers = SignedIn(world, "th")
    opened, wrong = 0, []
    for endpoint, address in with_every_step(addresses(world, plugin, ids)):
        view = KHET.view_of(endpoint)
        sample = ids.get(endpoint.partition(".")[0], ids.get(view.model)) if isinstance(view, CrudView) else None
        there = f"{view.route_base}/{sample}/" if endpoint.partition(".")[2] != "bulk" else f"ids={sample}"
        if sample is None or there not in f"{address}/":
            continue
        for record in filling.one_of_each_state(world, view):
            place = f"{address}/".replace(there, there.replace(str(sample), str(record))).removesuffix("/")
            user = next((name for name in users(endpoint) if browsers[name].opens(place)), None)
            if user is not None:
                opened += 1
                wrong += filling.refused_as_a_whole(browsers[user], place)
    assert not wrong, "\n".join(wrong)
    assert opened


def with_every_step(found: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The same, and of a page that takes each step of a workflow by an address of its own all of them."""
    every = []
    for endpoint, address in found:
        flow = BY_ADDRESS.get(endpoint)
        assert flow or not endpoint.endswith(".step") or isinstance(KHET.view_of(endpoint), WorkflowView), endpoint
        keys = [step.key for step in flow.transitions] if flow is not None else [""]
        every += [(endpoint, f"{address.rpartition('/')[0]}/{key}" if key else address) for key in keys]
    return every


def _put(world: World, view: Any, record: int, column: str, state: str) -> None:
    world.owner(f"update {view.model.__tablename__} set {column} = {state} where id = {record}")


class Refusal:
    """A step for many that is refused in words, however its form is filled, and leaves nothing behind."""

    def __init__(self, world: World, browser: Browser, address: str, *, opens: bool = True) -> None:
        """Filled as its form opens now, or as it is drawn with its refusal."""
        self.world, self.browser, self.address = world, browser, address
        if opens:
            assert browser.opens(address)
        else:
            assert filling.send(browser, address, {"csrf_token": [browser.token]}).status_code == 422
        self.typed: filling.Typed = filling.now(browser) | filling.others(browser, 0) | filling.lines(browser, 0)

    def asked(self, what: str) -> None:
        """Send it, without the fields that it refuses."""
        browser, address = self.browser, self.address
        before = self.world.count("core_timeline")
        answer = filling.send(browser, address, self.typed)
        while answer.status_code == 422 and (wrong := filling.refused(browser)):
            assert wrong & self.typed.keys(), f"{address}: {browser.errors()}"
            self.typed = {name: value for name, value in self.typed.items() if name not in wrong}
            answer = filling.send(browser, address, self.typed)
        assert answer.status_code == 422, f"{what} was taken"
        assert browser.errors(), "refused without a word"
        assert self.world.count("core_timeline") == before
