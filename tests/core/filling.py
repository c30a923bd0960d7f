"""Fills any form of the house as its page draws it: every field gets another value that the page allows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from core.base.text.thai import format_date, parse_date, today
from tests.support import HOME, Browser, World

MAIN = "//form[@method='post'][@data-main]"
Typed = dict[str, list[str]]


def controls(browser: Browser) -> Iterator[Any]:
    """Every control of the page's form that a person could use, without the empty line that waits to be copied."""
    for form in browser.tree.xpath(MAIN):
        for node in form.xpath(".//input[@name] | .//select[@name] | .//textarea[@name]"):
            waits = any(parent.tag == "template" for parent in node.iterancestors())
            machinery = node.get("name") in ("csrf_token", "form_key", "version") or node.get("type") == "submit"
            if not waits and not machinery:
                yield node


def now(browser: Browser) -> Typed:
    """What the form would send as it stands, by name."""
    found: Typed = {}
    for name in ("csrf_token", "form_key", "version"):
        found[name] = [str(value) for value in browser.tree.xpath(f"{MAIN}//input[@name='{name}']/@value")]
    for node in controls(browser):
        for value in _values(node):
            found.setdefault(node.get("name"), []).append(value)
    return found


def _values(node: Any) -> list[str]:
    if node.tag == "textarea":
        return [(node.text or "").removeprefix("\n")]
    if node.tag == "select":
        chosen = [option.get("value", "") for option in node.xpath(".//option[@selected]")]
        first = [option.get("value", "") for option in node.xpath(".//option")][:1]
        return chosen or ([] if node.get("multiple") is not None else first)
    if node.get("type") in ("checkbox", "radio"):
        return [node.get("value", "y")] if node.get("checked") is not None else []
    return [] if node.get("type") == "file" else [node.get("value", "")]


def offered(browser: Browser, node: Any, typed: str = "") -> list[str] | None:
    """Ids that the list under a related-record field offers; None where its reader may not ask it."""
    address = node.getparent().get("data-url")
    answer = browser.client.get(address, query_string={"q": typed})
    return [str(one["id"]) for one in answer.get_json()] if answer.status_code == 200 else None


def choices(browser: Browser) -> Typed:
    """Every value of every select and group of tick boxes, but for a unit: its page is drawn anew for another."""
    found: Typed = {}
    for node in controls(browser):
        name = node.get("name")
        if node.tag == "select" and not node.get("data-reload"):
            found[name] = [option.get("value", "") for option in node.xpath(".//option")]
        elif node.get("type") == "checkbox":
            found.setdefault(name, []).append(node.get("value", "y"))
    return {name: values for name, values in found.items() if values}


def is_lookup(node: Any) -> bool:
    """Whether the control is a related record found by typing."""
    return node.get("type") == "hidden" and "combo" in (node.getparent().get("class") or "")


def others(browser: Browser, turn: int) -> Typed:
    """Another value for every field that has one; `turn` makes each round differ from the last."""
    found: Typed = {}
    ticks: dict[str, list[Any]] = {}
    for node in controls(browser):
        name, typed = node.get("name"), _values(node)
        if node.get("type") == "checkbox":
            ticks.setdefault(name, []).append(node)
        elif node.get("type") == "hidden":
            more = [one for one in offered(browser, node) or [] if [one] != typed] if is_lookup(node) else []
            if more:
                found[name] = [more[turn % len(more)]]
        elif node.tag == "select":
            values = [option.get("value", "") for option in node.xpath(".//option")]
            more = [one for one in values if one and one not in typed]
            if more:
                found[name] = [more[turn % len(more)]]
        elif node.get("type") != "file":
            found[name] = [_another(node, typed[0], turn)]
    for name, nodes in ticks.items():
        on = [node.get("value", "y") for node in nodes if node.get("checked") is not None]
        node = nodes[turn % len(nodes)]
        value = node.get("value", "y")
        found[name] = [one for one in on if one != value] if value in on else [*on, value]
    return found


