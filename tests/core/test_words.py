"""What people read on a Thai page is Thai and means something: no None, no code word, no date of the machine's kind."""

from __future__ import annotations

import ast
import functools
import io
import re
import sys
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from flask_babel import force_locale
from python_calamine import CalamineWorkbook

import core
from core.base.text.thai import MONTHS, SHORT_MONTHS
from core.base.workflow import Workflow
from core.exchange.reports.xlsx import CONTENT_TYPE
from core.ops.demo.load import STAFF
from core.platform.timeline.labels import KINDS, VALUES, label_title
from core.records.lists import Column
from core.storage.base import Model, Tracked
from core.web.crud import CrudView
from core.web.forms import AmountField, KhetForm
from tests.core.doors import APP, HOME, KHET, PROBES, Door, at_home, doors, samples_of_both, url
from tests.support import World

#: what nobody outside an engineer's screen should meet
MACHINE = (
    re.compile(r"(?<![\w.])(None|NaN|nan|null|undefined|True|False)(?![\w.])"),
    re.compile(r"\b(19|20|25)\d\d-\d\d-\d\d\b"),
    re.compile(r"(?<![\w@./-])[a-z]+(?:[_.](?!xlsx|pdf|csv|docx)[a-z]+)+(?![\w@/])"),
    re.compile(r"<[\w.]+ (object|at 0x)|lazy|datetime\.|Decimal\("),
    re.compile(r"\b[0-9a-f]{32,}\b"),
    re.compile(r"\b[A-Z]+_[A-Z_]+\b"),
)
#: Latin words that a Thai office writes: names of things, keys of a keyboard
KNOWN = frozenset(["Active", "Learning", "AMSS", "API", "Area", "based", "break", "glass", "Ctrl", "CSV", "Esc", "Enter", "Excel", "Khet", "KM", "KPI", "LINE", "JPEG", "MOU", "Office", "PDF", "PNG", "Problem", "QR", "SHA", "SMART", "Smart", "IP", "abcd", "efgh", "area", "Tab", "TOTP", "Webhook", "webhook", "Word", "docx", "https", "pfx", "sql", "xls", "xlsx", "PIN", "OBEC", "IQA", "SAR"])  # fmt: skip
WORD = re.compile(r"(?<![\w@./])[A-Za-z]{2,}(?![\w@/])")
#: pages for engineers of other systems
FOR_ENGINEERS = ("ApiDocsView", "TokenView", "WebhookView")

#: steps that lock the crawler's own accounts, switch their modules off or speak another language
LEFT_ALONE = ("LoginView", "UserView", "ModuleView", "LanguageView", "PersonView")


@pytest.fixture(params=["sqlite"])
def backend(request):
    """Words do not depend on the database."""
    return request.param


def read(node: Any, own: bool = False) -> Iterator[tuple[str, bool]]:
    """Every text that a reader meets, and whether it is people's own data (translate="no")."""
    if not isinstance(node.tag, str) or node.tag in ("script", "style", "template", "code", "pre"):
        return
    own = own or node.get("translate") == "no"
    yield node.text or "", own
    for name in ("placeholder", "title", "aria-label", "data-title", "data-failed"):
        yield node.get(name) or "", own
    for child in node:
        yield from read(child, own)
        yield child.tail or "", own


@functools.cache
def _is_unfit(text: str, own: bool) -> bool:
    """Most texts stand on every page."""
    english = not own and set(WORD.findall(text)) - KNOWN
    return bool(english) or any(pattern.search(text) for pattern in MACHINE)


def unfit(tree: Any) -> set[str]:
    """What stands on a Thai page and is a machine's word, or English where people wrote nothing."""
    said = {(" ".join(text.split()), own) for text, own in read(tree.find("body"))}
    return {text[:120] for text, own in said if text and _is_unfit(text, own)}


