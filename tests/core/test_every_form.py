"""Every form of every kind of record, read from the registry: what a page lets one type can be saved, twice, and read.

A form that is registered tomorrow is walked the same day.
"""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.datastructures import MultiDict
from wtforms import DecimalField, FloatField, Form, IntegerField, SelectField, SelectMultipleField
from wtforms.fields.core import UnboundField
from wtforms.validators import Optional

from core.platform.timeline import labels
from core.web.forms import KhetForm, LineForm
from core.web.personal import OwnView
from tests.core import filling
from tests.core.doors import APP, KHET, PROBES, USERS, Door, doors, samples_of_both, url
from tests.support import HOME, World

_POSTS = {door.endpoint for door in doors("POST")}
#: doors that draw a form over one record;
#: what is one's own has no sample
FORMS = [
    door
    for door in doors("GET")
    if door.endpoint in _POSTS
    and "record_id" in door.arguments
    and door.endpoint.partition(".")[2] != "cell"
    and not isinstance(door.view, OwnView)
]
#: what ends a record comes last, and giving it up after all else
ENDS = ("hold", "cancel", "register", "drop")
FORMS.sort(
    key=lambda door: (
        max((n for n, end in enumerate(ENDS, 1) if door.endpoint.endswith(end)), default=0),
        not door.endpoint.endswith(".edit"), door.endpoint,
    )
)  # fmt: skip
#: (endpoint, field) that another value of the generator's own would say nothing about
LEFT_AS_IT_IS = {
    ("StandardView.edit", "timing_rule"): "a word of a small language, tested in test_work.py",
}
#: forms that the samples are not in a state for, or that want a file; where they are walked
ELSEWHERE = {
    "ImportView.fix": "test_imports.py", "ActivityView.hold": "test_table_5_1.py",
    "ActivityView.make_up": "test_table_5_1.py", "ActivityView.correct": "test_table_5_1.py", "RequestView.draft": "test_letters.py",
    "ActivityView.speakers": "test_speakers_of_plans.py", "ActivityView.call_off": "test_planning.py", "ActivityView.take_up": "test_planning.py",
    "PlanView.activity": "test_planning.py", "SummaryView.edit": "test_requests.py", "DestructionView.vote": "test_storage.py",
    "DraftPaperView.from_word": "test_drafts.py", "DraftPaperView.seal": "test_certificate.py",
    "IncomingView.files": "test_registers.py", "IncomingView.readers": "test_secret.py",
    "IssuedView.files": "test_registers.py", "IssuedView.readers": "test_secret.py",
    "OutgoingView.send": "test_exchange.py",  # asks first
    "OutgoingView.files": "test_registers.py", "OutgoingView.readers": "test_secret.py",
    "ScanView.register": "test_scans.py", "ScanView.again": "test_scans.py", "OutgoingView.resend": "test_undelivered.py",
    "IssuedView.resend": "test_undelivered.py", "GraveActView.consent": "test_grave.py",
    "GraveActView.refuse": "test_grave.py", "GraveActView.withdraw": "test_grave.py",
    "GraveActNationView.refuse": "test_grave.py", "UserView.hand_over": "test_leaving.py",
}  # fmt: skip
#: forms besides `edit` over what is there already
CORRECTED = frozenset({"IncomingView.correct", "IssuedView.correct", "OutgoingView.correct"})
#: choices that a view fills and that are never empty, or whose page does not open without one
NEVER_EMPTY = {
    "year": "years are counted", "reserved": "the next number", "served_by_id": "the supervision group",
    "assignee_id": "nobody", "role_id": "roles ship with Khet", "report": "the page lists those that there are",
}  # fmt: skip
#: where nobody may register the page is not there
REFUSED = {"IncomingForm", "OutgoingForm", "IssuedForm", "_NewLetterForm"}
PLUGINS = tuple(KHET.registry.manifests)


