"""What people wait for, in a real browser over a million letters, beside Django's admin on the same database server.

    uv run --with django==5.2.19 python bench/browser.py [--districts 100] [--letters 10000] [--rounds 15]

Both are served by waitress with one process; both lists show 50 letters; both databases hold districts × letters
rows. Django's list shows every district, Khet's clerk sees one: that is how each is used. Quote the ratios.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from playwright.sync_api import Error
from sqlalchemy import make_url, text

from bench.filling import fill_postgres
from bench.number_engine import installation, start_postgres
from core.storage.database import make_engine

DJANGO = '''
import os, sys
from django.conf import settings
settings.configure(
    DEBUG=False, SECRET_KEY="bench", ALLOWED_HOSTS=["*"], ROOT_URLCONF="site_urls", USE_TZ=True, STATIC_URL="/static/",
    INSTALLED_APPS=["django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions",
                    "django.contrib.messages", "django.contrib.staticfiles", "letters"],
    MIDDLEWARE=["django.middleware.security.SecurityMiddleware", "django.contrib.sessions.middleware.SessionMiddleware",
                "django.middleware.common.CommonMiddleware", "django.middleware.csrf.CsrfViewMiddleware",
                "django.contrib.auth.middleware.AuthenticationMiddleware", "django.contrib.messages.middleware.MessageMiddleware"],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True, "OPTIONS": {"context_processors": [
        "django.template.context_processors.request", "django.contrib.auth.context_processors.auth",
        "django.contrib.messages.context_processors.messages"]}}],
    DATABASES={"default": {"ENGINE": "django.db.backends.postgresql", "CONN_MAX_AGE": 60, **__DATABASE__}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
)
import django
django.setup()
if sys.argv[1] == "migrate":
    from django.core.management import call_command
    from django.db import connection
    call_command("migrate", run_syncdb=True, verbosity=0)
    from django.contrib.auth.models import User
    User.objects.create_superuser("bench", "b@example.go.th", "bench")
    with connection.cursor() as c:
        c.execute("insert into letters_district (id, name) select n, 'เขต ' || n from generate_series(1, %s) n", [int(sys.argv[2])])
        c.execute("""insert into letters_letter (receive_no, receive_date, letter_no, letter_date, sender, recipient, subject, action,
            remarks, speed, secrecy, owner, district_id) select d || '-' || n, date '2016-01-01' + n %% 3900, 'ศธ 0400' || n %% 9 || '/' || n,
            date '2016-01-01' + n %% 3900, (array['สพฐ.','กรมบัญชีกลาง','ศาลากลางจังหวัด'])[1 + n %% 3], 'ผอ.เขต',
            'ขออนุมัติเบิกจ่ายงบประมาณ ' || n, 'ทราบ', '', 'normal', 'none', 'ก', d
            from generate_series(1, %s) n, generate_series(1, %s) d""", [int(sys.argv[3]), int(sys.argv[2])])
        c.execute("analyze")
else:
    from django.contrib.staticfiles.handlers import StaticFilesHandler
    from django.core.wsgi import get_wsgi_application
    import django.contrib.staticfiles.handlers as handlers
    import waitress
    from django.contrib.staticfiles import views
    handlers.serve = lambda request, path, **kw: views.serve(request, path, insecure=True)
    waitress.serve(StaticFilesHandler(get_wsgi_application()), port=int(sys.argv[2]), threads=8)
'''
MODELS = """
from django.db import models
class District(models.Model):
    name = models.CharField(max_length=100)
class Letter(models.Model):
    receive_no = models.CharField(max_length=40); receive_date = models.DateField(); letter_no = models.CharField(max_length=80)
    letter_date = models.DateField(); sender = models.CharField(max_length=200); recipient = models.CharField(max_length=200)
    subject = models.CharField(max_length=1000); action = models.CharField(max_length=200, blank=True)
    remarks = models.CharField(max_length=200, blank=True); speed = models.CharField(max_length=20, default="normal")
    secrecy = models.CharField(max_length=20, default="none"); owner = models.CharField(max_length=100, blank=True)
    district = models.ForeignKey(District, on_delete=models.CASCADE)
    class Meta:
        indexes = [models.Index(fields=["-receive_date", "-id"]), models.Index(fields=["district", "receive_date"])]
"""
ADMIN = """
from django.contrib import admin
from letters.models import Letter
@admin.register(Letter)
class LetterAdmin(admin.ModelAdmin):
    list_display = ["receive_no", "receive_date", "letter_no", "letter_date", "sender", "recipient", "subject"]
    ordering = ["-receive_date", "-id"]; list_per_page = 50; search_fields = ["subject"]; raw_id_fields = ["district"]
