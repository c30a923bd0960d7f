"""Who hears of what, how, and when: in the page, by e-mail, by webhook, all through the outbox."""

from __future__ import annotations

import hashlib
import hmac
import http.server
import io
import json
import socketserver
import threading
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from core.base.text.thai import today
from core.ops import delivery
from core.platform.notices import services, webhook
from core.platform.notices.errors import NotSent
from core.platform.notices.models import Delivery, Notice, Webhook
from core.platform.personal import services as personal
from plugins.saraban.models.letters import IncomingLetter
from plugins.saraban.work import registers as saraban
from tests.core.test_listing import LIST, register
from tests.support import HOME, OTHER, letter, real_pdf


def notices_of(world, user: str) -> list[Notice]:
    account = world.account(user)
    with world.database.system("test") as session:
        return list(session.scalars(select(Notice).where(Notice.user_id == account.id).order_by(Notice.id)))


def rows(world) -> list[Delivery]:
    with world.database.system("test") as session:
        return list(session.scalars(select(Delivery).order_by(Delivery.id)))


def say(world, text: str, user: str = f"clerk.{HOME}") -> int:
    number = register(world, 1)[0]
    assert world.browser(user).post(f"{LIST}{number}/comment", {"text": text}).status_code == 302
    return number


class Mailbox(socketserver.StreamRequestHandler):
    """As much of an SMTP server as a message needs."""

    box: list[str]

    def handle(self):
        self.wfile.write(b"220 test\r\n")
        while line := self.rfile.readline():
            verb = line[:4].upper()
            if verb == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                text = b""
                while (part := self.rfile.readline()) != b".\r\n":
                    text += part
                self.box.append(text.decode())
            if verb == b"QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            self.wfile.write(b"250 ok\r\n")


class Hook(http.server.BaseHTTPRequestHandler):
    """Receives webhooks; answers what it is told to."""

    got: list[tuple[dict, bytes]]
    answer = 200

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.got.append((dict(self.headers), body))
        self.send_response(self.answer)
        self.send_header("Location", "http://127.0.0.1:1/")
        self.end_headers()

    def log_message(self, *args):
        pass


def serving(server):
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


@pytest.fixture
def mailbox(world, monkeypatch):
    handler = type("Box", (Mailbox,), {"box": []})
    server = serving(socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler))
    port = server.server_address[1]
    change(world, monkeypatch, smtp_url=f"smtp://127.0.0.1:{port}", mail_from="khet@example.go.th")
    yield handler.box
    server.shutdown()
    server.server_close()


@pytest.fixture
def hook(world, monkeypatch):
    handler = type("Got", (Hook,), {"got": [], "answer": 200})
    server = serving(http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler))
    change(world, monkeypatch, webhook_local=True)
    admin = world.browser(f"admin.{HOME}")
    url = f"http://127.0.0.1:{server.server_address[1]}/in?x=1"
    made = admin.submit("/webhooks/new", name="ศูนย์", url=url, topics=["core.mentioned"], active="y")
    assert made.status_code == 302, admin.errors()
    admin.get(made.location)
    assert "Somebody mentions me" in admin.text, "what it hears of stands on its page"
    yield handler
    server.shutdown()
    server.server_close()


def change(world, monkeypatch, **values):
    import dataclasses

    monkeypatch.setattr(world.khet, "settings", dataclasses.replace(world.khet.settings, **values))


def address(world, user: str, mail: str) -> None:
    world.owner(f"update ab_user set mail_address = '{mail}' where username = '{user}'")


def choose(world, user: str, **choices) -> None:
    with world.session(user.rpartition(".")[2]) as session:
        personal.prefer(session, world.account(user).id, **choices)


