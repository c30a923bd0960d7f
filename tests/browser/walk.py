"""Every page that shows HTML, by the account it belongs to; read from the registry, so a new page is visited."""

from __future__ import annotations

from typing import Any

from tests.core.doors import doors, samples, url
from tests.support import HOME, World

#: accounts that together open every page
USERS = (f"admin.{HOME}", f"clerk.{HOME}", f"secret.{HOME}", "obec")
#: shapes and states of lists besides their first page
MORE = {
    f"clerk.{HOME}": (
        "/saraban/incoming/?as=kanban", "/saraban/incoming/?as=calendar", "/saraban/incoming/?as=pivot",
        "/saraban/incoming/?as=chart&group=sender", "/saraban/incoming/?group=month",
        "/saraban/incoming/?q=ไม่มีเรื่องนี้", "/saraban/incoming/?from=ผิด&speed=1&density=compact",
        "/search/?q=นาแห้ว", "/no-such-page",
    ),
}  # fmt: skip


def pages(world: World, user: str) -> list[str]:
    """Addresses of the HTML pages that this user can open."""
    ids = samples(world, HOME)
    browser = world.browser(user)
    found = []
    for door in doors("GET"):
        if door.endpoint in ("LoginView.login", "SetupView.start"):
            continue
        answer: Any = browser.get(url(world, door, ids))
        if answer.status_code == 200 and answer.mimetype == "text/html":
            found.append(url(world, door, ids))
    return [*found, *MORE.get(user, ())]