def askew(tree: Any) -> set[str]:
    """Heads that are not set as the cells below them: over numbers to the right, over words to the left."""
    found = set()
    for table in tree.xpath("//main//table[thead]"):
        heads = table.xpath("./thead/tr[last()]/*")
        for row in table.xpath("./tbody/tr")[:3]:
            cells = row.xpath("./*")
            if len(cells) == len(heads):
                pairs = zip(heads, cells, strict=True)
                found |= {f"head askew: {' '.join(a.text_content().split())}" for a, b in pairs if _side(a) != _side(b)}
    return found


def _side(cell: Any) -> bool:
    return bool({"number", "text-end"} & set((cell.get("class") or "").split()))


def twice(tree: Any) -> set[str]:
    """Addresses that a record's page offers by more than one button."""
    offered = tree.xpath("//main//div[@class='actions']//a/@href")
    return {f"offered twice: {address}" for address in offered if offered.count(address) > 1}


def faults(tree: Any) -> set[str]:
    """What no page may have."""
    return unfit(tree) | askew(tree) | twice(tree)


def do_everything(world: World) -> tuple[Any, Any]:
    """The samples, after each of the home's steps was done once: histories are full, records stand in many states."""
    both = samples_of_both(world)
    for door in at_home(doors("POST")):
        if not PROBES.get(door.endpoint) or door.view.by_token or door.endpoint.partition(".")[0] in LEFT_ALONE:
            continue
        user, make = PROBES[door.endpoint]
        browser = world.browser(f"{user}.{HOME}", "th")
        address = url(world, door, both[0])
        version: list[str] = []
        if browser.opens(address) and browser.page.mimetype == "text/html":
            version = browser.tree.xpath("//input[@name='version']/@value")
        browser.post(
            address, {"version": (version or [""])[0], **make(world, both[0])}, content_type="multipart/form-data"
        )
    return both


@pytest.mark.parametrize("user", [*(f"{name}.{HOME}" for name in STAFF), "obec"])
def test_a_thai_page_says_nothing_that_only_a_machine_understands(standing, user):
    world, (ids, _there) = standing("every step", do_everything)
    browser = world.browser(user, "th")
    found = set()
    seen = 0
    for door in doors("GET"):
        if door.endpoint.partition(".")[0] in FOR_ENGINEERS:
            continue
        if browser.opens(url(world, door, ids)) and browser.page.mimetype == "text/html":
            seen += 1
            found |= {f"{door}: {text}" for text in faults(browser.tree)}
    assert sorted(found) == []
    assert seen > 10


def test_nor_does_any_report_or_any_shape_of_a_list(standing):
    """Each report once, and each list as groups, board, calendar, pivot and chart, as the first account that may."""
    world, _said = standing("every step", do_everything)
    browsers = {user: world.browser(user, "th") for user in [*(f"{name}.{HOME}" for name in STAFF), "obec"]}
    found, seen = set(), set()
    for address in [*_reports(), *_shapes()]:
        for browser in browsers.values():
            if browser.opens(address):
                found |= {f"{address}: {text}" for text in faults(browser.tree)}
                seen.add(address)
                break
    assert not found, "\n".join(sorted(found))
    assert not set(_reports()) - seen, "nobody opens them"
    assert len(seen) > 100


def _reports() -> list[str]:
    return [f"/reports/{key}" for key in KHET.registry.reports]


def _shapes() -> list[str]:
    lists = [view for name, view in KHET.views.items() if isinstance(view, CrudView) and name not in FOR_ENGINEERS]
    shapes = ("as=kanban", "as=calendar", "as=pivot", "as=chart", "group=x")
    return [f"{view.route_base}/?{shape}" for view in lists if "list" not in view.without for shape in shapes]


