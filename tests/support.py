"""What tests hold in their hands: a world of two districts, and a browser without a screen."""

from __future__ import annotations

import atexit
import io
import json
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from time import thread_time, time
from typing import Any

import pypdfium2
from flask import Flask
from flask_babel import force_locale
from lxml import html
from sqlalchemy import select, text

from core.base.text.thai import format_date, today
from core.exchange.api import tokens
from core.platform.documents import typeset
from core.platform.masterdata.models import District, School, Unit
from core.platform.users.models import Account, LoginSession
from core.platform.users.sessions import _key
from core.storage.base import utc_now
from core.storage.database import WRITE, Database
from core.storage.scope import KhetSession, Scope
from core.web.installation import Khet
from core.web.unit_of_work import PROVED

HOME, OTHER = "loei3", "cmi5"
_BEARERS: dict[tuple[str, str], str] = {}
API = "/api/v1/"
#: a page is a page, and what is refused is a line of JSON (core/web/errors.py)
IN_FEW_WORDS = {"Accept": "text/html;q=0.9, application/json"}


class Browser:
    """Follows links and submits forms as a browser does: hidden fields, tokens and all."""

    def __init__(self, app: Flask) -> None:
        self.client = app.test_client()
        self.page: Any = None
        self._parsed: tuple[Any, Any] | None = None
        #: gives the API token of whoever is signed in
        self.token_of: Any = None

    def bearer(self) -> dict[str, str]:
        """The header of a token with every scope; a stranger has none."""
        return {"Authorization": f"Bearer {self.token_of()}"} if self.token_of else {}

    def get(self, url: str, **kwargs: Any) -> Any:
        if url.startswith(API) and not url.startswith(f"{API}openapi"):
            kwargs.setdefault("headers", self.bearer())
        self.page = self.client.get(url, **{"buffered": True, **kwargs})
        return self.page

    def opens(self, url: str) -> bool:
        """Whether a page opens; a refusal is asked for in few words, without the page around it."""
        headers = IN_FEW_WORDS | (self.bearer() if url.startswith(API) else {})
        return bool(self.get(url, headers=headers).status_code == 200)

    @property
    def tree(self) -> Any:
        """The present page, parsed once."""
        if self._parsed is None or self._parsed[0] is not self.page:
            self._parsed = self.page, html.fromstring(self.page.get_data(as_text=True))
        return self._parsed[1]

    @property
    def text(self) -> str:
        return " ".join(self.tree.find("body").text_content().split())

    @property
    def token(self) -> str:
        """The proof (CSRF) that a page of this browser would send; the page that is open stays."""
        token: str = self.client.get("/who", buffered=True).get_json()["token"]
        return token

    def post(self, url: str, data: dict[str, Any] | None = None, **kwargs: Any) -> Any:
        """A bare POST with a valid token; JSON with the user's API token under /api/v1."""
        if url.startswith(API):
            headers = {**self.bearer(), "Idempotency-Key": secrets.token_hex(8)}
            self.page = self.client.post(url, json=data or {}, headers=headers, buffered=True)
            return self.page
        kwargs.setdefault("buffered", True)  # what happens once the answer is out has happened
        kwargs = {"buffered": True, **kwargs}  # read to its end, as a browser does
        self.page = self.client.post(url, data={"csrf_token": self.token, **(data or {})}, **kwargs)
        return self.page

    def fields(self) -> dict[str, Any]:
        """What the main form of the present page would send."""
        found = self.tree.xpath("//form[@method='post'][@data-main] | //form[contains(@class,'form-card')]")
        assert found, f"{self.page.request.path} has no form: {self.text[:300]}"
        form = found[0]
        values: dict[str, Any] = {}
        for name, value in form.form_values():
            # the line break after <textarea> is markup, not text
            values.setdefault(name, []).append(value.removeprefix("\n"))
        return values

    def submit(self, url: str, /, **typed: Any) -> Any:
        """Open the form at `url`, type, and press Save; a refused page (403, 404) is the answer.

        Raises AssertionError where the form does not open: what was opened before and is sent too late, is `sent_late`.
        """
        answer = self.get(url)
        assert answer.status_code != 302, f"{url} opens no form: it leads to {answer.location}"
        return self.resubmit(url, **typed) if answer.status_code == 200 else answer

    def sent_late(self, url: str, /, **typed: Any) -> Any:
        """Press Save in a form that was opened before and does not open any more."""
        assert self.get(url).status_code == 302, f"{url} still opens"
        return self.post(url, {name: value for name, value in typed.items() if value is not None})

    def shut(self, url: str) -> str:
        """Why a form does not open: what is said on the page to which whoever opens it is led."""
        answer = self.get(url)
        assert answer.status_code == 302, f"{url} still opens"
        self.get(answer.location)
        said = self.tree.xpath("//main/*[contains(@class, 'alert-warning')]")
        return " ".join(word for one in said for word in one.text_content().split())

    def resubmit(self, url: str, /, **typed: Any) -> Any:
        """Type into the form that is open now and press Save."""
        values = {**self.fields(), **typed}
        self.page = self.client.post(url, data={k: v for k, v in values.items() if v is not None}, buffered=True)
        return self.page

    def confirm(self, url: str, /, **typed: Any) -> Any:
        """Press Save, read what is asked before it happens, and press once more."""
        asked = self.submit(url, **typed)
        assert asked.status_code == 422, "nothing was asked"
        return self.resubmit(url)

    def errors(self) -> list[str]:
        said = [
            " ".join(node.text_content().split())
            for node in self.tree.xpath("//*[@role='alert']")
            if node.get("hidden") is None
        ]
        return [text for text in said if text]  # an empty one is the page's own script's


