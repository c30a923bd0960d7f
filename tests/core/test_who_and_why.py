"""What comes back, is refused or is taken away: the notice says who did it and why, in every module."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.platform.jobs import runner
from core.platform.notices.models import Notice
from tests.core import test_follow_ups as tasks
from tests.core import test_work as work
from tests.plugins.cooperation import test_cases as cooperation
from tests.plugins.saraban import test_drafts as drafts
from tests.plugins.saraban import test_exchange as exchange
from tests.plugins.saraban import test_life as letters
from tests.plugins.service_request import world as services
from tests.support import HOME, OTHER, near

WHY = "เอกสารไม่ครบถ้วน"


def approval(world, key: str) -> tuple[str, str]:
    number = cooperation.begin(world)
    cooperation.take(world, number, "propose")
    assert cooperation.take(world, number, key, "director", reason=WHY).status_code == 302
    return "supervisor", "director"


def task(world, key: str) -> tuple[str, str]:
    number = tasks.give(world)
    if key == "back":
        tasks.step(world, tasks.DOER, "report", number)
    assert tasks.step(world, tasks.GIVER, key, number, reason=WHY) == 302
    return "groupclerk", "supervisor"


def standard(world) -> tuple[str, str]:
    first, *_others = work.steps_of(world, work.begun(world))
    work.take(world, first, "hand_in")
    assert work.take(world, first, "back", "groupdirector", note=WHY).status_code == 302
    return "supervisor", "groupdirector"


def letter(world) -> tuple[str, str]:
    number = letters.register(world)
    letters.propose(world, world.browser(f"clerk.{HOME}"), number)
    assert letters.step(world.browser(f"director.{HOME}"), "return", number, text=WHY).status_code == 302
    return "clerk", "director"


def draft(world, key: str, by: str, reader: str) -> tuple[str, str]:
    clerk = world.browser(f"clerk.{HOME}")
    number = drafts.write(world, clerk)
    drafts.take(clerk, number, "propose", holder_id=str(world.account(f"director.{HOME}").id))
    assert drafts.take(world.browser(f"{by}.{HOME}"), number, key, text=WHY).status_code == 302
    return reader, by


def arrival(world) -> tuple[str, str]:
    """From another district: the unit stands there, too."""
    (sent,) = exchange.send(world, exchange.outgoing(world), [exchange.to(world)])
    runner.run_all(world.app)
    came = exchange.arrival_of(world, sent)
    reader = world.browser(f"clerk.{OTHER}")
    assert reader.submit(f"{exchange.TRAY}bulk/send_back?ids={came.id}", text=WHY).status_code == 302
    runner.run_all(world.app)
    unit = exchange.load(world, exchange.Dispatch, sent).recipient
    told = f"topic = 'saraban.undelivered' and user_id = {world.account(f'clerk.{HOME}').id}"
    assert world.count("core_notice", f"{told} and label like '%{unit}%'") == 1
    return "clerk", f"clerk.{OTHER}"


def request_back(world) -> tuple[str, str]:
    number = services.circulated(world)
    services.answer(world, number)
    considered = {"met_on": near(0), "activity_decision": "เห็นควร"}
    assert services.step(world, number, "consider", "groupdirector", **considered).status_code == 302
    assert services.step(world, number, "back", "director", reason=WHY).status_code == 302
    return "groupdirector", "director"


def withdrawn(world) -> tuple[str, str]:
    number = services.circulated(world)
    services.answer(world, number)
    assert services.step(world, number, "cancel", "school", reason=WHY).status_code == 302
    return "groupdirector", "school"


def speaker(world) -> tuple[str, str]:
    number = services.circulated(world)
    services.answer(world, number)
    assert services.answer(world, number, "refused", reason=WHY).status_code == 302
    return "groupdirector", "supervisor"


WAYS = {
    "a work is sent back": lambda w: approval(w, "back"),
    "a work is not approved": lambda w: approval(w, "reject"),
    "what was done is sent back": lambda w: task(w, "back"),
    "a task is taken back": lambda w: task(w, "withdraw"),
    "a step is sent back": standard,
    "a letter is returned": letter,
    "a draft is sent back": lambda w: draft(w, "back", "director", "clerk"),
    "a draft is dropped by its signer": lambda w: draft(w, "drop", "director", "clerk"),
    "a letter is not theirs": arrival,
    "a request is considered again": request_back,
    "a request is withdrawn": withdrawn,
    "a speaker says no": speaker,
}


@pytest.mark.parametrize("way", WAYS)
def test_who_is_told_reads_who_and_why(world, way):
    reader, by = WAYS[way](world)
    who = world.account(by if "." in by else f"{by}.{HOME}")
    with world.session() as s:
        heard = select(Notice.label).where(Notice.user_id == world.account(f"{reader}.{HOME}").id)
        said = s.scalars(heard.order_by(Notice.id.desc())).first()
    assert who.last_name in said, way
    assert WHY in said, way