def _forms(form: type[KhetForm] = KhetForm) -> set[type[KhetForm]]:
    below = form.__subclasses__()
    return {one for one in below if one.__module__.startswith(("core.", "plugins."))}.union(*map(_forms, below))


def test_where_there_may_be_nothing_to_choose_from_the_form_says_what_is_missing():
    silent = []
    for form in _forms():
        for name in dir(form):
            field = getattr(form, name)
            if not (isinstance(field, UnboundField) and issubclass(field.field_class, SelectField)):
                continue
            said = name in form.empty or hasattr(field.field_class, "nothing")
            if field.kwargs.get("choices") or said or name in NEVER_EMPTY or form.__name__ in REFUSED:
                continue
            if not issubclass(field.field_class, SelectMultipleField):
                silent.append(f"{form.__module__}.{form.__name__}.{name}")
    assert silent == []


def opened(world: World, door: Door, ids: dict[Any, Any]) -> tuple[Any, str, str] | None:
    """A browser of who may open this form, its address and the record's page ("" where such records have none).

    None for a page that only asks whether one is sure: it has nothing to fill in (test_asked_first.py), and for a form
    that the sample's state does not let open."""
    probe = PROBES.get(door.endpoint)
    address = url(world, door, ids)
    shows = f"{door.view.endpoint}.show" in APP.view_functions and "show" not in getattr(door.view, "without", ())
    record = url(world, Door(f"{door.view.endpoint}.show", "GET", frozenset({"record_id"})), ids) if shows else ""
    for user in [f"{probe[0]}.{HOME}"] if probe else [*USERS, "obec"]:
        browser = world.browser(user, "th")
        if browser.opens(address) and browser.tree.xpath(filling.MAIN):
            return browser, address, record
        if browser.page.status_code == 302 and door.endpoint in ELSEWHERE:
            return None
        if browser.page.status_code == 200 and browser.tree.xpath(
            "//main//form[@method='post'][@action=$here]", here=address
        ):
            return None
    raise AssertionError(f"nobody of the demo can open {address}")


def change(browser: Any, door: Door, address: str, turn: int) -> bool:
    """Change everything that the form lets one change; whether anything was saved."""
    start = browser.get(address)
    if start.status_code != 200 or not browser.tree.xpath(filling.MAIN):
        return False
    kept = filling.now(browser)
    wanted = {**filling.others(browser, turn), **(filling.lines(browser, turn) if turn % 2 == 0 else {})}
    wanted = {n: v for n, v in wanted.items() if (door.endpoint, n.rpartition("-")[2]) not in LEFT_AS_IT_IS}
    for _attempt in range(20):
        answer = filling.send(browser, address, {**kept, **wanted})
        assert answer.status_code < 500, f"{address}: {wanted}"
        if answer.status_code != 422:
            return True
        wrong = filling.refused(browser)
        confirms = {
            str(node.get("name")): [str(node.get("value"))]
            for node in browser.tree.xpath(f"{filling.MAIN}//input[contains(@name, '-confirm')]")
        }
        if confirms.items() <= kept.items() and not wrong:
            break
        kept |= confirms
        kept["form_key"] = filling.now(browser)["form_key"]
        wanted = {name: value for name, value in wanted.items() if name not in wrong}
    taken = [_alone(browser, address, name, value) for name, value in wanted.items()]
    return any(taken)


def _alone(browser: Any, address: str, name: str, value: list[str]) -> bool:
    """Only this field changed; whether it was saved."""
    if not browser.opens(address) or not browser.tree.xpath(filling.MAIN):
        return False
    answer = filling.send(browser, address, {**filling.now(browser), name: value})
    assert answer.status_code < 500, f"{address}: {name}={value}"
    return bool(answer.status_code != 422)


