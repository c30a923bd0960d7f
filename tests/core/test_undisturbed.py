"""While a hostile file is read, pages of other users come and their letters are registered."""

from __future__ import annotations

import dataclasses
import io
import statistics
import threading
import time
import urllib.request

import pytest
from asn1crypto import pkcs12

from core.platform import sandbox
from core.platform.jobs import runner
from tests.core import hostile
from tests.core.serving import listening
from tests.plugins.saraban import test_certificate as certificates
from tests.plugins.saraban.test_drafts import DRAFTS, issue, write
from tests.support import HOME, OTHER

#: seconds within which a page of somebody else answers
AT_ONCE = 2.0


@pytest.fixture
def backend():
    """The database with one writer is the one that a reader of files could hold up."""
    return "sqlite"


@pytest.fixture
def served(world):
    """Address of a server with the threads that an office has."""
    with listening(world.app) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(autouse=True)
def short(monkeypatch):
    for name in ("PAGE", "FORM", "JOB"):
        monkeypatch.setattr(sandbox, name, dataclasses.replace(getattr(sandbox, name), seconds=5.0))


def stage(browser, data: bytes, name: str) -> str:
    return str(
        browser.post("/uploads/", {"file": (io.BytesIO(data), name)}, content_type="multipart/form-data").json["id"]
    )


def attached(browser, data: bytes, name: str) -> tuple[int, str]:
    """A letter with this file: (letter, file)."""
    staged = stage(browser, data, name)
    answer = browser.submit("/saraban/incoming/new", sender="สพฐ.", subject="ขอเชิญประชุม", files=staged)
    assert answer.status_code == 302, browser.errors()
    return int(answer.location.rpartition("/")[2]), staged


def on_the_screen(world, browser, data=None):
    letter, file = attached(browser, data or hostile.PDFS["a drawing of itself"], "ก.pdf")
    address = f"/saraban/incoming/{letter}/files/{file}/read/1"
    return lambda: browser.get(address).status_code, 422


def a_huge_page(world, browser):
    return on_the_screen(world, browser, hostile.PDFS["a page of 10 m"])[0], 200


def in_the_search(world, browser):
    attached(browser, hostile.PDFS["words without end"], "ข.pdf")
    return lambda: runner.run_all(world.app) > 0, True


def printed_with_stamps(world, browser):
    letter, _file = attached(browser, hostile.PDFS["lists in lists"], "ค.pdf")
    return lambda: browser.get(f"/saraban/incoming/{letter}/stamped").status_code, 200


def from_word(world, browser):
    draft = write(world, browser)
    staged = stage(browser, hostile.DOCX["a hundred thousand paragraphs"], "ง.docx")
    return lambda: browser.submit(f"{DRAFTS}{draft}/word", files=staged).status_code, 422


def entities_from_word(world, browser):
    draft = write(world, browser)
    staged = stage(browser, hostile.DOCX["entities"], "จ.docx")
    return lambda: browser.submit(f"{DRAFTS}{draft}/word", files=staged).status_code, 422


def a_certificate(world, browser):
    """One that wants two thousand million rounds before it opens."""
    director = world.browser(f"director.{HOME}")
    draft, _letter = issue(world, browser, director)
    key = pkcs12.Pfx.load(certificates.key())
    key["mac_data"]["iterations"] = 2**31 - 1
    staged = stage(director, key.dump(force=True), "ฉ.p12")
    sent = {"files": staged, "passphrase": certificates.WORD}
    return lambda: director.submit(f"{DRAFTS}{draft}/seal", **sent).status_code, 422


def a_signature(world, browser):
    from tests.core.test_hostile_papers import PICTURES

    director = world.browser(f"director.{HOME}")
    staged = stage(director, PICTURES["large and empty"][0], "ช.png")
    return lambda: director.submit("/saraban/signature/", files=staged).status_code, 422


def a_stack(world, browser):
    staged = stage(browser, hostile.PDFS["a drawing of itself"], "ซ.pdf")
    assert browser.submit("/saraban/scans/new", files=staged).status_code == 302
    return lambda: runner.run_all(world.app) > 0, True


def an_import(world, browser, data=None, name="ฌ.xlsx"):
    from tests.core.test_hostile_files import ENDLESS, SHEET, zipped

    data = data or zipped(**{SHEET: b"<worksheet><sheetData>" + ENDLESS["cells within cells"]})
    admin = world.browser(f"admin.{HOME}")
    staged = stage(admin, data, name)
    answer = admin.submit("/imports/new?what=core.schools", files=staged)
    assert answer.status_code == 302, admin.errors()
    return lambda: runner.run_all(world.app) > 0, True


def an_import_of_text(world, browser):
    return an_import(world, browser, b'"' + b"a" * 15_000_000, "ญ.csv")


def an_upload(world, browser):
    data = hostile.office("word/document.xml", b"", **{f"x{n}": b"" for n in range(60_000)})

    def send() -> int:
        file = (io.BytesIO(data), "ฎ.docx")
        return browser.post("/uploads/", {"file": file}, content_type="multipart/form-data").status_code

    return send, 422


FILES = [
    on_the_screen, a_huge_page, in_the_search, printed_with_stamps, from_word, entities_from_word, a_certificate,
    a_signature, a_stack, an_import, an_import_of_text, an_upload,
]  # fmt: skip


@pytest.mark.parametrize("prepare", FILES, ids=lambda one: one.__name__)
def test_others_work_on_while_a_hostile_file_is_read(world, served, prepare):
    reads, outcome = prepare(world, world.browser(f"clerk.{HOME}"))
    reader, writer = world.browser(f"clerk.{OTHER}"), world.browser(f"groupclerk.{HOME}")
    cookie = reader.client.get_cookie("khet").value
    page = urllib.request.Request(f"{served}/saraban/incoming/", headers={"Cookie": f"khet={cookie}"})  # noqa: S310
    said = []
    thread = threading.Thread(target=lambda: said.append(reads()))
    thread.start()
    took = []
    while thread.is_alive() or not took:
        began = time.monotonic()
        with urllib.request.urlopen(page, timeout=30) as answer:  # noqa: S310
            assert answer.status == 200
        took.append(time.monotonic() - began)
        if len(took) == 2:  # and somebody writes
            registered = writer.submit("/saraban/incoming/new", sender="สพฐ.", subject="เรื่องระหว่างนั้น")
            assert registered.status_code == 302, writer.errors()
    thread.join()
    assert said == [outcome]
    assert statistics.median(took) < AT_ONCE, took
