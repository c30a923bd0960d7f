"""What an attacker tries who can sign in, and who cannot."""

from __future__ import annotations

import io
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from core.base.text.thai import buddhist_year, today
from core.platform.numbering import engine
from plugins.saraban.models.letters import INCOMING, IncomingLetter
from tests.core.doors import APP, KHET
from tests.support import HOME, OTHER, Browser


def test_no_page_of_flask_appbuilder_is_reachable(world):
    """Every route belongs to one of our views: FAB's users, roles, menu, back, download and REST are not there."""
    endpoints = {rule.endpoint for rule in APP.url_map.iter_rules()}
    strangers = {e for e in endpoints if KHET.view_of(e) is None} - KHET.open_endpoints
    assert strangers == set()
    admin = world.browser(f"admin.{HOME}")
    for path in ("/users/list/", "/roles/list/", "/back", "/api/v1/security/login", "/api/v1/menu/", "/lang/en",
                 "/api/v1/_openapi", "/swagger/v1", "/register/form", "/resetpassword/form?pk=1", "/userinfo/",
                 "/static/appbuilder/js/jquery-latest.js", "/saraban/incoming/download/x.pdf",
                 "/saraban/incoming/action/x/1", "/saraban/incoming/_info"):  # fmt: skip
        assert admin.get(path).status_code in (404, 405), path


@pytest.mark.parametrize("query", ["_flt_0_unit=1", "_oc_SchoolView=password", "psize_SchoolView=100000", "after=-1", "after=9999999999",
                                   "after=%00", "q=%00", "q=%25", "status=%27--", "amphoe=%00", "from=%00", "year=99999"])  # fmt: skip
@pytest.mark.parametrize("path", ["/schools/", "/saraban/incoming/", "/books/"])
def test_a_strange_query_is_no_error(world, path, query):
    browser = world.browser(f"clerk.{HOME}")
    page = browser.get(f"{path}?{query}")
    assert page.status_code == 200
    assert len(browser.tree.xpath("//tbody/tr")) <= 60


@pytest.mark.parametrize("number", ["0", "-1", "2147483648", "99999999999999999999", "1e9", "%00"])
def test_a_strange_id_is_not_found(world, number):
    assert world.browser(f"admin.{HOME}").get(f"/users/{number}").status_code == 404


def test_nul_bytes_reach_no_database(world):
    stranger = Browser(world.app)
    stranger.submit("/login/", username="clerk\x00.loei3", password="a\x00b")
    assert stranger.page.status_code == 422
    clerk = world.browser(f"clerk.{HOME}")
    clerk.get("/saraban/incoming/new")
    clerk.resubmit("/saraban/incoming/new", form_key="a\x00b", sender="ก\x00", subject="ข\x00ค", doc_no="\x00")
    assert clerk.page.status_code == 302


def test_json_is_no_way_around_a_form(world):
    browser = world.browser(f"clerk.{HOME}")
    before = world.count("saraban_incoming")
    foreign = {
        "unit_id": world.unit("office", OTHER),
        "district_id": world.district_id(OTHER),
        "subject": "x",
        "sender": "y",
    }
    answer = browser.client.post("/saraban/incoming/new", json=foreign, headers={"X-CSRFToken": browser.token})
    assert answer.status_code == 422
    assert world.count("saraban_incoming") == before


def test_a_field_that_the_form_does_not_have_changes_nothing(world):
    browser = world.browser(f"clerk.{HOME}")
    typed = {
        "sender": "ก",
        "subject": "ข",
        "district_id": str(world.district_id(OTHER)),
        "number": "9999",
        "status": "cancelled",
    }
    assert browser.submit("/saraban/incoming/new", **typed).status_code == 302
    with world.session(user=f"clerk.{HOME}") as s:
        newest = s.scalars(select(IncomingLetter).order_by(IncomingLetter.id.desc())).first()
        assert newest is not None
        assert (newest.district_id, newest.status) == (world.district_id(), "registered")
        assert newest.number < 9999


