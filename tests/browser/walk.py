"""Every page that shows HTML, by the account it belongs to; read from the registry, so a new page is visited."""

from __future__ import annotations

from typing import Any

from tests.core.doors import doors, samples, url
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


def pages(world: World, user: str, shared: bool = False) -> list[str]:
    """Addresses of the HTML pages that this user can open: all (`shared`), or the first and what nobody before them opens."""
    ids = samples(world, HOME)
    earlier = [] if shared else [world.browser(name) for name in USERS[: USERS.index(user)]]
    browser = world.browser(user)
    found = []
    for door in doors("GET"):
        if door.endpoint in ("LoginView.login", "SetupView.start"):
            continue
        address = url(world, door, ids)
        if not shows(browser, address):
            continue
        if address == "/" or not any(shows(one, address) for one in earlier):
            found.append(address)
    return [*found, *MORE.get(user, ())]


def shows(browser: Any, address: str) -> bool:
    """Whether a signed-in browser gets a page there."""
    answer = browser.get(address)
    return bool(answer.status_code == 200 and answer.mimetype == "text/html")
