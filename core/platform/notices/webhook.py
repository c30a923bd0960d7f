"""A webhook: which addresses may be written to, and the signed request."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import ipaddress
import re
import socket
import ssl
from typing import Any
from urllib.parse import SplitResult, quote, urlsplit

from flask_babel import gettext as _

from core.base.errors import RuleError
from core.platform.notices.errors import NotSent
from core.platform.notices.limits import CONNECT, SILENT, Deadline

#: carry addresses of other networks inside them: what they reach is not what they look like
_CARRIERS = [
    ipaddress.ip_network(net)
    for net in ("::/96", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "fec0::/10", "192.88.99.0/24")
]
_NO_URL = re.compile(r"[\s\x00-\x1f\x7f\\]")
HTTPS, HTTP = 443, 80


def is_public(address: str) -> bool:
    """Whether an IP address lies on the public network and stands for no other."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    carried = any(found.version == net.version and found in net for net in _CARRIERS)
    return found.is_global and not (carried or found.is_multicast or found.is_reserved or found.is_unspecified)


def check_url(url: str, *, local: bool) -> None:
    """Raises RuleError (field url) for what no message can be sent to.

    `local`: the operator allows plain http and addresses inside the network.
    """
    wrong = RuleError(_("The address begins with https:// and holds no password."), field="url")
    try:
        parts = urlsplit(url)
        host, port = _host(parts), parts.port
    except ValueError:  # brackets, a port that is no number or too high, a name that no name server knows
        raise RuleError(_("This is no address of a web server: %(url)s", url=url[:80]), field="url") from None
    if parts.scheme not in (("https", "http") if local else ("https",)) or not host or parts.username is not None:
        raise wrong
    if _NO_URL.search(url) or port == 0:
        raise RuleError(_("This is no address of a web server: %(url)s", url=url[:80]), field="url")
    if (
        not local
        and _is_number(host)
        and not is_public(socket.inet_ntoa(socket.inet_aton(host)) if ":" not in host else host)
    ):
        raise RuleError(_("A webhook reaches public addresses only."), field="url")
    if not local and (host == "localhost" or host.endswith((".localhost", ".local", ".internal"))):
        raise RuleError(_("A webhook reaches public addresses only."), field="url")


def _host(parts: SplitResult) -> str:
    """The host as name servers know it. Raises ValueError for a name that is none."""
    name = parts.hostname or ""
    return name if ":" in name else name.rstrip(".").encode("idna").decode()


def host_of(url: str) -> str:
    """The host of a kept webhook, as its messages are counted by. Raises ValueError for what is no address."""
    parts = urlsplit(url)
    _port = parts.port  # a ValueError where it is none
    return _host(parts).lower()


def _is_number(host: str) -> bool:
    """Whether a host is an IP address in any of the ways that resolvers understand (127.1, 0x7f.1, 2130706433)."""
    if ":" in host:
        return True
    try:
        socket.inet_aton(host)
    except OSError:
        return False
    return True


def public_address(host: str, port: int) -> str:
    """An address of `host` that is on the public network. Raises NotSent: a webhook must not reach inside."""
    found = {str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    if not found or not all(is_public(address) for address in found):
        raise NotSent(_("Its address does not lie on the public network."))
    return sorted(found)[0]


class _Connection(http.client.HTTPConnection):
    """Connects to the address that was checked, so that a second look-up cannot lead elsewhere, within the limits."""

    def __init__(self, host: str, port: int, address: str, deadline: Deadline, *, tls: bool) -> None:
        super().__init__(host, port, timeout=SILENT)
        self.address, self.deadline, self.tls = address, deadline, tls
        self.default_port = HTTPS if tls else HTTP  # else the port would stand in the Host header

    def connect(self) -> None:
        connection: Any = socket.create_connection((self.address, self.port), CONNECT)
        self.sock = self.deadline.hold(connection)
        if self.tls:
            self.sock = ssl.create_default_context().wrap_socket(connection, server_hostname=self.host)
        self.sock.settimeout(SILENT)


def post(url: str, signing_key: str, delivery_id: int, body: bytes, *, local: bool) -> None:
    """Send one message. Raises NotSent, OSError or an HTTPException where the receiver did not take it."""
    parts = urlsplit(url)
    tls = parts.scheme == "https"
    host, port = _host(parts), parts.port or (HTTPS if tls else HTTP)
    signature = hmac.new(signing_key.encode(), body, hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": "application/json; charset=utf-8", "X-Khet-Delivery": str(delivery_id),
        "X-Khet-Signature": f"sha256={signature}",
    }  # fmt: skip
    target = quote(parts.path or "/", safe="/%:@!$&'()*+,;=-._~")
    if parts.query:
        target += "?" + quote(parts.query, safe="/?%:@!$&'()*+,;=-._~")
    address = host if local else public_address(host, port)
    with Deadline() as deadline:
        connection = _Connection(host, port, address, deadline, tls=tls)
        try:
            connection.request("POST", target, body, headers)
            answer = connection.getresponse()
            answer.read(1024)
            if answer.status >= 300:  # a redirect is not followed: it could lead inside
                raise NotSent(_("It answers with status %(status)s.", status=answer.status))
        finally:
            connection.close()
