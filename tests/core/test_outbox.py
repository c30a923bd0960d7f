"""What leaves the house: each message for itself, within limits, with a link and the words, sealed while it waits."""

from __future__ import annotations

import contextlib
import email
import email.policy
import re
import smtplib
import socket
import socketserver
import ssl
import threading
import time

import pytest
from sqlalchemy import select

from core.base.errors import RuleError
from core.base.text.addresses import mail_address
from core.base.text.thai import today
from core.ops import delivery
from core.platform.notices import limits, mail, webhook
from core.platform.notices.encryption import seal, unseal
from core.platform.notices.models import Delivery, Notice, Webhook
from core.storage.base import utc_now
from plugins.saraban.models.dispatches import Dispatch
from plugins.saraban.work import exchange, registers
from tests.core.test_notices import Mailbox, address, change, choose, hook, mailbox, rows, say, serving
from tests.plugins.saraban.test_exchange import OUT, load, outgoing, send
from tests.support import HOME, letter

__all__ = ["hook", "mailbox"]
SHOP = exchange.Recipient("ร้านค้า", "mail", address="shop@example.com")


def put(world, *, channel: str = "mail", to: str = "director@example.go.th", user: str = "", view: str = "", **more):
    """A message that waits; returns its id."""
    with world.session() as session:
        row = Delivery(
            channel=channel, address=to, topic="core.mentioned", subject="เรื่อง", view=view,
            user_id=world.account(user).id if user else None,
            **{"body": seal(world.khet.settings.secret_key, "ข้อความ"), **more},
        )  # fmt: skip
        session.add(row)
        session.flush()
        return row.id


def put_hook(world, url: str) -> int:
    with world.session() as session:
        made = Webhook(name="ศูนย์", url=url, signing_key="k", topics=[])
        session.add(made)
        session.flush()
        return made.id


def row(world, number: int) -> Delivery:
    return next(one for one in rows(world) if one.id == number)


def due_again(world) -> None:
    world.owner("update core_delivery set not_before = '2020-01-01 00:00:00' where state = 'waiting'")


@pytest.mark.parametrize(
    "bad", ["a@b.c\nBcc: x@example.com", "ไม่ใช่อีเมล", "x@khet.invalid", "", "a@" + "b" * 300 + ".th"]
)
def test_a_bad_address_ends_by_itself_and_stops_nobody(world, mailbox, bad):
    first, second = put(world, to=bad), put(world)
    assert delivery.send_due(world.app) == 1
    assert (row(world, first).state, row(world, second).state) == ("failed", "sent")
    assert len(mailbox) == 1


@pytest.mark.parametrize(
    "url", ["https://a..b/", "https://x:99999/", "https://[::1", "http://127.0.0.1:1/", "https://"]
)
def test_a_webhook_that_was_kept_before_addresses_were_looked_at_stops_nobody(world, hook, url):
    with world.session() as session:
        good = session.scalars(select(Webhook.id)).one()
    first = put(world, channel="webhook", to=str(put_hook(world, url)), body=seal(world.khet.settings.secret_key, "{}"))
    second = put(world, channel="webhook", to=str(good), body=seal(world.khet.settings.secret_key, "{}"))
    assert delivery.send_due(world.app) == 1
    assert row(world, second).state == "sent"
    assert row(world, first).state in ("failed", "waiting")
    assert row(world, first).error


def test_whatever_goes_wrong_with_one_is_its_own_end(world, mailbox, monkeypatch):
    first, second = put(world, to="one@example.go.th"), put(world)
    real = mail.send

    def breaks(settings, made):
        if made["To"] == "one@example.go.th":
            raise RuntimeError("of no kind that anybody thought of")
        real(settings, made)

    monkeypatch.setattr(mail, "send", breaks)
    assert delivery.send_due(world.app) == 1
    assert (row(world, first).state, row(world, first).attempts, row(world, second).state) == ("waiting", 1, "sent")


class Slow(socketserver.StreamRequestHandler):
    """Takes the message and answers a byte now and then, for ever."""

    asked: threading.Event
    go: threading.Event

    def handle(self):
        self.rfile.readline()
        self.asked.set()
        with contextlib.suppress(OSError):
            while not self.go.wait(0.05):
                self.wfile.write(b"H")
                self.wfile.flush()