@dataclass
class World:
    """An installation with two demo districts, fresh for every test."""

    app: Flask
    backend: str
    #: browsers of those who only read here, where this installation stands for many tests
    readers: dict[tuple[str, str], Browser] = field(default_factory=dict)

    @property
    def khet(self) -> Khet:
        return self.app.extensions["khet"]

    @property
    def database(self) -> Database:
        return self.khet.database

    def district_id(self, code: str = HOME) -> int:
        with self.database.system("test") as session:
            return session.scalars(select(District.id).where(District.code == code)).one()

    @contextmanager
    def session(self, code: str = HOME, user: str | None = None, **scope: Any) -> Iterator[KhetSession]:
        """A writing session of one district, as `user` where named; committed at the end."""
        facts: dict[str, Any] = {}
        if user is not None:
            account = self.account(user)
            facts = {"user_id": account.id, "user_name": account.username, "clearance": account.clearance}
        with self.app.test_request_context(), force_locale("en"):
            wanted = Scope("test", self.district_id(code), write=True, **{**facts, **scope})
            with self.database.open(wanted) as session:
                yield session

    def account(self, username: str) -> Account:
        with self.database.system("test") as session:
            return session.scalars(select(Account).where(Account.username == username)).one()

    def unit(self, kind: str = "office", code: str = HOME) -> int:
        with self.session(code) as session:
            return session.scalars(select(Unit.id).where(Unit.kind == kind).order_by(Unit.id)).first() or 0

    def school_id(self, code: str = HOME) -> int:
        with self.session(code) as session:
            return session.scalars(select(School.id).order_by(School.id)).first() or 0

    def browser(self, username: str | None = None, locale: str = "en", *, proved: bool = True) -> Browser:
        """A browser, signed in as `username` without the password check's cost; `proved`: a moment ago."""
        browser = Browser(self.app)
        if username is not None:
            account = self.account(username)
            sid = secrets.token_urlsafe(16)
            facts = {"_user_id": str(account.id), "epoch": account.epoch, "_fresh": True, "locale": locale}
            data = json.dumps({**facts, PROVED: int(time()) if proved else 0})
            with self.database.app_engine.execution_options(**{WRITE: True}).begin() as connection:
                row = {
                    "id": _key(sid),
                    "data": data,
                    "user_id": account.id,
                    "seen_at": utc_now(),
                    "began_at": utc_now(),
                }
                connection.execute(LoginSession.__table__.insert().values(**row, address="", agent=""))
            browser.client.set_cookie("khet", sid)
            browser.token_of = lambda: self._bearer(username)
        return browser

    def reader(self, username: str, locale: str = "en") -> Browser:
        """The one browser of a user who only reads, signed in once as long as this installation stands."""
        if (username, locale) not in self.readers:
            self.readers[username, locale] = self.browser(username, locale)
        return self.readers[username, locale]

    def _bearer(self, username: str) -> str:
        """A token with every scope, the same for a user as long as this installation is looked at."""
        key = str(self.database.settings.database_url), username
        if key not in _BEARERS:
            _BEARERS[key] = self.token(username)
        return _BEARERS[key]

    def token(self, username: str, scopes: list[str] | None = None, days: int = 30) -> str:
        """A new API token of that user; every scope where none is named."""
        account = self.account(username)
        every = [f"{view.resource}:{verb}" for view in self.khet.views.values() for verb in ("list", "show", "add")]
        with self.database.district(account.district_id, "test", user_id=account.id) as session:
            ends = today() + timedelta(days=days)
            chosen = scopes or sorted(set(every))
            return tokens.create(session, account.id, "ทดสอบ", chosen, ends, today=today())[1]

    def fullest_year(self) -> int:
        """The year (พ.ศ.) with most incoming letters of the office: in January this year's book is thin."""
        unit = self.unit()
        statement = (
            f"select year from saraban_incoming where unit_id = {unit} group by year order by count(*) desc limit 1"
        )
        with self.database.system_engine.connect() as connection:
            return connection.execute(text(statement)).scalar_one()

    def count(self, table: str, where: str = "1=1") -> int:
        """Rows of a table over every district, past all tenant filters."""
        with self.database.system_engine.connect() as connection:
            return connection.execute(text(f"select count(*) from {table} where {where}")).scalar_one()

    def owner(self, statement: str) -> None:
        """Run plain SQL as the owner of the tables."""
        engine = self.database.owner_engine()
        with engine.execution_options(**{WRITE: True}).begin() as connection:
            connection.exec_driver_sql(statement)
        engine.dispose()


