"""What nobody brings back is asked before it happens, by a page that names what will happen."""

from __future__ import annotations

import re

from sqlalchemy import select

from core.base.config import ROOT
from core.platform.masterdata.models import Post, SchoolGroupMember
from core.platform.users.models import Grant
from tests.support import HOME, OTHER

#: pressed once, since another press takes it back
TAKEN_BACK = {
    "job.html": {"stop"},  # it is tried again
    "user.html": {"lock"},
    "role_rules.html": {"factor", "change"},
    "security.html": {"end"},  # signing in is all it takes
    "module_off.html": {"switch"},  # is the page that asks
    "sure.html": {"request.path"},  # so is this
}


def test_a_red_button_that_acts_at_one_press_can_be_taken_back():
    found = [*(ROOT / "core").rglob("templates/**/*.html"), *(ROOT / "plugins").rglob("templates/**/*.html")]
    assert len(found) > 50
    for page in found:
        text = page.read_text(encoding="utf-8")
        for call in re.findall(r"post_button\((.*?)\) ?\}\}", text):
            if "danger" in call:
                step = re.match(r'view\.url\("(\w+)"', call) or re.match(r"(request\.path)", call)
                assert step, call
                assert step[1] in TAKEN_BACK.get(page.name, ()), f"{page.name}: {call}"


def steps(world) -> dict[str, tuple[str, str]]:
    """Address of each step → (who, what its page names)."""
    admin, clerk = f"admin.{HOME}", world.account(f"clerk.{HOME}")
    with world.session(user=admin) as s:
        grant = s.scalars(select(Grant).where(Grant.user_id == clerk.id, Grant.ended_at.is_(None))).first()
        post = s.scalars(select(Post).where(Post.ends_on.is_(None))).first()
        member = s.scalars(select(SchoolGroupMember).where(SchoolGroupMember.ends_on.is_(None))).first()
        return {
            f"/users/{clerk.id}/leave": (admin, "Every role of this user ends"),
            f"/users/{clerk.id}/reset": (admin, "temporary password"),
            f"/users/{clerk.id}/grants/{grant.id}/end": (admin, grant.unit.name),
            f"/users/{clerk.id}/factors/reset": (admin, "recovery code"),
            f"/persons/{post.person_id}/posts/{post.id}/end": (admin, post.position),
            f"/school-groups/{member.group_id}/members/{member.id}/end": (admin, member.school.name),
        }


def test_the_page_before_says_what_will_happen_and_does_nothing(world):
    found = steps(world)
    before = world.count("core_timeline")
    for address, (user, words) in found.items():
        browser = world.browser(user)
        assert browser.get(address).status_code == 200, address
        assert words in browser.text, address
        assert browser.tree.xpath(f"//form[@method='post'][@action='{address}']//button"), "one more press does it"
        assert browser.tree.xpath("//main//a[text()='Cancel']"), "and one may go back"
        for stranger in (f"clerk.{HOME}", f"admin.{OTHER}"):
            assert world.browser(stranger).get(address).status_code in (403, 404), address
    assert world.count("core_timeline") == before


def test_the_pages_of_users_and_people_lead_there_and_do_not_act(world):
    for address in steps(world):
        browser = world.browser(f"admin.{HOME}")
        browser.get("/".join(address.split("/")[:3]))
        assert not browser.tree.xpath(f"//form[@action='{address}']"), address
        if "factors" not in address:
            assert browser.tree.xpath(f"//a[@href='{address}']"), address


def test_pressed_once_more_it_happens(world):
    post = next(address for address in steps(world) if "/posts/" in address)
    browser = world.browser(f"admin.{HOME}")
    browser.get(post)
    assert browser.post(post).status_code == 302
    with world.session() as s:
        assert s.get_one(Post, int(post.split("/")[-2])).ends_on is not None