def test_a_mentioned_colleague_is_told_in_their_own_language(world):
    number = say(world, f"ช่วยดูด้วย @director.{HOME} ครับ")
    (notice,) = notices_of(world, f"director.{HOME}")
    assert "กล่าวถึงในความเห็น" in notice.label
    assert (notice.record_id, notice.view) == (number, "IncomingView")
    director = world.browser(f"director.{HOME}", "th")
    director.get("/notices/")
    assert f"{LIST}{number}" in director.tree.xpath("//a/@href")
    director.get(f"{LIST}{number}")
    assert "ช่วยดูด้วย" in director.text


def test_opening_the_record_reads_its_notices(world):
    number = say(world, f"@director.{HOME}")
    director = world.browser(f"director.{HOME}")
    director.get("/")
    assert director.tree.xpath("//a[contains(@class,'bell')]/span[contains(@class,'count')]/text()") == ["1"]
    assert director.post("/recent/", {"view": "IncomingView", "id": str(number)}).status_code == 201
    director.get("/")
    assert director.tree.xpath("//a[contains(@class,'bell')]/span[contains(@class,'count')]") == []
    assert str(number) in "".join(director.tree.xpath("//section[h2[text()='Opened lately']]//a/@href"))


def test_nobody_is_told_of_a_record_they_may_not_read(world):
    say(world, f"@school.{HOME} @clerk.{OTHER} @nobody.{HOME} @clerk.{HOME}")
    for user in (f"school.{HOME}", f"clerk.{OTHER}", f"clerk.{HOME}"):
        assert notices_of(world, user) == [], user


def test_nobody_is_told_of_a_page_that_is_another_s_alone(world):
    """Who works at the same unit holds the same right; what was given to one officer opens to that one."""
    (number,) = register(world, 1)
    director = world.account(f"director.{HOME}").id
    world.browser(f"clerk.{HOME}").submit(f"{LIST}bulk/assign?ids={number}", officers=[str(director)], task="ช่วยดู")
    browser = world.browser(f"director.{HOME}")
    given = world.count("saraban_assignment", f"letter_id = {number} and user_id = {director}")
    assert given == 1
    browser.get("/saraban/assignments/")
    (own,) = browser.tree.xpath("//tbody/tr/@data-id")
    said = browser.post(f"/saraban/assignments/{own}/comment", {"text": f"@clerk.{HOME} @secret.{HOME} เห็นด้วยไหม"})
    assert said.status_code == 302
    for user in (f"clerk.{HOME}", f"secret.{HOME}"):
        assert world.browser(user).get(f"/saraban/assignments/{own}").status_code != 200
        assert [one for one in notices_of(world, user) if one.view == "AssignmentView"] == [], user


def test_a_secret_paper_is_mentioned_to_its_named_readers_alone(world):
    secret = world.account(f"secret.{HOME}")
    director = world.account(f"director.{HOME}")
    with world.session(HOME, f"secret.{HOME}") as session:
        clerk = saraban.Clerk(secret.id, "ลับ", 3)
        values = letter(subject="ความลับสุดยอด", secrecy=2)
        number = saraban.register_incoming(session, world_unit(session), values, clerk=clerk, today=today()).id
    browser = world.browser(f"secret.{HOME}")
    assert browser.post(f"{LIST}{number}/comment", {"text": f"@director.{HOME}"}).status_code == 302
    assert notices_of(world, f"director.{HOME}") == [], "cleared, but not named"
    with world.session(HOME, f"secret.{HOME}") as session:
        from core.records.files.models import SecretReader

        session.add(SecretReader(kind="saraban_incoming", record_id=number, user_id=director.id))
    browser.post(f"{LIST}{number}/comment", {"text": f"@director.{HOME}"})
    world.browser(f"director.{HOME}").get("/")
    with world.session(HOME, f"director.{HOME}") as session:
        (notice,) = session.scalars(select(Notice).where(Notice.user_id == director.id)).all()
        assert "ความลับสุดยอด" not in notice.label
    with world.session(HOME, f"clerk.{HOME}") as session:
        assert session.scalars(select(Notice).where(Notice.user_id == director.id)).all() == []


