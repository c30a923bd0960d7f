"""Evidence that was laid by mistake: it goes while its record is open, and stays with what was verified."""

from __future__ import annotations

import io

from sqlalchemy import select

from core.domain.standards.models import Evidence
from core.records.files import store
from tests.core.test_work import begun, steps_of, take
from tests.support import HOME


def laid(world) -> tuple[int, int, list[str]]:
    """A step with evidence and its file: (step, evidence, names under which files lie in the store)."""
    first, _second = steps_of(world, begun(world))
    browser = world.browser(f"supervisor.{HOME}")
    file = (io.BytesIO(b"%PDF-1.4 private"), "names.pdf")
    staged = browser.post("/uploads/", {"file": file}, content_type="multipart/form-data").json["id"]
    typed = {"sort": "document", "title": "รายชื่อผิดชุด", "visibility": "inside", "files": str(staged)}
    assert browser.submit(f"/evidence/new?of=ProgressView:{first}", **typed).status_code == 302, browser.errors()
    with world.session() as s:
        one = s.scalars(select(Evidence.id)).one()
        names = [file.stored_as for file in store.attachments(s, s.get_one(Evidence, one))]
    return first, one, names


def test_evidence_that_was_laid_by_mistake_is_taken_back_with_its_file_and_its_reason(world):
    step, one, names = laid(world)
    address, browser = f"/evidence/{one}/take-back", world.browser(f"supervisor.{HOME}")
    browser.get(f"/evidence/{one}")
    assert browser.tree.xpath(f"//main//a[@href='{address}']"), "its page offers it"
    browser.get(address)
    assert browser.tree.xpath(f"//form[@data-main]//a[@href='/evidence/{one}']"), "and who changes their mind goes back"
    clerk = world.browser(f"groupclerk.{HOME}")
    assert clerk.get(address).status_code == 404, "it is another's step"
    assert browser.submit(address, reason="").status_code == 422, "why is asked"
    assert browser.submit(address, reason="แนบผิดงาน").status_code == 302, browser.errors()
    assert world.count("core_evidence") == 0
    root = world.khet.settings.files_dir
    assert names
    assert not any(store.place(root, world.district_id(), name).exists() for name in names)
    browser.get(f"/steps/{step}")
    assert "รายชื่อผิดชุด: แนบผิดงาน" in browser.text, "the step's history says what went and why"
    told = browser.tree.xpath("//ul[@class='timeline']/li[1]/strong/text()")
    assert told == ["evidence taken back"], "and what was done, not that somebody remarked something"


def test_evidence_of_what_was_verified_stays(world):
    step, one, _names = laid(world)
    address, browser = f"/evidence/{one}/take-back", world.browser(f"supervisor.{HOME}")
    assert take(world, step, "hand_in").status_code == 302
    assert take(world, step, "verify", "groupdirector").status_code == 302
    browser.get(f"/evidence/{one}")
    assert not browser.tree.xpath(f"//main//a[@href='{address}']")
    assert browser.sent_late(address, reason="แนบผิดงาน").status_code == 422
    assert "stays" in " ".join(browser.errors())
    assert world.count("core_evidence") == 1
