"""Photographs every page, on a desktop and on a phone, light and dark, into a folder.

    uv run python docs/screenshots.py [FOLDER]        every page (default: build/screenshots)
    uv run python docs/screenshots.py --readme        the few that the README shows, into docs/screenshots

Serves a fresh demo on a free port for the time of the run; needs Debian's chromium.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import waitress
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import select

from core.base.config import Settings
from core.ops import cli
from core.ops.application import create_app
from core.ops.demo import load as demo
from core.plugins import migrate
from core.storage.base import utc_now

ROOT = Path(__file__).resolve().parent.parent
DESKTOP, PHONE = {"width": 1280, "height": 860}, {"width": 390, "height": 800}
#: account → extra addresses besides the pages of the registry
MORE = {
    "clerk.loei3": (
        "/saraban/incoming/?as=kanban", "/saraban/incoming/?as=calendar", "/saraban/incoming/?as=pivot&columns=speed",
        "/saraban/incoming/?as=chart&group=sender", 
        "/saraban/incoming/?speed=1&cols=number,sender,subject,state,action", "/search/?q=นาแห้ว", "/nothing-here",
    ),
}  # fmt: skip
README = {
    "home": ("clerk.loei3", "/", DESKTOP), "register": ("clerk.loei3", "/saraban/incoming/", DESKTOP),
    "intake": ("clerk.loei3", "/saraban/incoming/new", DESKTOP), "letter": ("clerk.loei3", "RECORD", DESKTOP),
    "board": ("clerk.loei3", "/saraban/incoming/?as=kanban", DESKTOP),
    "pivot": ("clerk.loei3", "/saraban/incoming/?as=pivot&rows=month&columns=speed", DESKTOP),
    "services": ("groupdirector.loei3", "/services/requests/", DESKTOP),
    "scan": ("clerk.loei3", "SCAN", DESKTOP), "phone": ("clerk.loei3", "/", PHONE),
}  # fmt: skip


def installation(folder: Path) -> Any:
    """A demo of one district in `folder`, with something overdue and a few notices."""
    url = f"sqlite:///{(folder / 'khet.sqlite3').as_posix()}"
    app = create_app(Settings(folder, url, url, url, secret_key="screenshots"), guests=False)  # noqa: S106
    khet = app.extensions["khet"]
    migrate.upgrade(khet.database.owner_engine(), khet.registry)
    with app.test_request_context():
        cli._sync(khet)
        demo.load(khet.database, khet.registry, letters=700, areas=("loei3",))
    with khet.database.system("screenshots", write=True) as session:
        from core.platform.worklist.models import WorklistRow

        for item in session.scalars(select(WorklistRow).order_by(WorklistRow.id.desc()).limit(2)):
            item.due_at = utc_now() - timedelta(hours=20)
    return app


def addresses(app: Any, user: str) -> list[str]:
    """Pages without an argument in their address, and the first record of each list."""
    found = []
    for rule in app.url_map.iter_rules():
        view = app.extensions["khet"].view_of(rule.endpoint)
        if view is not None and "GET" in (rule.methods or ()) and not rule.arguments:
            found.append(str(rule))
    return sorted(found) + list(MORE.get(user, ()))


def sign_in(browser: Browser, base: str, user: str, size: Any, theme: str = "light") -> Any:
    """A page of a signed-in user, in Thai."""
    page = browser.new_context(base_url=base, viewport=size, color_scheme=theme).new_page()
    page.goto("/login/")
    page.fill("#username", user)
    page.fill("#password", "khet-demo")
    page.click(".form-card button[type=submit]")
    page.wait_for_selector("#nav", state="attached")
    return page


#: a made-up letter, for the pictures of scan intake
PAPER = """
#set text(font: "Khet Sarabun", size: 16pt, lang: "th")
#set page(paper: "a4", margin: (left: 3cm, right: 2cm, top: 3cm))
#grid(columns: (1fr, 7cm), [ที่ ลย ๐๐๑๗/๒๓๔], [ศาลากลางจังหวัดเลย \\ ถนนสมมติ ลย ๔๒๐๐๐])
#v(8pt) #h(7cm) ๑๔ ตุลาคม ๒๕๖๙
#v(8pt) เรื่อง #h(8pt) ขอความอนุเคราะห์วิทยากร
#v(8pt) เรียน #h(8pt) ผู้อำนวยการสำนักงานเขตพื้นที่การศึกษา
#v(8pt) #h(2.5cm) ด้วยจังหวัดกำหนดจัดอบรมครู จึงขอความอนุเคราะห์วิทยากร จึงเรียนมาเพื่อโปรดพิจารณา
"""


def stack(page: Any) -> str:
    """Take in a scanned letter; the address of the form beside its picture."""
    from core.platform.documents import typeset

    made = typeset.compile(PAPER.encode(), "{}", "pdf")
    page.goto("/saraban/scans/new")
    file = {"name": "scan.pdf", "mimeType": "application/pdf", "buffer": made}
    page.set_input_files("input[type=file]:not([capture])", file)
    page.wait_for_selector(".drop li input[type=hidden]", state="attached")
    page.keyboard.press("Control+s")
    page.wait_for_url(re.compile(r"/scans/\d+"))
    while not page.locator(".piece a.btn").count():
        page.wait_for_timeout(500)
        page.reload()
    return str(page.get_attribute(".piece a.btn", "href"))


def find(page: Any, address: str) -> str:
    """The address behind RECORD (the newest letter) and SCAN (a scanned one)."""
    if address == "SCAN":
        return stack(page)
    if address == "RECORD":
        page.goto("/saraban/incoming/")
        return str(page.get_attribute("tbody a", "href"))
    return address


def every_page(browser: Browser, base: str, app: Any, folder: Path) -> int:
    """All of them; returns how many pictures were taken."""
    taken = 0
    for user in ("admin.loei3", "clerk.loei3", "groupclerk.loei3", "groupdirector.loei3", "supervisor.loei3", "obec"):
        for name, size, theme in (("desktop", DESKTOP, "light"), ("phone", PHONE, "light"), ("dark", DESKTOP, "dark")):
            page = sign_in(browser, base, user, size, theme)
            for address in addresses(app, user):
                answer = page.request.get(address)
                if "text/html" not in answer.headers.get("content-type", "") or answer.status in (401, 403):
                    continue
                if answer.status == 404 and address != "/nothing-here":
                    continue
                page.goto(address)
                for link in (
                    None,
                    page.get_attribute("tbody td a", "href") if page.locator("tbody td a").count() else None,
                ):
                    if link:
                        page.goto(link)
                    shot = re.sub(r"[^\w]+", "-", (link or address).strip("/")) or "home"
                    page.screenshot(path=folder / name / f"{user.partition('.')[0]}-{shot[:80]}.png", full_page=True)
                    taken += 1
            page.context.close()
    return taken


def main() -> None:
    """Serve, photograph, stop."""
    readme = "--readme" in sys.argv
    words = [word for word in sys.argv[1:] if not word.startswith("--")]
    folder = ROOT / "docs" / "screenshots" if readme else Path(words[0] if words else ROOT / "build" / "screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as data:
        app = installation(Path(data))
        app.extensions["khet"].queue.start()
        server = waitress.create_server(app, host="127.0.0.1", port=0, threads=4)
        threading.Thread(target=server.run, daemon=True).start()
        base = f"http://127.0.0.1:{server.effective_port}"
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
            if readme:
                for name, (user, address, size) in README.items():
                    page = sign_in(browser, base, user, size)
                    page.goto(find(page, address))
                    page.wait_for_timeout(300)
                    page.screenshot(path=folder / f"{name}.png")
                print(f"{len(README)} pictures in {folder}")
            else:
                print(f"{every_page(browser, base, app, folder)} pictures in {folder}")
            browser.close()
        server.close()
        app.extensions["khet"].queue.stop()
        app.extensions["khet"].database.dispose()


if __name__ == "__main__":
    main()