def _another(node: Any, value: str, turn: int) -> str:
    name = node.get("name")
    if node.get("data-date"):
        ahead = -2 if name.startswith("doc") else 40 if re.search(r"end|until|closes", name) else 20
        day = parse_date(value, today()).day if value else today() + timedelta(days=ahead)
        return format_date(day + timedelta(days=1), "typed")
    if not value and name.endswith("_time"):
        return "16.00" if name.startswith("end") else "09.00"
    if re.fullmatch(r"\d{1,2}\.\d\d", value):
        return f"{(int(value.split('.')[0]) + 1) % 24:02}.{value.split('.')[1]}"
    if re.fullmatch(r"\d+(\.\d+)?", value):
        return str(int(float(value)) + 1)
    if node.get("type") == "number" or node.get("inputmode") in ("numeric", "decimal"):
        return str(10 + turn)
    return f"{value} {'กข'[turn % 2]}".strip()


def lines(browser: Browser, turn: int) -> Typed:
    """One more filled line for every table of lines."""
    found: Typed = {}
    for table in browser.tree.xpath(f"{MAIN}//*[@data-lines]"):
        rows = len(table.xpath(".//tbody/tr")) - len(table.xpath(".//template//tr"))
        for node in table.xpath(
            ".//template//input[@name] | .//template//select[@name] | .//template//textarea[@name]"
        ):
            name = re.sub(r"-0-", f"-{rows + 7}-", node.get("name"), count=1)
            if is_lookup(node):
                found[name] = (offered(browser, node) or [])[-1:] or [""]
            elif node.get("type") == "checkbox":
                found[name] = [node.get("value", "y")]
            elif node.tag == "select":
                found[name] = [option.get("value", "") for option in node.xpath(".//option")][-1:]
            else:
                found[name] = [_another(node, "", turn)]
    return found


def refused(browser: Browser) -> set[str]:
    """Names of the fields that the page marks as wrong, but for a day that is asked back once."""
    found = set()
    for node in browser.tree.xpath(f"{MAIN}//*[@aria-invalid='true']"):
        name = node.get("name") or (node.get("id") or "").removesuffix("-text")
        if not browser.tree.xpath(f"{MAIN}//input[@name='{name}-confirm']"):
            found.add(name)
    return found


def send(browser: Browser, address: str, typed: Typed) -> Any:
    """Press Save."""
    browser.page = browser.client.post(address, data=typed)
    return browser.page


def one_of_each_state(world: World, view: Any) -> list[int]:
    """Records of the demo, one of each state of their kind."""
    model = view.model
    state = next((getattr(model, name) for name in ("status", "state", "channel") if hasattr(model, name)), None)
    with world.session(HOME) as session:
        found = select(func.min(model.id))
        return [one for one in session.scalars(found.group_by(state) if state is not None else found) if one]


def refused_as_a_whole(browser: Browser, address: str) -> list[str]:
    """What a form says that names no field of it, once it is filled and what was asked back is said yes to."""
    if not browser.tree.xpath(f"{MAIN}//button[@type='submit']"):
        return []  # there is nothing to choose from, and the page says so
    typed = now(browser) | others(browser, 0) | lines(browser, 0)
    answer = send(browser, address, typed)
    for _turn in range(3):
        if answer.status_code != 422:
            return []
        if wrong := refused(browser):
            if not wrong & typed.keys():
                return []  # it is at its field
            typed = {name: value for name, value in typed.items() if name not in wrong}
        else:
            typed = now(browser)
        answer = send(browser, address, typed)
    named = browser.tree.xpath("//*[@id='problems']//li")
    return [f"{address}: {browser.errors()}"] if answer.status_code == 422 and not named else []


__all__ = [
    "MAIN", "choices", "controls", "is_lookup", "lines", "now", "offered", "one_of_each_state", "others", "refused",
    "refused_as_a_whole", "send",
]  # fmt: skip