@pytest.fixture
def slow():
    handler = type("Slow", (Slow,), {"asked": threading.Event(), "go": threading.Event()})
    server = serving(socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler))
    handler.url = f"http://127.0.0.1:{server.server_address[1]}/"
    yield handler
    handler.go.set()
    server.shutdown()
    server.server_close()


def test_a_receiver_that_drips_does_not_hold_a_sender(world, slow, monkeypatch):
    change(world, monkeypatch, webhook_local=True)
    monkeypatch.setattr(limits, "ALTOGETHER", 0.5)
    number = put(world, channel="webhook", to=str(put_hook(world, slow.url)))
    assert delivery.send_due(world.app) == 0
    assert slow.asked.is_set()
    assert (row(world, number).state, "ภายในเวลา" in row(world, number).error) == ("waiting", True)


def test_a_mail_server_that_drips_does_not_hold_a_sender(world, slow, monkeypatch):
    change(world, monkeypatch, smtp_url=slow.url.replace("http", "smtp"), mail_from="khet@example.go.th")
    monkeypatch.setattr(limits, "ALTOGETHER", 0.5)
    monkeypatch.setattr(
        Slow, "handle", lambda self: [self.wfile.write(b"2") for _n in iter(lambda: self.go.wait(0.05), True)]
    )
    number = put(world)
    assert delivery.send_due(world.app) == 0
    assert row(world, number).state == "waiting"


def test_beside_a_slow_receiver_the_others_and_the_mail_go_out(world, hook, mailbox, slow):
    with world.session() as session:
        good = session.scalars(select(Webhook.id)).one()
    held = str(put_hook(world, slow.url))
    stuck = [put(world, channel="webhook", to=held, body=seal(world.khet.settings.secret_key, "{}")) for _n in range(6)]
    others = [put(world, channel="webhook", to=str(good), body=seal(world.khet.settings.secret_key, "{}")), put(world)]
    delivery.Senders(world.app).nudge()
    until = time.monotonic() + 20
    while any(row(world, one).state != "sent" for one in others) and time.monotonic() < until:
        time.sleep(0.05)
    assert [row(world, one).state for one in others] == ["sent", "sent"]
    assert slow.asked.wait(20)
    assert [row(world, one).state for one in stuck] == ["sending"] + ["waiting"] * 5, "one sender at a time"
    slow.go.set()
    until = time.monotonic() + 20
    while row(world, stuck[0]).state == "sending" and time.monotonic() < until:
        time.sleep(0.05)
    states = [row(world, one) for one in stuck]
    assert {one.state for one in states} == {"waiting"}
    assert all(one.not_before > utc_now() for one in states), "who waits for it waits as long"


def test_a_slow_host_with_many_webhooks_leaves_senders_for_the_others(world, hook, slow):
    with world.session() as session:
        good = session.scalars(select(Webhook)).one()
        good.url = good.url.replace("127.0.0.1", "localhost")
    held = [str(put_hook(world, f"{slow.url}{n}")) for n in range(5)]
    stuck = [put(world, channel="webhook", to=one, body=seal(world.khet.settings.secret_key, "{}")) for one in held]
    other = put(world, channel="webhook", to=str(good.id), body=seal(world.khet.settings.secret_key, "{}"))
    delivery.Senders(world.app).nudge()
    until = time.monotonic() + 20
    while row(world, other).state != "sent" and time.monotonic() < until:
        time.sleep(0.05)
    assert row(world, other).state == "sent"
    assert slow.asked.wait(20)
    until = time.monotonic() + 20
    while any(row(world, one).not_before < utc_now() and row(world, one).state == "waiting" for one in stuck):
        assert time.monotonic() < until
        time.sleep(0.05)
    states = [row(world, one) for one in stuck]
    assert [one.state for one in states].count("sending") == delivery.MOST_A_HOST
    assert {one.attempts for one in states if one.state == "waiting"} == {0}, "they were not tried"
    slow.go.set()


def test_the_last_failure_of_a_webhook_is_told_to_who_keeps_it(world):
    number = put(world, channel="webhook", to=str(put_hook(world, "https://127.0.0.1/")))
    for _n in range(delivery.MOST_ATTEMPTS):
        due_again(world)
        delivery.send_due(world.app)
    assert (row(world, number).state, row(world, number).body) == ("failed", "")
    admin = world.browser(f"admin.{HOME}")
    admin.get("/notices/")
    assert "เว็บฮุก ศูนย์ ไม่รับข้อความ" in admin.text
    assert world.count("core_notice", f"topic = '{delivery.UNDELIVERED}'") >= 1
    before = world.count("core_notice")
    put(world, channel="webhook", to=row(world, number).address, attempts=delivery.MOST_ATTEMPTS)
    delivery.send_due(world.app)
    assert world.count("core_notice") == before, "not again before it is read"