def world_unit(session) -> int:
    from core.platform.masterdata.models import Unit

    return session.scalars(select(Unit.id).where(Unit.kind == "office")).one()


def test_an_empty_or_endless_comment_is_refused_and_kept_typed(world):
    number = register(world, 1)[0]
    browser = world.browser(f"clerk.{HOME}")
    assert browser.post(f"{LIST}{number}/comment", {"text": "  "}).status_code == 422
    assert "Write something first" in browser.text
    gone = browser.post(f"{LIST}{number}/comment", {"text": "", "files": "999999"})
    assert gone.status_code == 422, "a file that is no longer there says nothing either"
    long = browser.post(f"{LIST}{number}/comment", {"text": "ยาว" * 200})
    assert long.status_code == 422
    assert "ยาวยาวยาว" in browser.tree.xpath("//textarea")[0].text
    assert world.count("core_timeline", "action = 'core.comment.written'") == 0


def upload(browser, name: str) -> int:
    """A PDF of that name, waiting for its form."""
    answer = browser.post("/uploads/", {"file": (io.BytesIO(real_pdf()), name)}, content_type="multipart/form-data")
    return answer.get_json()["id"]


def test_a_comment_may_bring_files_which_colleagues_download(world):
    number = register(world, 1)[0]
    browser = world.browser(f"clerk.{HOME}")
    file = upload(browser, "ใบตอบรับ.pdf")
    assert browser.post(f"{LIST}{number}/comment", {"files": str(file)}).status_code == 302
    page = world.browser(f"director.{HOME}")
    page.get(f"{LIST}{number}")
    assert "ใบตอบรับ.pdf" in page.text
    assert page.get(f"{LIST}{number}/files/{file}").status_code == 200
    assert world.browser(f"clerk.{OTHER}").get(f"{LIST}{number}/files/{file}").status_code == 404


def test_a_refused_comment_keeps_its_files_and_another_users_upload_is_not_taken(world):
    number = register(world, 1)[0]
    mine, theirs = world.browser(f"clerk.{HOME}"), world.browser(f"director.{HOME}")
    file, foreign = upload(mine, "ของฉัน.pdf"), upload(theirs, "ของเขา.pdf")
    refused = mine.post(f"{LIST}{number}/comment", {"text": "ยาว" * 200, "files": [str(file), str(foreign)]})
    assert refused.status_code == 422
    assert mine.tree.xpath("//input[@name='files']/@value") == [str(file)]
    assert mine.post(f"{LIST}{number}/comment", {"text": "ดู", "files": [str(file), str(foreign)]}).status_code == 302
    assert world.count("core_attachment", f"record_id = {number}") == 1


def test_a_file_said_on_a_secret_paper_is_as_secret(world):
    account = world.account(f"secret.{HOME}")
    with world.session(HOME, f"secret.{HOME}") as session:
        values = letter(subject="ลับ", secrecy=2)
        number = saraban.register_incoming(
            session, world_unit(session), values, clerk=saraban.Clerk(account.id, "ลับ", 3), today=today()
        ).id
    browser = world.browser(f"secret.{HOME}")
    file = upload(browser, "ลับมาก.pdf")
    assert browser.post(f"{LIST}{number}/comment", {"text": "แนบ", "files": str(file)}).status_code == 302
    assert world.browser(f"director.{HOME}").get(f"{LIST}{number}/files/{file}").status_code == 404
    admin = world.browser(f"admin.{HOME}")
    admin.get("/timeline/")
    assert "ลับมาก.pdf" not in admin.text


def test_e_mail_leaves_after_the_commit_to_who_chose_it(world, mailbox):
    address(world, f"director.{HOME}", "director@example.go.th")
    choose(world, f"director.{HOME}", notices={"core.mentioned": "mail"})
    say(world, f"@director.{HOME} @groupdirector.{HOME}")
    assert mailbox == [], "a request sends nothing"
    assert delivery.send_due(world.app) == 1
    assert len(mailbox) == 1
    assert "To: director@example.go.th" in mailbox[0]
    assert delivery.send_due(world.app) == 0, "once"