def test_an_administrator_gives_no_role_to_another_district_s_user(world):
    foreign = world.account(f"clerk.{OTHER}")
    admin = world.browser(f"admin.{HOME}")
    for path in (f"/users/{foreign.id}", f"/users/{foreign.id}/grants/new", f"/users/{foreign.id}/edit"):
        assert admin.get(path).status_code == 404
    assert admin.post(f"/users/{foreign.id}/reset").status_code == 404
    assert admin.post(f"/users/{foreign.id}/lock").status_code == 404
    assert world.account(f"clerk.{OTHER}").active


def test_a_clerk_of_two_units_acts_at_each_with_the_right_of_each(world):
    """Clerk of the office, reader of the group: what is held at one unit counts for nothing at the other."""
    from core.platform.users.models import Grant, RoleProfile

    account, group = world.account(f"clerk.{HOME}"), world.unit("group")
    with world.session() as s:
        role = s.scalars(select(RoleProfile).where(RoleProfile.key == "saraban.reader")).one()
        s.add(Grant(user_id=account.id, role_id=role.id, unit_id=group, starts_on=today()))
        mine = s.scalars(select(IncomingLetter.id).where(IncomingLetter.unit_id == group)).first()
    browser = world.browser(f"clerk.{HOME}")
    assert browser.get(f"/saraban/incoming/{mine}").status_code == 200
    assert browser.get(f"/saraban/incoming/{mine}/edit").status_code == 403
    browser.submit("/saraban/incoming/new", unit_id=str(group), sender="ก", subject="ข")
    assert browser.page.status_code == 422
    book = engine.BookKey(group, INCOMING, buddhist_year(today()))
    assert browser.get(f"/books/{group}/{book.book}/").status_code == 404


def test_eight_clerks_at_once_lose_no_letter(world):
    """Through the whole application: every answer that said registered is a line, and the book is whole.

    Who is told to come again in a moment, as on a slow machine, presses once more.
    """
    unit = world.unit()
    browsers = [world.browser(f"clerk.{HOME}") for _ in range(8)]

    def work(pair: tuple[int, Browser]) -> list[str]:
        index, browser = pair
        said = []
        for n in range(5):
            typed = {"sender": f"ผู้ส่ง {index}", "doc_no": f"{index}/{n}", "subject": "พร้อมกัน"}
            while (page := browser.submit("/saraban/incoming/new", **typed)).status_code == 503:
                pass
            said.append("registered" if page.status_code == 302 else f"{page.status_code} {browser.errors()}")
        return said

    with ThreadPoolExecutor(8) as pool:
        said = Counter(one for found in pool.map(work, enumerate(browsers)) for one in found)
    assert said == {"registered": 40}
    with world.session(user=f"clerk.{HOME}") as s:
        rows = s.scalars(select(IncomingLetter.number).where(IncomingLetter.subject == "พร้อมกัน")).all()
        assert len(rows) == len(set(rows)) == 40
        found = engine.check(s, engine.BookKey(unit, INCOMING, buddhist_year(today())), IncomingLetter, today())
    assert found.whole


@pytest.mark.parametrize("page", ["/login/", f"/say/{HOME}", "/password/code/", "/persons/new", "/imports/new"])
def test_a_file_in_the_place_of_a_text_is_no_text(world, page):
    browser = world.browser(*([] if page in ("/login/", f"/say/{HOME}", "/password/code/") else [f"admin.{HOME}"]))
    browser.get(page)
    fields = set(browser.tree.xpath("//form[@method='post']//input/@name | //form[@method='post']//textarea/@name"))
    assert fields, page
    token = browser.tree.xpath("//input[@name='csrf_token']/@value")[0]
    sent = {name: (io.BytesIO(b"a"), "a.txt") for name in fields - {"csrf_token"}}
    answer = browser.client.post(page, data={"csrf_token": token, **sent}, content_type="multipart/form-data")
    assert answer.status_code < 500
