"""E-mail and webhooks over TLS: taken where it is offered, and a bad certificate is no message's end."""

from __future__ import annotations

import http.server
import ipaddress
import socketserver
import ssl
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from core.ops import delivery
from core.platform.notices.encryption import unseal
from tests.core.test_notices import change, serving
from tests.core.test_outbox import due_again, put, put_hook, row

LOCAL = "127.0.0.1"


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """A certificate that nobody knows, for this machine, with its key in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, LOCAL)])
    now = datetime.now(UTC)
    cert = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(LOCAL))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file = tmp_path_factory.mktemp("cert") / "own.pem"
    file.write_bytes(pem + cert.public_bytes(serialization.Encoding.PEM))
    return file


def context(file) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(file)
    return made


class Relay(socketserver.StreamRequestHandler):
    """A mail server; `offered`: with which TLS, `got`: (over TLS, verb) of what it was told."""

    offered: ssl.SSLContext | None
    got: list[tuple[bool, bytes]]

    def say(self, text: bytes) -> None:
        self.connection.sendall(text + b"\r\n")

    def handle(self):
        lines, tls = self.rfile, False
        self.say(b"220 relay")
        while line := lines.readline():
            verb = line[:4].upper().strip()
            self.got.append((tls, verb))
            if verb == b"EHLO":
                more = b"STARTTLS" if self.offered and not tls else b"AUTH PLAIN"
                self.say(b"250-relay\r\n250 " + more)
            elif verb == b"STAR":
                self.say(b"220 go on")
                try:
                    self.connection = self.offered.wrap_socket(self.connection, server_side=True)
                except ssl.SSLError:
                    return
                lines, tls = self.connection.makefile("rb"), True
            elif verb == b"AUTH":
                self.say(b"235 ok")
            elif verb == b"DATA":
                self.say(b"354 go on")
                while lines.readline().strip() not in (b".", b""):
                    pass
                self.say(b"250 taken")
            else:
                self.say(b"250 ok")


@pytest.fixture
def relay(own):
    """Makes a relay: its handler and its port."""
    made = []

    def make(offers: bool):
        handler = type("Made", (Relay,), {"got": [], "offered": context(own) if offers else None})
        server = serving(socketserver.ThreadingTCPServer((LOCAL, 0), handler))
        made.append(server)
        return handler, server.server_address[1]

    yield make
    for server in made:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("offers", [True, False])
def test_mail_goes_over_tls_where_a_relay_without_login_offers_it(world, relay, monkeypatch, offers):
    handler, port = relay(offers)
    change(world, monkeypatch, smtp_url=f"smtp://{LOCAL}:{port}", mail_from="khet@example.go.th")
    first = put(world)
    assert delivery.send_due(world.app) == 1
    assert row(world, first).state == "sent"
    assert [tls for tls, verb in handler.got if verb in (b"MAIL", b"RCPT", b"DATA")] == [offers] * 3


def test_a_mail_waits_while_the_certificate_of_a_server_with_login_is_not_good(world, relay, own, monkeypatch):
    handler, port = relay(True)
    change(world, monkeypatch, smtp_url=f"smtp://user:word@{LOCAL}:{port}", mail_from="khet@example.go.th")
    first = put(world)
    assert delivery.send_due(world.app) == 0
    waits = row(world, first)
    assert (waits.state, waits.attempts, unseal(world.khet.settings.secret_key, waits.body)) == ("waiting", 1, "ข้อความ")
    assert waits.error == "ใบรับรองความปลอดภัยของปลายทางไม่ถูกต้อง"
    assert not {b"AUTH", b"MAIL"} & {verb for _tls, verb in handler.got}, "no password and no word before it is proven"
    monkeypatch.setenv("SSL_CERT_FILE", str(own))  # somebody mended it
    due_again(world)
    assert delivery.send_due(world.app) == 1
    assert (row(world, first).state, (True, b"AUTH") in handler.got) == ("sent", True)


def test_a_webhook_waits_while_its_receiver_s_certificate_is_not_good(world, own, monkeypatch):
    change(world, monkeypatch, webhook_local=True)
    server = http.server.ThreadingHTTPServer((LOCAL, 0), http.server.BaseHTTPRequestHandler)
    server.socket = context(own).wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    serving(server)
    hook = put_hook(world, f"https://{LOCAL}:{server.server_address[1]}/in")
    first = put(world, channel="webhook", to=str(hook))
    assert delivery.send_due(world.app) == 0
    server.shutdown()
    server.server_close()
    waits = row(world, first)
    assert (waits.state, unseal(world.khet.settings.secret_key, waits.body)) == ("waiting", "ข้อความ")
    assert waits.error == "ใบรับรองความปลอดภัยของปลายทางไม่ถูกต้อง"


def test_what_was_sealed_with_another_key_waits_for_its_own(world, mailbox_of_today):
    first = put(world, body="gAAAA-of-another-key")
    assert delivery.send_due(world.app) == 0
    assert (row(world, first).state, bool(row(world, first).body)) == ("waiting", True)


def test_what_was_sealed_before_the_key_was_changed_goes_on(world, mailbox_of_today, monkeypatch):
    first, before = put(world), world.khet.settings.secret_key
    due_again(world)
    change(world, monkeypatch, secret_key="n" * 40)
    assert delivery.send_due(world.app) == 0
    due_again(world)
    change(world, monkeypatch, secret_key_old=before)
    assert delivery.send_due(world.app) == 1
    assert row(world, first).state == "sent"


@pytest.fixture
def mailbox_of_today(world, relay, monkeypatch):
    _handler, port = relay(False)
    change(world, monkeypatch, smtp_url=f"smtp://{LOCAL}:{port}", mail_from="khet@example.go.th")


@pytest.mark.parametrize("url", ["https://a..b/", "https://x:99999/", "https://[::1"])
def test_what_is_no_address_is_given_up_at_once(world, url):
    first = put(world, channel="webhook", to=str(put_hook(world, url)))
    assert delivery.send_due(world.app) == 0
    assert (row(world, first).state, row(world, first).body) == ("failed", "")