def test_the_last_failure_of_a_mail_is_told_in_the_page_to_who_would_have_got_it(world, monkeypatch):
    change(world, monkeypatch, smtp_url="smtp://127.0.0.1:9", mail_from="khet@example.go.th")
    address(world, f"director.{HOME}", "director@example.go.th")
    choose(world, f"director.{HOME}", notices={"core.mentioned": "mail"})
    number = say(world, f"@director.{HOME}")
    world.owner(f"update core_delivery set attempts = {delivery.MOST_ATTEMPTS}")
    delivery.send_due(world.app)
    director = world.browser(f"director.{HOME}", "th")
    director.get("/notices/")
    assert "ส่งอีเมลถึง director@example.go.th ไม่สำเร็จ" in director.text
    with world.session() as session:
        notice = session.scalars(select(Notice).where(Notice.topic == delivery.UNDELIVERED)).one()
    assert (notice.view, notice.record_id) == ("IncomingView", number)


class Refusing(Mailbox):
    def handle(self):
        self.wfile.write(b"220 test\r\n")
        while line := self.rfile.readline():
            self.wfile.write(b"550 no such user\r\n" if line[:4].upper() == b"RCPT" else b"250 ok\r\n")


@pytest.fixture
def refusing(world, monkeypatch):
    server = serving(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Refusing))
    change(world, monkeypatch, smtp_url=f"smtp://127.0.0.1:{server.server_address[1]}", mail_from="khet@example.go.th")
    yield
    server.shutdown()
    server.server_close()


def test_a_letter_whose_mail_is_refused_says_so_to_its_sender_at_once(world, refusing):
    number = outgoing(world)
    (sent,) = send(world, number, [SHOP], public_url="https://khet.example")
    delivery.send_due(world.app)
    one = load(world, Dispatch, sent)
    assert (one.state, one.problem) == ("failed", "เครื่องแม่ข่ายอีเมลไม่รับที่อยู่อีเมลนี้")
    assert world.count("core_notice", "topic = 'saraban.undelivered'") == 1


def test_a_letter_by_mail_is_on_its_way_until_the_mail_is_handed_over(world, mailbox):
    number = outgoing(world)
    (sent,) = send(world, number, [SHOP], public_url="https://khet.example")
    assert load(world, Dispatch, sent).state == "queued"
    assert delivery.send_due(world.app) == 1
    assert load(world, Dispatch, sent).state == "sent"
    assert "https://khet.example/letters/" in text_of(mailbox[0])
    assert "/dispatches/" not in text_of(mailbox[0]), "a stranger gets no link into the house"


def test_without_a_mail_server_a_letter_by_mail_says_that_it_was_not_sent_and_goes_later(world, mailbox, monkeypatch):
    server = world.khet.settings.smtp_url
    change(world, monkeypatch, smtp_url="")
    address(world, f"director.{HOME}", "director@example.go.th")
    choose(world, f"director.{HOME}", notices={"core.mentioned": "mail"})
    say(world, f"@director.{HOME}")
    number = outgoing(world)
    (sent,) = send(world, number, [SHOP], public_url="https://khet.example")
    old = load(world, Dispatch, sent).token
    delivery.send_due(world.app)
    assert (load(world, Dispatch, sent).state, "ยังไม่ได้ตั้งค่า" in load(world, Dispatch, sent).problem) == ("failed", True)
    assert world.count("core_notice", "topic = 'saraban.undelivered'") == 1
    assert [one.state for one in rows(world)] == ["waiting", "failed"], "a notice can wait for the server"
    change(world, monkeypatch, smtp_url=server, public_url="https://khet.example")
    world.owner("delete from core_delivery where state = 'waiting'")
    clerk = world.browser(f"clerk.{HOME}")
    assert clerk.submit(f"{OUT}{number}/resend").status_code == 302, clerk.errors()
    assert delivery.send_due(world.app) == 1
    one = load(world, Dispatch, sent)
    assert (one.state, one.problem) == ("sent", "")
    assert one.token != old, "a link of its own"


