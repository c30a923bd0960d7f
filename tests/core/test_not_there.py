"""What an address names beside its page (?answers=, ?letter=, ?unit_id= …): of what one may not read there is no page."""

from __future__ import annotations

import re

from core.domain.standards.models import Standard
from core.ops.application import ROOT
from plugins.saraban.models.drafts import Draft
from plugins.saraban.models.letters import IncomingLetter
from plugins.saraban.models.scans import Scan
from plugins.service_request.models import Analysis
from tests.support import HOME

DRAFT, LETTERS, WORK, REQUEST = (
    "/saraban/drafts/new?kind=external", "/saraban/incoming/new", "/cooperation/cases/new", "/services/requests/new",
)  # fmt: skip
#: name in the address: (page, what it names of the samples, who reads that, who may open the page and reads it not)
NAMED = {
    "answers": (f"{DRAFT}&answers=", lambda i: i[IncomingLetter], "clerk", "groupclerk"),
    "like": (f"{DRAFT}&like=", lambda i: i[Draft], "clerk", "groupclerk"),
    "unit_id": (f"{LETTERS}?unit_id=", lambda i: i["unit_id"], "clerk", "groupclerk"),
    "scan": (f"{LETTERS}?scan=", lambda i: f"{i[Scan]}-1", "clerk", "groupclerk"),
    "letter": (f"{WORK}?letter=", lambda i: f"saraban_incoming:{i[IncomingLetter]}", "", "supervisor"),
    "letter of a request": (f"{REQUEST}?letter=", lambda i: f"saraban_incoming:{i[IncomingLetter]}", "", "groupclerk"),
    "case": ("/cooperation/tasks/new?case=", lambda i: i["doing_case"], "supervisor", ""),
    "activity": ("/services/summaries/new?activity=", lambda i: i["bare_activity"], "groupdirector", ""),
    "analysis": ("/services/plans/new?analysis=", lambda i: i[Analysis], "supervisor", ""),
    "standard": ("/rounds/new?standard=", lambda i: i[Standard], "groupdirector", ""),
}
#: read in other words than `asked_id("…")`
OTHERWISE = {"case", "scan", "letter", "letter of a request"}


def test_an_address_that_names_what_one_may_not_read_opens_nothing(filled):
    world, here, there = filled
    for name, (page, of, reader, other) in NAMED.items():
        if reader:
            assert world.reader(f"{reader}.{HOME}").get(f"{page}{of(here)}").status_code == 200, name
        for user in filter(None, (reader, other)):
            browser = world.reader(f"{user}.{HOME}")
            for nothing in (of(there), "99999999", "x", "saraban_incoming:x"):
                assert browser.get(f"{page}{nothing}").status_code == 404, f"{name}={nothing} as {user}"
        if other:
            assert world.reader(f"{other}.{HOME}").get(f"{page}{of(here)}").status_code == 404, f"{name} as {other}"


def test_every_name_is_walked():
    """A name that a page reads tomorrow stands in the list above."""
    found = {
        name
        for folder in ("core", "plugins")
        for path in (ROOT / folder).rglob("*.py")
        for name in re.findall(r'asked_id\("(\w+)"\)', path.read_text(encoding="utf-8"))
    }
    assert found == NAMED.keys() - OTHERWISE
