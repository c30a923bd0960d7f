"""The navigation shows a dozen lines, รอฉัน is one list over all modules, and after a step the next one follows."""

from __future__ import annotations

import pytest

from core.ops.demo.load import STAFF
from core.web.sidebar import ROOM
from tests.core.test_listing import LIST, register
from tests.support import HOME, Browser

ACCOUNTS = [*(f"{name}.{HOME}" for name in STAFF), "obec"]
#: lines of the navigation that are seen before anything is opened
SEEN = (
    "//nav[@id='nav']//*[contains(concat(' ', @class, ' '), ' nav-link ')]"
    "[not(ancestor::details) or (self::summary and count(ancestor::details) = 1)]"
)
ROWS = "//section[contains(@class,'waiting')]/a[contains(@class,'wait-line')]"


def number(browser: Browser, where: str) -> int:
    """The number that stands beside a line, 0 where there is none."""
    found = browser.tree.xpath(f"{where}//span[contains(@class,'count')]//text()[normalize-space()]")
    return int(str(found[0]).strip()) if found else 0


@pytest.mark.parametrize("user", ACCOUNTS)
def test_nobody_sees_more_than_a_dozen_lines_on_any_page(standing, user):
    world, _said = standing("navigation", lambda _world: {})
    browser = world.reader(user)
    browser.get("/")
    every = browser.tree.xpath("//nav[@id='nav']//a[contains(@class,'nav-link')]/@href")
    seen = {}
    for address in every:
        browser.get(str(address))
        lines = browser.tree.xpath("//nav[@id='nav']//a[contains(@class,'nav-link')]/@href")
        assert sorted(lines) == sorted(every), f"{address} loses a line"
        seen[address] = len(browser.tree.xpath(SEEN))
        current = browser.tree.xpath("//nav[@id='nav']//a[@aria-current]")
        assert [one.get("href") for one in current] == [address]
        assert not current[0].xpath("ancestor::details"), f"{address} is folded away on its own page"
    assert {address: count for address, count in seen.items() if count > ROOM} == {}


def test_a_list_that_is_pinned_stands_at_the_top_and_once(world):
    clerk = world.browser(f"clerk.{HOME}")
    clerk.get(LIST)
    clerk.get("/")
    folded = "//nav[@id='nav']//details//a[@href='/saraban/outgoing/']"
    assert clerk.tree.xpath(folded)
    clerk.post("/pinned/", {"view": "OutgoingView"})
    clerk.get("/")
    assert not clerk.tree.xpath(folded)
    assert len(clerk.tree.xpath("//nav[@id='nav']//a[@href='/saraban/outgoing/']")) == 1
    clerk.post("/pinned/", {"view": "OutgoingView"})
    clerk.get("/")
    assert clerk.tree.xpath(folded), "pinned again, it is back in its module"
    assert clerk.post("/pinned/", {"view": "UserView"}).status_code == 404, "not theirs to open"


@pytest.fixture
def clerk(world):
    world.owner("delete from core_waiting")
    return world.browser(f"clerk.{HOME}")


def test_badge_chip_and_rows_of_what_waits_agree(world, clerk):
    register(world, 3)
    clerk.get("/waiting/")
    assert len(clerk.tree.xpath(ROWS)) == 3
    assert number(clerk, "//nav[@id='nav']//a[@href='/waiting/']") == 3
    assert number(clerk, "//ul[contains(@class,'kinds')]//a[contains(@href,'list=IncomingView')]") == 3
    clerk.get("/waiting/?list=IncomingView")
    assert len(clerk.tree.xpath(ROWS)) == 3
    clerk.get("/waiting/?list=DraftPaperView")
    assert len(clerk.tree.xpath(ROWS)) == 0
    school = world.browser(f"school.{HOME}")
    school.get("/waiting/?list=IncomingView")
    assert len(school.tree.xpath(ROWS)) == 0, "what waits for others is nobody else's"


def test_what_waits_is_found_by_its_words_and_none_is_taken_for_a_pattern(world, clerk):
    register(world, 2)
    clerk.get("/waiting/")
    label = clerk.tree.xpath(f"{ROWS}/span[@class='name']/text()")[0]
    clerk.get(f"/waiting/?q={label.split()[0]}")
    assert len(clerk.tree.xpath(ROWS)) == 1
    clerk.get("/waiting/?q=%25")
    assert len(clerk.tree.xpath(ROWS)) == 0


def test_after_a_step_the_next_one_follows_until_nothing_waits(world, clerk):
    numbers = register(world, 2)
    clerk.get("/waiting/")
    first = clerk.tree.xpath(f"{ROWS}/@href")[0]
    clerk.get(first)
    step = clerk.tree.xpath("//div[@class='actions']//a[contains(@href,'key=act') or contains(@href,'/act?')]/@href")
    assert step
    assert "queue=1" in step[0]
    done = clerk.submit(step[0], action="ทราบ")
    follow = clerk.get(done.location)
    assert follow.status_code == 302
    opened = clerk.get(follow.location)
    assert opened.status_code == 200
    other = next(one for one in numbers if f"{LIST}{one}?" in follow.location)
    assert f"{LIST}{other}?queue=1" == follow.location
    assert f"{LIST}{other}?" not in first
    step = clerk.tree.xpath("//div[@class='actions']//a[contains(@href,'key=act') or contains(@href,'/act?')]/@href")[0]
    done = clerk.submit(step, action="ทราบ")
    assert clerk.get(done.location).location == "/waiting/", "nothing waits any more"


def test_a_step_without_the_list_stays_on_the_record(world, clerk):
    [letter] = register(world, 1)
    clerk.get(f"{LIST}{letter}")
    step = clerk.tree.xpath("//div[@class='actions']//a[contains(@href,'/act?')]/@href")[0]
    assert clerk.submit(step, action="ทราบ").location == f"{LIST}{letter}"


def test_a_record_shows_four_buttons_its_subject_and_who_has_it(world, clerk):
    [letter] = register(world, 1)
    clerk.get(f"{LIST}{letter}")
    assert len(clerk.tree.xpath("//div[@class='actions']/a")) == 4
    menu = clerk.tree.xpath("//div[@class='actions']/details//a")
    assert menu
    assert "text-danger" in menu[-1].get("class"), "what ends it stands last"
    with world.session(HOME) as session:
        from plugins.saraban.models.letters import IncomingLetter

        subject = session.get(IncomingLetter, letter).subject
    assert clerk.tree.xpath("//h1/text()") == [subject]
    assert "since" in clerk.tree.xpath("string(//p[@class='now'])")