def text_of(raw: str) -> str:
    return email.message_from_string(raw, policy=email.policy.default).get_body().get_content()


def test_a_mail_carries_what_mail_servers_ask_for_a_link_and_the_comment_s_words(world, mailbox, monkeypatch):
    change(world, monkeypatch, public_url="https://khet.example.go.th")
    address(world, f"director.{HOME}", "director@example.go.th")
    choose(world, f"director.{HOME}", notices={"core.mentioned": "mail"})
    number = say(world, f"@director.{HOME} ช่วยดูเรื่องงบประมาณ\nก่อนวันศุกร์")
    assert delivery.send_due(world.app) == 1
    found = email.message_from_string(mailbox[0], policy=email.policy.default)
    assert found["Date"].datetime.tzinfo is not None
    assert abs((found["Date"].datetime - utc_now()).total_seconds()) < 600
    assert found["Message-ID"].endswith("@khet.example.go.th>")
    text = found.get_body().get_content()
    assert f"https://khet.example.go.th/saraban/incoming/{number}" in text
    assert "> ก่อนวันศุกร์" in text
    assert "ช่วยดูเรื่องงบประมาณ" in text


def test_the_digest_carries_the_words_and_links_of_each(world, mailbox, monkeypatch):
    change(world, monkeypatch, public_url="https://khet.example.go.th")
    address(world, f"director.{HOME}", "director@example.go.th")
    choose(world, f"director.{HOME}", notices={"core.mentioned": "digest"}, digest="08:00")
    numbers = [say(world, f"@director.{HOME} คำที่ {n}") for n in (1, 2)]
    hidden = say(world, f"@director.{HOME} คำที่ 3")
    world.owner(f"update saraban_incoming set secrecy = 2 where id = {hidden}")
    due_again(world)
    assert delivery.send_due(world.app) == 3
    assert "คำที่ 3" in text_of(mailbox[0])
    assert f"/saraban/incoming/{hidden}" not in text_of(mailbox[0]), "what its reader cannot open any more"
    for at, number in enumerate(numbers, 1):
        assert f"คำที่ {at}" in text_of(mailbox[0])
        assert f"/saraban/incoming/{number}" in text_of(mailbox[0])


def test_words_said_on_a_secret_paper_never_leave_by_mail(world, mailbox):
    account, director = world.account(f"secret.{HOME}"), world.account(f"director.{HOME}")
    address(world, f"director.{HOME}", "director@example.go.th")
    choose(world, f"director.{HOME}", notices={"core.mentioned": "mail"})
    unit = world.unit()
    with world.session(HOME, f"secret.{HOME}") as session:
        from core.records.files.models import SecretReader

        clerk = registers.Clerk(account.id, "ลับ", 3)
        number = registers.register_incoming(
            session, unit, letter(subject="ลับสุดยอด", secrecy=2), clerk=clerk, today=today()
        ).id
        session.add(SecretReader(kind="saraban_incoming", record_id=number, user_id=director.id))
    browser = world.browser(f"secret.{HOME}")
    assert (
        browser.post(f"/saraban/incoming/{number}/comment", {"text": f"@director.{HOME} ความในกระดาษ"}).status_code
        == 302
    )
    assert [one.body for one in rows(world) if one.channel == "mail"] == [""]
    delivery.send_due(world.app)
    for raw in mailbox:
        assert "ความในกระดาษ" not in text_of(raw)
        assert "ลับสุดยอด" not in raw


def test_what_waits_is_sealed_and_what_went_out_is_not_kept(world, mailbox):
    (sent,) = send(world, outgoing(world), [SHOP], public_url="https://khet.example")
    (kept,) = [one.body for one in rows(world)]
    assert "letters" not in kept
    assert "https://khet.example/letters/" in unseal(world.khet.settings.secret_key, kept)
    with pytest.raises(ValueError, match="another"):
        unseal("another key", kept)
    delivery.send_due(world.app)
    assert [one.body for one in rows(world)] == [""]
    assert load(world, Dispatch, sent).state == "sent"


def test_words_from_before_sealing_go_out_as_they_are(world, mailbox):
    put(world, body="คำเดิม")
    assert delivery.send_due(world.app) == 1
    assert "คำเดิม" in text_of(mailbox[0])


