"""A step for many says which of them it is not for; a step of one begins with what is known of it."""

from __future__ import annotations

from tests.plugins.service_request.world import BASE, ask, load, received, step
from tests.support import HOME


def test_a_step_for_many_names_those_it_is_not_for_and_does_nothing(world):
    ready, early = received(world), ask(world, topic="คำขอที่ยังไม่ส่ง")
    step(world, early, "submit", "school")
    clerk = world.browser(f"groupclerk.{HOME}")
    taken = clerk.sent_late(f"{BASE}bulk/screen?ids={ready},{early}", note="ชี้แจงแล้ว")
    assert taken.status_code == 422
    said = " ".join(clerk.errors())
    assert "คำขอที่ยังไม่ส่ง" in said
    assert load(world, ready).label not in said
    assert load(world, ready).status == "received", "all or nothing"


def test_screening_begins_with_the_haste_the_school_has_said(world):
    number = received(world, urgent="y", urgent_reason="นักเรียนสอบสัปดาห์หน้า")
    clerk = world.browser(f"groupclerk.{HOME}")
    clerk.get(f"{BASE}bulk/screen?ids={number}&back=record")
    assert clerk.tree.xpath("//input[@name='urgent' and @checked]")
    assert clerk.tree.xpath("//input[@name='urgent_reason']/@value") == ["นักเรียนสอบสัปดาห์หน้า"]
