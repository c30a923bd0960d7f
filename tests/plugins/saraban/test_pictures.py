"""Only a picture that its own field took in, and that was written anew here, stands on a paper."""

from __future__ import annotations

import io

import pypdfium2
import pytest
from PIL import Image
from sqlalchemy import select

from core.platform.documents import typeset
from core.plugins import migrate
from core.records.files.models import Attachment
from plugins.saraban.models.letters import UnitSetting
from plugins.saraban.work import exchange
from tests.plugins.saraban.test_drafts import DRAFTS, png, write
from tests.plugins.saraban.test_exchange import BOARD, PICTURE, outgoing, send, signed
from tests.support import HOME, real_pdf

SETTINGS = "/saraban/settings/"


@pytest.fixture
def clerk(world):
    return world.browser(f"clerk.{HOME}")


def upload(browser, data: bytes, name: str) -> str:
    return str(
        browser.post("/uploads/", {"file": (io.BytesIO(data), name)}, content_type="multipart/form-data").json["id"]
    )


def remark(browser, page: str, *files: str) -> None:
    assert browser.post(f"{page}/comment", {"text": "", "files": list(files)}).status_code == 302


def pictures(pdf: bytes) -> list[tuple[int, int]]:
    """Sizes of the pictures on the first page."""
    found = (one for one in pypdfium2.PdfDocument(pdf)[0].get_objects() if one.type == PICTURE)
    return [one.get_px_size() for one in found]


def handed(world, clerk, **typed) -> str:
    (one,) = send(world, outgoing(world), [exchange.Recipient("โรงเรียนบ้านหนึ่ง", "hand")])
    assert clerk.submit(f"{BOARD}bulk/handed?ids={one}", proof="นายมานะ", **typed).status_code == 302
    return f"{BOARD}{one}"


def deep(side: int = 6000) -> bytes:
    """A grey picture of 16 bits a point, which is small as a file and huge when opened."""
    made = io.BytesIO()
    Image.new("I;16", (side, side)).save(made, "PNG")
    return made.getvalue()


def test_what_a_remark_brings_is_no_signature_on_a_receipt(world, clerk):
    one = handed(world, clerk)
    for data in (png(), deep()):
        remark(clerk, one, upload(clerk, data, "ลายมือชื่อ.png"))
        assert pictures(clerk.get(f"{one}/receipt").get_data()) == []
    other = handed(world, clerk, files=signed(clerk))
    remark(clerk, other, upload(clerk, png(5, 5), "อีกคน.png"))
    assert pictures(clerk.get(f"{other}/receipt").get_data()) == [(4, 4)]


def test_a_picture_cleaned_for_a_form_that_was_refused_is_no_signature_either(world, clerk):
    one = handed(world, clerk)
    both = [upload(clerk, png(), f"{n}.png") for n in range(2)]
    assert world.browser(f"clerk.{HOME}").submit("/saraban/signature/", files=both).status_code == 422
    assert world.count("core_attachment", f"id = {both[0]} and picture = true") == 1
    remark(clerk, one, both[0])
    assert pictures(clerk.get(f"{one}/receipt").get_data()) == []


def garuda(world, browser) -> str:
    """The address of the office's settings, which have a ครุฑ of their own."""
    with world.session() as s:
        found = s.scalars(select(UnitSetting).where(UnitSetting.unit_id == world.unit())).first()
    page = f"{SETTINGS}{found.id}/edit" if found is not None else f"{SETTINGS}new"
    typed = {"unit_id": str(world.unit()), "days_normal": "1", "days_urgent": "0"}
    answer = browser.submit(page, files=upload(browser, png(), "ครุฑ.png"), **typed)
    assert answer.status_code == 302, browser.errors()
    with world.session() as s:
        return f"{SETTINGS}{s.scalars(select(UnitSetting.id).where(UnitSetting.unit_id == world.unit())).one()}"


def test_a_remark_on_the_settings_takes_no_garuda_away(world, clerk):
    page = garuda(world, clerk)
    draft = write(world, clerk)
    assert pictures(clerk.get(f"{DRAFTS}{draft}/pdf").get_data()) == [(4, 4)]
    for data, name in ((real_pdf(), "ก.pdf"), (png(5, 5), "ข.png")):
        remark(clerk, page, upload(clerk, data, name))
        assert pictures(clerk.get(f"{DRAFTS}{draft}/pdf").get_data()) == [(4, 4)]


def test_what_was_not_made_here_is_set_on_no_paper():
    assert typeset.picture(png(1600, 1600)) is not None
    for data in (None, b"", png()[:20], png(1601, 4), png(0, 4), deep(4), b"\xff\xd8\xff\xe0 a photo"):
        assert typeset.picture(data) is None


def test_the_upgrade_marks_what_the_fields_took_and_nothing_that_a_remark_brought(world, clerk):
    """core0017."""
    one = handed(world, clerk, files=signed(clerk))
    remark(clerk, one, upload(clerk, png(5, 5), "อีกคน.png"))
    page = garuda(world, clerk)
    remark(clerk, page, upload(clerk, real_pdf(), "ก.pdf"))
    with world.session() as s:
        wanted = set(s.scalars(select(Attachment.id).where(Attachment.picture.is_(True))))
    assert len(wanted) == 2
    engine = world.database.owner_engine()
    migrate.downgrade(engine, world.khet.registry, "core", "core0016")
    assert world.count("core_attachment", "kind = 'saraban_dispatch'") == 2
    migrate.upgrade(engine, world.khet.registry)
    engine.dispose()
    with world.session() as s:
        assert set(s.scalars(select(Attachment.id).where(Attachment.picture.is_(True)))) == wanted