@pytest.mark.parametrize("plugin", PLUGINS)
def test_a_record_whose_every_field_was_changed_twice_can_still_be_read(filled, plugin):
    world, ids, _there = filled
    forms = [door for door in FORMS if door.view.plugin == plugin]
    saved: set[str] = set()
    asked: set[str] = set()
    for door in forms:
        if (found := opened(world, door, ids)) is None:
            continue
        asked.add(door.endpoint)
        browser, address, record = found
        for turn in range(2):
            if change(browser, door, address, turn):
                saved.add(door.endpoint)
            if record:
                page = browser.get(record)
                assert page.status_code < 500, f"{record} after {address}"
    assert world.browser(f"admin.{HOME}").opens("/timeline/")
    assert asked - saved <= ELSEWHERE.keys(), "these forms let nothing be changed"


#: what a caret has nothing to do in
NOT_TYPED = ("hidden", "checkbox", "radio", "file", "submit", "button")


def carets(tree: Any) -> list[tuple[str, bool]]:
    """(id, whether it is empty) of what is typed into or chosen from, from top to bottom."""
    found = []
    path = f"{filling.MAIN}//*[self::input or self::select or self::textarea][not(ancestor::template)]"
    for node in tree.xpath(path):
        if node.get("type") in NOT_TYPED or node.get("readonly") is not None or node.get("disabled") is not None:
            continue
        if node.tag == "select":
            chosen = node.xpath(".//option[@selected]/@value") or node.xpath(".//option[1]/@value")
        else:
            chosen = [node.get("value") or (node.text or "").strip()]
        found.append((node.get("id"), not any(chosen)))
    return found


def test_every_form_opens_with_the_caret_in_the_first_field_that_is_to_be_filled(standing):
    """A record that is corrected opens at its top; registering begins where the paper is read, as its form says."""
    world, (ids, _there) = standing("samples", samples_of_both)
    seen, wrong, begun = 0, [], {form.first for form in _forms() if form.first}
    for door in doors("GET"):
        if door.endpoint not in _POSTS or door.endpoint.endswith(".cell") or isinstance(door.view, OwnView):
            continue
        probe = PROBES.get(door.endpoint)
        browser = world.browser(f"{probe[0] if probe else 'clerk'}.{HOME}")
        if not browser.opens(url(world, door, ids)) or not browser.tree.xpath(filling.MAIN):
            continue
        begins = browser.tree.xpath(f"string({filling.MAIN}/@data-first)")
        there = carets(browser.tree)
        top = next((name for name, empty in there if empty), "")
        allowed = {top} if top else {""}
        if there and not there[0][1] and (door.endpoint.endswith(".edit") or door.endpoint in CORRECTED):
            allowed = {""}
        if begins in begun:
            allowed = {name for name, _empty in there}
        seen += 1
        if begins not in allowed:
            wrong.append(f"{door.endpoint}: {begins!r}, {there[:4]}")
    assert not wrong, "\n".join(wrong)
    assert seen > 60


def test_no_module_names_the_fields_of_another():
    plugins = {name: (name, "core") for name in KHET.registry.manifests}
    for owner in labels.FIELDS:
        module = next((name for name in plugins if owner == name or owner.startswith(f"{name}_")), "core")
        others = {name for name in plugins if name != module}
        assert owner not in others


def test_a_word_of_one_module_is_not_read_under_another_s_change():
    assert labels.field_title("saraban_setting", "owner") != labels.field_title("service_request_feedback", "owner")
    assert labels.field_title("saraban_incoming", "received_on") != labels.field_title(
        "service_request_request", "received_on"
    )
    assert not labels.tells("saraban_incoming", "themes"), "themes are service_request's"


def test_lists_and_lines_are_told_as_a_reader_would_say_them(world):
    with world.app.test_request_context():
        lines = [{"item": "ห้องประชุม", "done": True}, {"item": "เอกสาร", "done": False}]
        assert labels.value_title("service_request_survey_template", "items", lines) == "ห้องประชุม ✓, เอกสาร"
        themes = labels.value_title("service_request_plan", "themes", ["together", "lasting"])
        assert themes == f"{labels.VALUES['service_request_plan', 'themes']['together']}, " + str(
            labels.VALUES["service_request_plan", "themes"]["lasting"]
        )
        assert labels.value_title("service_request_plan", "themes", []) == ""
        assert labels.value_title("core_school", "size", None) == ""