def growth(work: Callable[[int], Any], few: int, times: int = 4) -> float:
    """How many times the processor time of `work(few)` this thread spends on `work(few * times)`: about `times` where
    cost grows with size alone, its square where each part looks at all others. What else the machine does counts not."""

    def spent(size: int) -> float:
        begun = thread_time()
        work(size)
        return thread_time() - begun

    work(few)  # what is loaded or remembered once
    return spent(few * times) / min(spent(few) for _each in range(3))


@lru_cache
def on_disk(data: bytes) -> Path:
    """A file with this content, for what reads files; gone when the tests are over."""
    folder = Path(tempfile.mkdtemp(prefix="khet-file-"))
    atexit.register(shutil.rmtree, folder, True)
    (folder / "file").write_bytes(data)
    return folder / "file"


@lru_cache
def real_pdf(text: str = "หนังสือ") -> bytes:
    """A PDF of two pages."""
    source = b'#set page(width: 10cm, height: 10cm)\n#set text(font: "Khet Sarabun")\n#sys.inputs.d #pagebreak() 2'
    return typeset.compile(source, text, "pdf")


def pages_pdf(count: int) -> bytes:
    """A PDF of so many small pages."""
    document, made = pypdfium2.PdfDocument.new(), io.BytesIO()
    for _number in range(count):
        document.new_page(100, 100)
    document.save(made)
    return made.getvalue()


def near(days: int = 0) -> str:
    """A date `days` from today as an office types it: tests do not age."""
    return format_date(today() + timedelta(days=days), "typed")


def iso(days: int) -> str:
    """The same date as a confirmation carries it."""
    return (today() + timedelta(days=days)).isoformat()


def letter(**changes: Any) -> dict[str, Any]:
    """Values of a plain incoming letter for the service."""
    return {
        "received_on": today(), "doc_no": "ศธ 04001/77", "doc_date": today(), "sender": "สพฐ.",
        "recipient": "ผอ.เขต", "subject": "ขอเชิญประชุม", "speed": 0, **changes,
    }  # fmt: skip
