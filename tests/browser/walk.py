"""Every page that shows HTML, by the account it belongs to; read from the registry, so a new page is visited."""

from __future__ import annotations

from typing import Any

from tests.core.doors import Door, doors, holds, samples, url
from tests.support import HOME, World

#: accounts that together open every page
USERS = (
    f"admin.{HOME}", f"clerk.{HOME}", f"secret.{HOME}", f"groupclerk.{HOME}", f"groupdirector.{HOME}",
    f"supervisor.{HOME}", "obec",
)  # fmt: skip
#: shapes and states of lists besides their first page
MORE = {
    f"clerk.{HOME}": (
        "/saraban/incoming/?as=kanban", "/saraban/incoming/?as=calendar", "/saraban/incoming/?as=pivot",
        "/saraban/incoming/?as=chart&group=sender", "/saraban/incoming/?group=month",
        "/saraban/incoming/?q=ไม่มีเรื่องนี้", "/saraban/incoming/?from=ผิด&speed=1&density=compact",
        "/search/?q=นาแห้ว", "/no-such-page",
    ),
}  # fmt: skip


def addresses(world: World) -> list[tuple[Door, str]]:
    """Every door that is read and its address, with a sample of every kind of record made for it."""
    ids = samples(world, HOME)
    read = (door for door in doors("GET") if door.endpoint not in ("LoginView.login", "SetupView.start"))
    return [(door, url(world, door, ids)) for door in read]


def pages_by_user(world: World) -> dict[str, list[str]]:
    """Every page that shows HTML, under the first of USERS who can open it; everybody's own home page besides."""
    browsers = {name: world.browser(name) for name in USERS}
    found: dict[str, list[str]] = {name: ["/"] for name in USERS}
    for door, address in addresses(world):
        first = next((name for name in _likely(door) if shows(browsers[name], address)), None)
        if first is not None and address != "/":
            found[first].append(address)
    return {name: [*own, *MORE.get(name, ())] for name, own in found.items()}


def _likely(door: Door) -> list[str]:
    """USERS, those of the district first whose roles give the door's right."""
    own = [user for user in USERS if user.endswith(HOME) and door.verb and holds(user, door.view.resource, door.verb)]
    return own + [user for user in USERS if user not in own]


def shows(browser: Any, address: str) -> bool:
    """Whether a signed-in browser gets a page there."""
    return bool(browser.opens(address) and browser.page.mimetype == "text/html")
