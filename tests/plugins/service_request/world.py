"""What the tests of academic services share: a request on its way, step by step as its people take them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, BrokenBarrierError
from typing import Any

from sqlalchemy import select

from core.platform.masterdata.models import School
from plugins.service_request.models import Activity, Nominee, Request, Service
from tests.support import HOME, World, near

BASE = "/services/requests/"


def values(world: World, days: int = 30, **more: Any) -> dict[str, Any]:
    """A request that breaks no rule, `days` from today."""
    with world.session() as s:
        school = s.scalars(select(School).order_by(School.id)).first()
        service = s.scalars(select(Service).order_by(Service.code)).first()
    return {
        "requester_type": "school", "school_id": school.id, "contact": "ครูสมมติ", "phone": "0-0000-0000", "channel": "smart",
        "service_id": service.id, "sort": "speaker", "topic": "การสอนอ่าน", "expected": "25", "start_on": near(days),
        "start_time": "09.00", "end_on": near(days), "end_time": "15.30", "venue": "ห้องประชุม", **more,
    }  # fmt: skip


def ask(world: World, user: str = "school", **more: Any) -> int:
    """A new request; its id."""
    answer = world.browser(f"{user}.{HOME}").submit(f"{BASE}new", **values(world, **more))
    assert answer.status_code == 302, answer.get_data(as_text=True)[-1500:]
    return int(answer.location.rstrip("/").rpartition("/")[2])


def step(world: World, number: int, key: str, user: str = "groupclerk", *, late: bool = False, **typed: Any) -> Any:
    """Take a step of a request as somebody; the answer, and the browser for its errors. `late`: it does not open any
    more, and is sent all the same."""
    browser = world.browser(f"{user}.{HOME}")
    send = browser.sent_late if late else browser.submit
    answer = send(f"{BASE}bulk/{key}?ids={number}&back=record", **typed)
    answer.browser = browser
    return answer


def load(world: World, number: int) -> Request:
    with world.session() as s:
        return s.get_one(Request, number)


def person_of(world: World, user: str) -> int:
    return world.account(f"{user}.{HOME}").person_id


def received(world: World, letter: str = "1", **more: Any) -> int:
    """A request that the clerk has received with its letter."""
    number = ask(world, **more)
    assert step(world, number, "submit", "school").status_code == 302
    taken = step(world, number, "receive", received_on=near(0), letter_no=f"ศธ {letter}/{number}", letter_on=near(-1))
    assert taken.status_code == 302, taken.browser.errors()
    return number


def circulated(world: World, speakers: tuple[str, ...] = ("supervisor",), **more: Any) -> int:
    """A request for which speakers were asked."""
    number = received(world, **more)
    step(world, number, "screen", urgent_reason=more.get("urgent_reason"), urgent=more.get("urgent"))
    step(world, number, "propose")
    typed = {}
    for place, name in enumerate(speakers):
        typed |= {f"people-{place}-person_id": person_of(world, name), f"people-{place}-role": "speaker"}
    assert step(world, number, "circulate", "groupdirector", **typed).status_code == 302
    return number


def nominee_of(world: World, number: int, user: str = "supervisor") -> int:
    with world.session() as s:
        return s.scalars(
            select(Nominee.id).where(Nominee.request_id == number, Nominee.person_id == person_of(world, user))
        ).one()


def answer(world: World, number: int, said: str = "accepted", user: str = "supervisor", **more: Any) -> Any:
    """A speaker answers."""
    browser = world.browser(f"{user}.{HOME}")
    got = browser.submit(
        f"/services/speakers/bulk/answer?ids={nominee_of(world, number, user)}&back=record", answer=said, **more
    )
    got.browser = browser
    return got


def approved(world: World, **more: Any) -> int:
    """A request that ผอ.เขต has approved."""
    number = circulated(world, **more)
    assert answer(world, number).status_code == 302
    step(world, number, "consider", "groupdirector", met_on=near(0), activity_decision="เห็นควรให้บริการ")
    taken = step(world, number, "approve", "director")
    assert taken.status_code == 302, taken.browser.errors()
    return number


def preparing(world: World, **more: Any) -> int:
    """An approved request with its answer and the order to travel, typed."""
    number = approved(world, **more)
    assert step(world, number, "reply", letter_no="ศธ 9/1", letter_on=near(0)).status_code == 302
    assert step(world, number, "prepare", letter_no="ศธ 9/2", letter_on=near(0)).status_code == 302
    return number


def activity_of(world: World, number: int) -> Activity:
    with world.session() as s:
        return s.scalars(select(Activity).filter_by(request_id=number)).one()


def hold(world: World, number: int, user: str = "supervisor", **more: Any) -> Any:
    """It was held yesterday from 9.00 to 15.30, unless said otherwise."""
    activity = activity_of(world, number)
    typed = {
        "start_on": near(-1), "start_time": "09.00", "end_on": near(-1), "end_time": "15.30", "attendance": "25", "made_up": "0",
        **more,
    }  # fmt: skip
    browser = world.browser(f"{user}.{HOME}")
    got = browser.submit(f"/services/activities/{activity.id}/held", **typed)
    got.browser = browser
    return got


def meet(monkeypatch: Any, module: Any, name: str) -> None:
    """Two requests wait for one another where this function is called; SQLite lets one write at a time."""
    together, real = Barrier(2), getattr(module, name)

    def both(*args: Any) -> Any:
        with suppress(BrokenBarrierError):
            together.wait(0.5)
        return real(*args)

    monkeypatch.setattr(module, name, both)


def pressed_twice(world: World, browser: Any, address: str, data: dict[str, Any]) -> list[Any]:
    """The answers to one form of this browser that was sent twice at the same moment."""
    cookies = "; ".join(f"{one.key}={one.value}" for one in browser.client._cookies.values())
    headers = {"Cookie": cookies, "Accept-Language": "en"}
    hands = [world.app.test_client(use_cookies=False) for _press in range(2)]
    with ThreadPoolExecutor(2) as pool:
        sent = [pool.submit(hand.post, address, data=data, headers=headers, buffered=True) for hand in hands]
    return [one.result() for one in sent]