#: (view, state field): every state that a record with a form of its own can be in
STATES = {
    door.view.endpoint: (getattr(door.view, "state_field", "status"), sorted(states))
    for door in FORMS
    if door.endpoint.endswith(".edit")
    and (states := getattr(getattr(door.view, "life", None), "states", None) or getattr(door.view, "states", None))
}


@pytest.mark.parametrize("plugin", sorted({KHET.views[view].plugin for view in STATES}))
def test_no_form_opens_in_a_state_in_which_its_saving_is_refused(filled, plugin):
    """Nobody types for half an hour what cannot be saved: the page says why instead, and the record's button is not there."""
    world, ids, _there = filled
    for door in FORMS:
        if door.view.plugin != plugin or door.view.endpoint not in STATES or not door.endpoint.endswith(".edit"):
            continue
        if door.endpoint in ELSEWHERE:
            continue
        field, states = STATES[door.view.endpoint]
        found = opened(world, door, ids)
        assert found is not None
        browser, address, record = found
        number = address.split("/")[-2]
        for state in states:
            world.owner(f"update {door.view.model.__tablename__} set {field} = '{state}' where id = {number}")
            start = browser.get(address)
            if start.status_code == 302:
                page = browser.get(record)
                assert browser.tree.xpath("//*[contains(@class, 'alert-warning')]"), f"{address}, {state}: why not?"
                assert f'href="{address}"' not in page.get_data(as_text=True), f"{record} leads to a form that is shut"
                continue
            assert start.status_code == 200
            answer = filling.send(browser, address, filling.now(browser))
            wrong = filling.refused(browser) if answer.status_code == 422 else ["field"]
            assert answer.status_code != 422 or wrong, f"{address}, {state}: {browser.errors()}"


def _number_fields() -> dict[str, type[Any]]:
    """{form.field: class} of every field for a number, of every form there is, lines included."""
    found, forms = {}, [KhetForm, LineForm]
    while forms:
        form = forms.pop()
        forms += form.__subclasses__()
        for name, made in vars(form).items():
            kind = getattr(made, "field_class", None)
            if isinstance(kind, type) and issubclass(kind, IntegerField | DecimalField | FloatField):
                found[f"{form.__name__}.{name}"] = kind
    return found


NUMBERS = _number_fields()


@pytest.mark.parametrize("typed", ["66812345678901234", "9" * 30, "-" + "9" * 30, "nan", "Infinity", "1e400"])
@pytest.mark.parametrize("kind", sorted(set(NUMBERS.values()), key=lambda kind: kind.__name__))
def test_a_number_that_no_column_holds_is_refused_at_its_field(kind, typed):
    assert len(NUMBERS) > 20
    with APP.test_request_context():
        form = type("One", (Form,), {"number": kind("Number", [Optional()])})(MultiDict({"number": typed}))
        assert not form.validate()
        assert len(form.errors["number"]) == 1


def test_no_page_is_broken_by_a_number_that_is_none(filled):
    world, ids, _there = filled
    browser = world.browser(f"admin.{HOME}", "th")
    for endpoint, field in (("KpiView.edit", "target"), ("CaseView.edit", "budget"), ("RequestView.edit", "expected")):
        door = next(one for one in FORMS if one.endpoint == endpoint)
        found = opened(world, door, ids)
        assert found is not None
        browser, address, record = found
        for typed in ("inf", "nan", "99999999999999999"):
            browser.get(address)
            kept = filling.now(browser)
            wanted = {name: [typed] for name in kept if name.rpartition("-")[2] == field}
            assert wanted, f"{address} has no {field}"
            assert filling.send(browser, address, {**kept, **wanted}).status_code == 422, f"{address}: {typed}"
            assert set(wanted) <= set(filling.refused(browser))
        assert not record or browser.opens(record)