#: what a sheet could not sort, filter or add up, if it stood there as text
VALUE = re.compile(
    rf"\d{{1,2}} ({'|'.join(map(re.escape, (*MONTHS, *SHORT_MONTHS)))}) \d{{2,4}}( \d\d[.:]\d\d( น\.)?)?"
    r"|\d{1,2}/\d{1,2}/\d{4}|\d{1,3}(,\d{3})*\.\d\d|\d{1,3}(,\d{3})+|\d+(\.\d+)? ?%"
)


def test_days_moments_amounts_and_numbers_of_every_workbook_are_values(standing):
    world, _said = standing("every step", do_everything)
    browsers = {user: world.browser(user, "th") for user in [*(f"{name}.{HOME}" for name in STAFF), "obec"]}
    lists = {
        f"{view.route_base}/": f"{view.route_base}/download"
        for view in KHET.views.values()
        if isinstance(view, CrudView) and "list" not in view.without and "download" not in view.without
    }
    found, moments, books = set(), 0, 0
    for page, file in [*lists.items(), *((page, f"{page}/file") for page in _reports())]:
        for browser in browsers.values():
            if not browser.opens(page):
                continue
            kinds = [(th.text_content().strip(), th.get("class") or "") for th in browser.tree.xpath("//thead[1]//th")]
            answer = browser.post(file, {"kind": "xlsx"})
            if answer.mimetype != CONTENT_TYPE:
                continue
            books += 1
            rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.get_data())).get_sheet_by_index(0).to_python()
            head = next((row for row in rows if row[0] and [str(one) for one in row] == _titles(kinds, row)), [])
            for row in rows[rows.index(head) + 1 :] if head else []:
                moments += sum(isinstance(cell, datetime) for cell in row)
                for title, cell in zip(head, row, strict=True):
                    typed = {"date", "moment", "number"} & set(dict(kinds).get(title, "").split())
                    if isinstance(cell, str) and cell and (typed or VALUE.fullmatch(cell)):
                        found.add(f"{page} {title}: {cell}")
            break
    assert sorted(found) == []
    assert books > 40
    assert moments > 10


def _titles(kinds: list[tuple[str, str]], row: list[Any]) -> list[str]:
    """The headings of a page's table, as many as the sheet has: a box to pick rows stands before them on the page."""
    return [title for title, _kind in kinds][-len(row) :]


@pytest.mark.parametrize(
    "user", [f"{name}.{HOME}" for name in ("admin", "clerk", "groupclerk", "groupdirector", "school")]
)
def test_a_refusal_is_thai_whatever_was_typed(standing, user):
    """Each form sent with nonsense in every field: what is wrong is said in Thai at its field."""
    world, (ids, _there) = standing("refused", samples_of_both)
    browser = world.browser(user, "th")
    found, refused = set(), 0
    for door in at_home(doors("POST")):
        if door.view.by_token or not _has_form(door):
            continue
        address = url(world, door, ids)
        if not browser.opens(address) or browser.page.mimetype != "text/html":
            continue
        if not browser.tree.xpath("//form[@data-main]"):
            continue
        kept = ("csrf_token", "form_key", "version")
        for nonsense in ("ก", "-9999999999", "กข " * 1500, ""):
            if not browser.opens(address):
                break  # the form before was taken, and the step is done
            typed = {name: nonsense for name in browser.fields() if name not in kept}
            page = browser.resubmit(address, **typed)
            assert page.status_code < 500, f"{door}: {nonsense[:5]}"
            if page.status_code == 422:
                refused += 1
                found |= {f"{door}: {text}" for text in unfit(browser.tree)}
    assert sorted(found) == []
    assert refused > 60


def _has_form(door: Door) -> bool:
    return any(one.endpoint == door.endpoint for one in doors("GET"))


def test_every_kind_of_record_has_its_word_in_the_history():
    """The timeline of a district shows them all."""
    kept = {one.class_.__tablename__ for one in Model.registry.mappers if issubclass(one.class_, Tracked)}
    assert sorted(kept - KINDS.keys()) == []