"""
URLS = """
from django.contrib import admin
from django.urls import path
urlpatterns = [path("admin/", admin.site.urls)]
"""


def _start_django(folder: Path, superuser: str, districts: int, letters: int, port: int) -> subprocess.Popen[bytes]:
    url = make_url(superuser)
    engine = make_engine(superuser)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as c:
        c.execute(text("create database bench_django"))
    engine.dispose()
    place = {
        "NAME": "bench_django",
        "USER": url.username,
        "PASSWORD": url.password or "",
        "HOST": url.query.get("host", url.host),
        "PORT": url.port or "",
    }
    (folder / "letters").mkdir()
    for name, content in (
        ("letters/__init__.py", ""),
        ("letters/models.py", MODELS),
        ("letters/admin.py", ADMIN),
        ("site_urls.py", URLS),
        ("run.py", DJANGO.replace("__DATABASE__", repr(place))),
    ):
        (folder / name).write_text(content, encoding="utf-8")
    run = [sys.executable, "run.py"]
    subprocess.run([*run, "migrate", str(districts), str(letters)], cwd=folder, check=True)
    return subprocess.Popen([*run, "serve", str(port)], cwd=folder)


def _wait(url: str) -> None:
    for _try in range(120):
        try:
            urllib.request.urlopen(url, timeout=5)  # noqa: S310 – our own loopback
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.5)
    raise SystemExit(f"{url} does not answer")


class Peer:
    """One product: where its pages are and how one sees that they are there."""

    home: str
    link: str
    rows: str
    following: str
    new: str
    field: str
    save: str
    saved: str

    def __init__(self, base: str, login: Callable[[Any], None], fill: Callable[[Any], None], **selectors: str) -> None:
        self.base, self.login, self.fill = base, login, fill
        self.__dict__.update(selectors)


def _khet(base: str) -> Peer:
    def login(page: Any) -> None:
        page.goto(base + "/login/")
        page.fill("#username", "clerk.loei3")
        page.fill("#password", "khet-demo")
        page.click(".form-card button[type=submit]")
        page.wait_for_selector("#nav")

    def fill(page: Any) -> None:
        page.fill("#sender", "สพฐ.")
        page.fill("#subject", "ทดสอบความเร็ว")

    return Peer(
        base, login, fill, home="/", link="#nav a[href='/saraban/incoming/']", rows="tbody tr[data-id]",
        following="a[rel=next]", new="a[data-new]", field="#subject", save="button[data-save]", saved=".alert-success",
    )  # fmt: skip


def _django(base: str) -> Peer:
    def login(page: Any) -> None:
        page.goto(base + "/admin/login/")
        page.fill("#id_username", "bench")
        page.fill("#id_password", "bench")
        page.click("[type=submit]")
        page.wait_for_selector("#content-main")

    def fill(page: Any) -> None:
        for name, value in (
            ("receive_no", "1"),
            ("receive_date", "2026-11-21"),
            ("letter_no", "1"),
            ("letter_date", "2026-11-21"),
            ("sender", "สพฐ."),
            ("recipient", "ผอ."),
            ("subject", "ทดสอบ"),
            ("district", "1"),
        ):
            page.fill(f"#id_{name}", value)

    return Peer(
        base, login, fill, home="/admin/", link="#content-main a[href='/admin/letters/letter/']",
        rows="#result_list tbody tr", following=".paginator a:has-text('2')", new=".object-tools a.addlink",
        field="#id_subject", save="input[name=_save]", saved=".messagelist .success",
    )  # fmt: skip


#: A stopwatch inside the page, the same for both: from the click's own time stamp to the second frame in which the
#: awaited element is there. Aiming the mouse and polling from outside would cost both alike and hide the difference.
STOPWATCH = """
(() => {
  const now = () => performance.timeOrigin + performance.now();
  const look = () => {
    const wanted = JSON.parse(sessionStorage.getItem("bench-wanted") || "null");
    if (!wanted) return;
    const found = document.querySelector(wanted[0]);
    if (!found || !found.getClientRects().length || found.innerText === wanted[1] || !sessionStorage.getItem("bench-click")) {
      requestAnimationFrame(look);
      return;
    }
    sessionStorage.removeItem("bench-wanted");
    requestAnimationFrame(() => sessionStorage.setItem("bench-took", now() - sessionStorage.getItem("bench-click")));
  };
  addEventListener("click", (event) => sessionStorage.setItem("bench-click", performance.timeOrigin + event.timeStamp), true);
  window.benchWait = (selector, old) => {
    ["bench-click", "bench-took"].forEach((name) => sessionStorage.removeItem(name));
    sessionStorage.setItem("bench-wanted", JSON.stringify([selector, old]));
    look();
  };
  look();
})();
"""


def _clicked(page: Any, target: Any, selector: str, old: str | None = None) -> float:
    """Milliseconds from the click on `target` until `selector` is drawn (with another text than `old`)."""
    page.evaluate("([selector, old]) => window.benchWait(selector, old)", [selector, old])
    target.click(no_wait_after=True)
    for _try in range(2000):
        try:
            if took := page.evaluate("sessionStorage.getItem('bench-took')"):
                return float(took)
        except Error:
            pass  # between two documents
        time.sleep(0.005)
    raise SystemExit(f"{selector} did not come")


def _timed(page: Any, act: Callable[[], None], selector: str) -> float:
    started = time.perf_counter()
    act()
    page.wait_for_selector(selector)
    return (time.perf_counter() - started) * 1000


def _measure(browser: Any, peer: Peer, rounds: int) -> dict[str, float]:
    context = browser.new_context()
    context.add_init_script(STOPWATCH)
    page = context.new_page()
    peer.login(page)
    state = context.storage_state()
    found: dict[str, list[float]] = {}

    def note(name: str, value: float) -> None:
        found.setdefault(name, []).append(value)

    page.goto(peer.base + peer.home)
    listing = page.get_attribute(peer.link, "href")
    for _round in range(rounds):
        fresh = browser.new_context(storage_state=state)
        first = fresh.new_page()
        sizes: list[float] = []
        client = fresh.new_cdp_session(first)
        client.send("Network.enable")
        client.on("Network.loadingFinished", lambda event, sizes=sizes: sizes.append(event["encodedDataLength"]))
        note(
            "first visit, ms",
            _timed(first, lambda first=first: first.goto(peer.base + listing, wait_until="commit"), peer.rows),
        )
        first.wait_for_load_state("networkidle")
        note("first visit, kB", sum(sizes) / 1000)
        fresh.close()
    for _round in range(rounds + 2):
        page.goto(peer.base + peer.home, wait_until="load")
        note("click to the list", _clicked(page, page.locator(peer.link).first, peer.rows))
        page.wait_for_load_state("load")
        old = page.locator(peer.rows).first.inner_text()
        note("next page", _clicked(page, page.locator(peer.following).last, peer.rows, old))
        page.wait_for_load_state("load")
        note("open an empty form", _clicked(page, page.locator(peer.new).first, peer.field))
        page.wait_for_load_state("load")
        peer.fill(page)
        note("save", _clicked(page, page.locator(peer.save).first, peer.saved))
    context.close()
    return {name: statistics.median(values) for name, values in found.items()}


def main() -> None:
    """Load both, measure both, print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--districts", type=int, default=100)
    parser.add_argument("--letters", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=15)
    args = parser.parse_args()
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        superuser = start_postgres()
        settings = installation(folder, postgresql=True, superuser=superuser)
        url = make_url(settings.owner_database_url)
        fill_postgres(superuser, url.database or "", args.districts, args.letters)
        (folder / "django").mkdir()
        django = _start_django(folder / "django", superuser, args.districts, args.letters, 8092)
        environment = {
            **os.environ, "KHET_DATA_DIR": str(folder), "KHET_DATABASE_URL": settings.database_url, "KHET_DEMO": "1",
            "KHET_OWNER_DATABASE_URL": settings.owner_database_url, "KHET_SYSTEM_DATABASE_URL": settings.system_database_url,
            "KHET_SECRET_KEY": settings.secret_key,
        }  # fmt: skip
        khet = subprocess.Popen([sys.executable, "app.py", "serve", "--port", "8091"], env=environment)
        try:
            _wait("http://127.0.0.1:8091/login/")
            _wait("http://127.0.0.1:8092/admin/login/")
            with sync_playwright() as playwright:
                path = shutil.which("chromium") or shutil.which("google-chrome")
                browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
                ours = _measure(browser, _khet("http://127.0.0.1:8091"), args.rounds)
                print(ours, flush=True)
                theirs = _measure(browser, _django("http://127.0.0.1:8092"), args.rounds)
                browser.close()
            print(f"{'':22}{'Khet':>9}{'Django':>9}{'ratio':>8}")
            for what, value in ours.items():
                print(f"{what:22}{value:9.0f}{theirs[what]:9.0f}{value / theirs[what]:8.2f}")
        finally:
            khet.terminate()
            django.terminate()
            khet.wait(20)
            django.wait(20)


if __name__ == "__main__":
    main()