@pytest.mark.parametrize(
    "inside",
    [
        "127.0.0.1", "10.0.0.5", "169.254.169.254", "100.64.0.1", "224.0.0.1", "240.0.0.1", "0.0.0.0", "255.255.255.255",
        "192.88.99.1", "::1", "::", "fe80::1", "fe80::1%1", "fc00::1", "fec0::1", "ff02::1", "::ffff:10.0.0.5",
        "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::", "2001:0:7f00:1::", "2001:db8::1",
    ],
)  # fmt: skip
def test_no_range_that_is_not_the_public_network_is_reached(inside):
    assert not webhook.is_public(inside)


def test_public_addresses_are_reached():
    assert webhook.is_public("203.150.1.1")
    assert webhook.is_public("2001:fb0:100::1")


@pytest.mark.parametrize(
    "url",
    [
        "https://[::1", "https://[::1]/", "https://a..b/", "https://x:99999/", "https://x:port/", "https://x:0/",
        "https://127.1/", "https://2130706433/", "https://0x7f.1/", "https://[64:ff9b::1]/", "https://localhost/",
        "https://a b.example/", "https://example.go.th/\nx", "https://" + "a" * 70 + ".th/", "https://u@example.go.th/",
        "https:example.go.th", "https://", "javascript:alert(1)", "",
    ],
)  # fmt: skip
def test_a_webhook_s_address_is_looked_at_when_it_is_typed(world_app, url):
    with world_app.test_request_context(), pytest.raises(RuleError) as refused:
        webhook.check_url(url, local=False)
    assert refused.value.field == "url"


@pytest.fixture
def world_app(standing):
    world, _said = standing("addresses", lambda world: None)
    return world.app


@pytest.mark.parametrize("url", ["https://example.go.th/in?x=1", "https://สพฐ.ไทย/รับ", "https://example.go.th:8443"])
def test_a_good_address_is_taken(world_app, url):
    with world_app.test_request_context():
        webhook.check_url(url, local=False)


def test_a_wrong_address_is_said_at_its_field_with_what_was_typed(world):
    admin = world.browser(f"admin.{HOME}")
    assert admin.submit("/webhooks/new", name="ศูนย์", url="https://[::1", active="y").status_code == 422
    assert any("no address of a web server" in error for error in admin.errors())
    assert admin.fields()["url"] == ["https://[::1"]
    clerk, number = world.browser(f"clerk.{HOME}"), outgoing(world)
    for wrong in ("a@b.c\nBcc: x@y.z", "ร้าน@", "a@@b.th", "x@khet.invalid"):
        typed = {"others-0-name": "ร้าน", "others-0-channel": "mail", "others-0-address": wrong}
        assert clerk.submit(f"{OUT}{number}/send", **typed).status_code == 422, wrong
        assert "no e-mail address" in clerk.text
    assert world.count("saraban_dispatch", f"letter_id = {number}") == 0
    agency = {"name": "อบต.", "mail": "ไม่ใช่"}
    admin.submit("/cooperation/agencies/new", **agency)
    assert admin.page.status_code in (403, 422)


def test_addresses_are_kept_in_one_form():
    assert mail_address(" shop@Example.COM ") == "shop@example.com"
    with pytest.raises(ValueError, match="@"):
        mail_address("ไม่มี")


@pytest.mark.parametrize(
    "error",
    [TimeoutError("x"), ConnectionRefusedError(111, "x"), socket.gaierror(-2, "x"), ssl.SSLError("x"), KeyError("x"),
     smtplib.SMTPServerDisconnected("Connection unexpectedly closed"), webhook.NotSent("ไม่รับ")],
    ids=lambda error: type(error).__name__,
)  # fmt: skip
def test_why_a_message_did_not_go_out_is_no_word_of_the_machine(world, monkeypatch, error):
    """What the keeper of a webhook and the reader of a notice are told stands on a Thai page."""
    monkeypatch.setattr(delivery, "MOST_ATTEMPTS", 1)
    change(world, monkeypatch, webhook_local=True)

    def fails(*_args, **_more):
        raise error

    monkeypatch.setattr(delivery.webhook, "post", fails)
    number = put(world, channel="webhook", to=str(put_hook(world, "http://127.0.0.1:9/")))
    assert delivery.send_due(world.app) == 0
    assert row(world, number).state == "failed"
    assert not re.search("[A-Za-z]{3,} [a-z]{2,}", row(world, number).error), row(world, number).error
    assert re.search("[ก-๙]", row(world, number).error)