def test_a_number_s_history_names_its_book(world):
    with world.app.test_request_context(), force_locale("th"):
        assert label_title("core_number", "saraban.incoming 5/2569") == "ทะเบียนรับ 5/2569"
        assert label_title("core_plugin_switch", "saraban") == "งานสารบรรณ"
        assert label_title("core_school", "บ้านนา 5") == "บ้านนา 5"


def test_an_empty_cell_is_a_dash_on_the_page_and_empty_in_a_sheet():
    class Row:
        due_on = None

    column = Column("due_on", "ครบกำหนด", kind="date")
    assert column.show(Row()) == "–"
    assert column.plain(Row()) == ""


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [("1,500.50", "1500.50"), ("๑,๕๐๐ บาท", "1500"), ("฿500", "500"), ("1500 บาท", "1500"), (" 1 200 ", "1200")],
)
def test_an_amount_is_taken_as_an_office_writes_it(world, typed, wanted):
    class Paid(KhetForm):
        amount = AmountField()

    with world.app.test_request_context(method="POST", data={"amount": typed}):
        assert Paid(meta={"csrf": False}).amount.data == Decimal(wanted)


def test_no_field_may_bear_the_name_of_something_every_form_has():
    with pytest.raises(TypeError, match="first"):
        type("Wrong", (KhetForm,), {"first": AmountField()})


#: buttons that note what has happened, or what is so: one Thai word is right on the button and beside the record
NOTES = {"Answered", "Destroyed", "Does not apply", "Used in a plan"}


def test_a_word_that_says_how_something_is_stands_on_no_button():
    """One English word may want two Thai ones, as New of a letter and of the button that begins one."""
    states, found = _states(), set(buttons())
    assert len(states) > 80
    assert len(found) > 200
    assert states & found == NOTES, "say it otherwise, or give one of them a context: pgettext"


def _states() -> set[str]:
    workflows = [
        vars(module).values() for name, module in sys.modules.items() if name.startswith(("core.", "plugins."))
    ]
    named = [one.states for found in workflows for one in found if isinstance(one, Workflow)]
    with APP.test_request_context(), force_locale("en"):
        return {str(words) for found in (*named, *VALUES.values()) for words in found.values()}


def buttons() -> Iterator[str]:
    root = Path(core.__file__).parents[1]
    for file in (one for folder in ("core", "plugins") for one in (root / folder).rglob("*")):
        if file.suffix == ".py":
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                called = getattr(node, "func", None)
                if getattr(called, "id", getattr(called, "attr", "")) in ("ActionLink", "Action", "Transition"):
                    words = [inner for argument in node.args[:2] for inner in getattr(argument, "args", ())]
                    yield from (word.value for word in words if isinstance(getattr(word, "value", None), str))
        elif file.suffix == ".html":
            for button in re.findall(
                r"<button\b.*?</button>|(?:post|asked)_button\([^{}]*|\bbtn\b[^>]*>.*?</(?:a|summary)>",
                file.read_text("utf-8"),
                re.S,
            ):
                yield from re.findall(r'\b_\("([^"]+)"\)', button)


def test_the_crawl_would_notice():
    from lxml import html

    page = (
        "<html><body><p translate='no'>None</p><p>2026-11-28</p><p>saraban.incoming</p><p>Not a valid value</p>"
        "<p>ปกติ PDF</p><p translate='no'>Mr. Smith</p></body></html>"
    )
    assert unfit(html.fromstring(page)) == {"None", "2026-11-28", "saraban.incoming", "Not a valid value"}
    table = "<table><thead><tr><th>ก<th>ข</thead><tbody><tr><td>a<td class=number>1</tbody></table>"
    buttons = "<div class=actions><a href='/a'>ก</a><a href='/b'>ข</a><a href='/a'>ค</a></div>"
    tree = html.fromstring(f"<html><body><main>{table}{buttons}</main></body></html>")
    assert (askew(tree), twice(tree)) == ({"head askew: ข"}, {"offered twice: /a"})