def test_a_change_that_is_rolled_back_tells_nobody(world, mailbox):
    address(world, f"director.{HOME}", "director@example.go.th")
    choose(world, f"director.{HOME}", notices={"core.mentioned": "mail"})
    number = register(world, 1)[0]
    with pytest.raises(RuntimeError), world.session(HOME, f"clerk.{HOME}") as session:
        account = services.account(session, world.account(f"director.{HOME}").id)
        services.notify(session, account, "core.mentioned", "x", session.get(IncomingLetter, number), "IncomingView")
        raise RuntimeError
    assert rows(world) == []
    assert delivery.send_due(world.app) == 0


def test_the_digest_is_one_mail_with_everything(world, mailbox):
    address(world, f"director.{HOME}", "director@example.go.th")
    choose(world, f"director.{HOME}", notices={"core.mentioned": "digest"}, digest="08:00")
    for _n in range(3):
        say(world, f"@director.{HOME}")
    assert delivery.send_due(world.app) == 0, "not before the hour"
    world.owner("update core_delivery set not_before = '2020-01-01 00:00:00'")
    assert delivery.send_due(world.app) == 3
    assert len(mailbox) == 1


def test_not_at_all_means_not_at_all(world):
    choose(world, f"director.{HOME}", notices={"core.mentioned": "off"})
    say(world, f"@director.{HOME}")
    assert notices_of(world, f"director.{HOME}") == []


@pytest.mark.parametrize(
    ("hour", "quiet", "expected"),
    [
        (21, ["20:00", "06:00"], (22, 6)),
        (3, ["20:00", "06:00"], (21, 6)),
        (12, ["20:00", "06:00"], (21, 12)),
        (13, ["12:00", "14:30"], (21, 14)),
        (12, None, (21, 12)),
    ],
)
def test_quiet_hours_are_bangkok_s_and_go_over_midnight(hour, quiet, expected):
    from core.base.text.thai import BANGKOK

    now = datetime(2026, 11, 21, hour, 10, tzinfo=BANGKOK).astimezone(UTC)
    after = services.after_quiet(now, quiet).astimezone(BANGKOK)
    assert (after.day, after.hour) == expected


def test_choices_are_made_on_a_page_and_kept(world):
    browser = world.browser(f"clerk.{HOME}")
    typed = {"topic-core.mentioned": "mail", "topic-saraban.assigned": "off", "quiet_from": "20.00", "quiet_to": "6.30"}
    assert browser.submit("/notices/choices", **typed, digest="0745").status_code == 302
    browser.get("/notices/choices")
    fields = browser.fields()
    assert fields["topic-core.mentioned"] == ["mail"]
    assert (fields["quiet_to"], fields["digest"]) == (["06.30"], ["07.45"])
    assert browser.submit("/notices/choices", digest="25.00").status_code == 422


def test_a_mail_server_that_is_down_is_tried_again_and_given_up(world, monkeypatch):
    change(world, monkeypatch, smtp_url="smtp://127.0.0.1:9", mail_from="khet@example.go.th")
    address(world, f"director.{HOME}", "director@example.go.th")
    choose(world, f"director.{HOME}", notices={"core.mentioned": "mail"})
    say(world, f"@director.{HOME}")
    assert delivery.send_due(world.app) == 0
    (row,) = rows(world)
    assert (row.state, row.attempts) == ("waiting", 1)
    assert row.not_before > datetime.now(UTC)
    for _n in range(delivery.MOST_ATTEMPTS):
        world.owner("update core_delivery set not_before = '2020-01-01 00:00:00'")
        delivery.send_due(world.app)
    assert rows(world)[0].state == "failed"


