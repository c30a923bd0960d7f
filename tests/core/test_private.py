"""What is private stays private: nothing of it is kept on the way, and no list, count or place tells what it hides."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from flask import g
from sqlalchemy import select
from werkzeug.http import parse_options_header

from core.base.permissions import RoleSpec, grants
from core.ops.application import create_app
from core.plugins.registry import CORE, PluginError
from core.records.files.models import Attachment
from core.records.lists import Column
from core.web.crud import CrudView
from core.web.views import KhetView, expose, right
from plugins.saraban.models.letters import IncomingLetter
from plugins.saraban.work import registers
from plugins.saraban.work.registers import Clerk
from tests.core.doors import APP, KHET, Door, samples, url
from tests.core.test_plugins import plugin
from tests.installations import settings_for
from tests.support import HOME, letter, real_pdf

#: doors whose answer is a file, or part of one
FILES = (
    "DraftPaperView.docx", "DraftPaperView.pdf", "IncomingView.file", "IncomingView.page", "IncomingView.stamped",
    "JobView.result", "ScanView.page",
)  # fmt: skip


def units_of(world, user: str) -> frozenset[int]:
    """Units whose incoming letters a user may list."""
    return world.khet.actor(world.account(user).id).units("saraban.incoming", "list").ids


# -- nothing is kept on the way --


def filled(world):
    return samples(world, HOME)


@pytest.mark.parametrize("endpoint", FILES)
def test_a_file_is_kept_by_no_browser_and_no_proxy(standing, endpoint):
    world, ids = standing("filled", filled)
    rule = next(rule for rule in APP.url_map.iter_rules() if rule.endpoint == endpoint)
    address = url(world, Door(endpoint, "GET", frozenset(rule.arguments)), ids)
    answers = [world.browser(f"{name}.{HOME}").get(address) for name in ("clerk", "admin")]
    found = next(answer for answer in answers if answer.status_code == 200)
    assert found.headers["Cache-Control"] == "no-store"
    assert not found.mimetype.startswith("text/html")


def test_only_a_bundled_file_is_kept(standing):
    world, _ids = standing("filled", filled)
    clerk, stranger = world.browser(f"clerk.{HOME}"), world.browser()
    clerk.get("/")
    sheet = clerk.tree.xpath("//link[@rel='stylesheet']/@href")[0]
    assert clerk.get(sheet).headers["Cache-Control"] == "public, max-age=31536000"
    for browser, path in (
        (clerk, "/"), (clerk, "/static/khet/none.css"), (clerk, "/static/khet/khet.css"), (clerk, "/nowhere"), (stranger, "/login/"), (stranger, "/"),
        (stranger, "/health"), (clerk, "/search/?q=x"), (clerk, "/api/v1/openapi.json"),
    ):  # fmt: skip
        assert browser.get(path).headers["Cache-Control"] == "no-store", path


def test_a_sheet_says_once_how_it_is_written(world):
    sheet = world.browser(f"clerk.{HOME}").post("/saraban/incoming/download", {"kind": "csv"})
    assert sheet.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert sheet.headers["Cache-Control"] == "no-store"


def test_a_file_s_name_turns_no_direction(world):
    """รายงาน(U+202E)gpj.pdf reads as รายงานfdp.jpg."""
    clerk = world.browser(f"clerk.{HOME}")
    name = "รายงาน\u202egpj\u2066.pdf"
    staged = clerk.post("/uploads/", {"file": (io.BytesIO(real_pdf()), name)}, content_type="multipart/form-data").json
    assert staged["name"] == "รายงานgpj.pdf"
    with world.session(user=f"clerk.{HOME}") as session:
        found = session.scalars(select(IncomingLetter).order_by(IncomingLetter.id)).first()
        file = session.get(Attachment, staged["id"])
        file.kind, file.record_id, file.name = "saraban_incoming", found.id, name  # as one kept before had it
        address = f"/saraban/incoming/{found.id}/files/{file.id}"

    def disposition_of(kept: str) -> str:
        with world.session(user=f"clerk.{HOME}") as session:
            session.get(Attachment, staged["id"]).name = kept
        return clerk.get(address).headers["Content-Disposition"]

    given = clerk.get(address).headers["Content-Disposition"]
    assert "%E2%80%AE" not in given
    assert "%E2%81%A6" not in given
    assert "gpj.pdf" in given
    assert f"filename=khet-saraban-incoming-{found.id}-{file.id}.pdf;" in given, "for a program that reads no Thai"
    for kept in (
        "ก\"; filename*=UTF-8''run.hta; x=.txt", "ก\\\"; filename*=UTF-8''run.hta; x=.txt",
        "ก; filename*=UTF-8''run.hta", "a\"; filename*=UTF-8''run.hta; x=.txt",
        "ก\"; filename=run.hta; filename*=UTF-8''run.hta.txt",
    ):  # fmt: skip
        given = disposition_of(kept)
        assert parse_options_header(given)[1]["filename"] == kept, "no name within a name is read as another"
        unquoted = re.sub(r'"(?:[^"\\]|\\.)*"', "", given)
        assert (unquoted.count("filename="), unquoted.count("filename*=")) == (1, int(not kept.isascii()))


# -- a place in a list --


@pytest.mark.parametrize("way", ["", "-"])
def test_a_list_begins_after_no_row_that_it_does_not_hold(world, way):
    """Sorted by subject and begun after another unit's letter, one's own letters would spell that letter out."""
    school, office = f"school.{HOME}", world.unit()
    (own,) = units_of(world, school)
    with world.session(user=school) as session:
        clerk, day = Clerk(session.scope.user_id, "ธุรการ", 0), letter()["received_on"]

        def register(unit_id: int, subject: str) -> int:
            return registers.register_incoming(session, unit_id, letter(subject=subject), clerk=clerk, today=day).id

        _first, inside, _last = (register(own, f"{sign} เรื่อง") for sign in "กงท")
        outside = register(office, "ฉ ลับเฉพาะกลุ่ม")
    browser = world.browser(f"clerk.{HOME}")
    assert browser.get(f"/saraban/incoming/{outside}").status_code == 200

    def shown(user: str, query: str) -> list[str]:
        page = world.browser(user)
        page.get(f"/saraban/incoming/?sort={way}subject{query}")
        return [row.get("data-id") for row in page.tree.xpath("//tbody/tr[@data-id]")]

    every = shown(school, "")
    assert every, "the school sees its own letters"
    assert shown(school, f"&after={outside}") == shown(school, "&after=99999999") == every
    assert shown(school, f"&after={inside}") == every[every.index(str(inside)) + 1 :]


# -- what nobody guards is refused at the start --


def started(view) -> None:
    keeper = RoleSpec("a.keeper", "Keeper", grants("a.visitor", "list"), plugin="a")
    made = plugin("a", khet_views=lambda: [view], khet_roles=lambda: [keeper])
    create_app(settings_for(Path(), "sqlite://"), [CORE, made], guests=False)


def test_a_route_without_a_right_stops_the_start():
    class Visitors(KhetView):
        route_base = "/visitors"
        resource = "a.visitor"

        @expose("/all")
        def all(self):
            return "everybody"

    with pytest.raises(PluginError, match=r"Visitors\.all asks no right"):
        started(Visitors)


def test_a_route_with_a_right_or_a_reason_starts():
    class Guarded(KhetView):
        route_base = "/guarded"
        resource = "a.visitor"
        open_routes = {"own": "shows what is the user's own"}  # noqa: RUF012

        @expose("/all")
        @right("list")
        def all(self):
            return "everybody"

        @expose("/own")
        def own(self):
            return "mine"

    started(Guarded)


def test_a_reason_names_a_route_that_needs_one():
    for view in KHET.views.values():
        for name in view.open_routes:
            assert not hasattr(getattr(view, name), "_permission_name"), f"{view.endpoint}.{name} has a right already"


def test_a_list_of_a_unit_s_rows_shows_its_own_units_without_being_told(world):
    class Plain(CrudView):
        model = IncomingLetter
        resource = "saraban.incoming"

        def columns(self):
            return [Column("subject", "Subject")]

    with world.app.test_request_context():
        g.actor = world.khet.actor(world.account(f"school.{HOME}").id)
        said = str(Plain().statement().compile(compile_kwargs={"literal_binds": True}))
    (unit,) = units_of(world, f"school.{HOME}")
    assert f"unit_id IN ({unit})" in said


def test_the_timeline_tells_no_administrator_what_letters_and_requests_are_about(world):
    """Who did what to which kind of record, and when; its words are for who may open it."""
    clerk, admin = world.browser(f"clerk.{HOME}", "th"), world.browser(f"admin.{HOME}", "th")
    clerk.submit(f"/saraban/incoming/new?unit_id={world.unit()}", sender="สพฐ.", subject="เรื่องของครูคนหนึ่ง")
    with world.session(HOME, f"clerk.{HOME}") as session:
        letter = session.query(IncomingLetter).order_by(IncomingLetter.id.desc()).first().id
    clerk.post(f"/saraban/incoming/{letter}/comment", {"text": "ความเห็นที่เขียนไว้"})
    admin.submit("/persons/new", first_name="สมหมาย", last_name="ใจดี")
    admin.get("/timeline/")
    assert "ลงทะเบียน" in admin.text or "หนังสือรับ" in admin.text
    assert "เรื่องของครูคนหนึ่ง" not in admin.text
    assert "ความเห็นที่เขียนไว้" not in admin.text
    assert "สมหมาย ใจดี" in admin.text, "what is the administrator's own to open is named"
    assert admin.get(f"/saraban/incoming/{letter}").status_code == 403