def test_a_sender_that_dies_leaves_the_message_to_the_next(world, mailbox):
    address(world, f"director.{HOME}", "director@example.go.th")
    choose(world, f"director.{HOME}", notices={"core.mentioned": "mail"})
    say(world, f"@director.{HOME}")
    assert len(delivery._claim(world.app, "mail")) == 1  # and then it dies
    assert delivery.send_due(world.app) == 0, "leased"
    world.owner("update core_delivery set lease_until = '2020-01-01 00:00:00'")
    assert delivery.send_due(world.app) == 1


def test_a_webhook_is_signed_and_says_nothing_that_who_keeps_it_may_not_read(world, hook):
    """The administrator may not open the letter: its subject, who wrote and who is meant are not sent."""
    number = say(world, f"@director.{HOME}")
    assert delivery.send_due(world.app) == 1
    ((headers, body),) = hook.got
    with world.session() as session:
        key = session.scalars(select(Webhook)).one().signing_key
    assert headers["X-Khet-Signature"] == "sha256=" + hmac.new(key.encode(), body, hashlib.sha256).hexdigest()
    said = json.loads(body)
    assert said.pop("at").startswith(f"{datetime.now(UTC):%Y-%m-}")
    assert said == {"topic": "core.mentioned", "record": ["saraban_incoming", number]}
    assert world.browser(f"admin.{HOME}").get(f"{LIST}{number}").status_code in (403, 404)


def test_a_webhook_hears_its_own_district_and_its_topics_alone(world, hook):
    number = world.session
    browser = world.browser(f"clerk.{OTHER}")
    with world.session(OTHER) as session:
        number = session.scalars(select(IncomingLetter.id).where(IncomingLetter.secrecy == 0)).first()
    browser.post(f"{LIST}{number}/comment", {"text": f"@director.{OTHER}"})
    assert delivery.send_due(world.app) == 0
    assert hook.got == []


def test_a_redirect_is_not_followed(world, hook):
    hook.answer = 302
    say(world, f"@director.{HOME}")
    assert delivery.send_due(world.app) == 0
    assert rows(world)[0].state == "waiting"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "10.0.0.5", "169.254.169.254", "[::1]", "192.168.1.1"])
def test_a_webhook_cannot_reach_inside(host):
    with pytest.raises((NotSent, OSError)):
        webhook.public_address(host.strip("[]"), 443)


@pytest.mark.parametrize(
    "url", ["http://example.go.th/", "ftp://example.go.th/", "https://u:p@example.go.th/", "https:///x"]
)
def test_an_address_that_is_no_plain_https_is_refused_at_its_field(world, url):
    admin = world.browser(f"admin.{HOME}")
    assert admin.submit("/webhooks/new", name="x", url=url, active="y").status_code == 422
    assert any("https://" in error for error in admin.errors())


def test_a_module_that_is_off_is_silent_and_its_choices_are_kept(world):
    from core.plugins import switches

    choose(world, f"director.{HOME}", notices={"saraban.assigned": "off"})
    say(world, f"@director.{HOME}")
    director = world.browser(f"director.{HOME}")
    with world.session() as session:
        switches.switch(session, world.khet.switchboard, "saraban", on=False)
    director.get("/notices/")
    assert "No notice yet" in director.text
    assert director.tree.xpath("//a[contains(@class,'bell')]/span[contains(@class,'count')]") == []
    director.get("/notices/choices")
    assert "A letter is given to me" not in director.text
    assert director.submit("/notices/choices", **{"topic-core.mentioned": "page"}).status_code == 302
    with world.session() as session:
        kept = personal.preferences(session, world.account(f"director.{HOME}").id)["notices"]
    assert kept.pop("saraban.assigned") == "off"
    on = {topic.key for owner, topic in world.khet.registry.topics if topic.personal and owner != "saraban"}
    assert set(kept) == on
    assert {"core.mentioned", "service_request.asked"} <= on
    assert set(kept.values()) == {"page"}
