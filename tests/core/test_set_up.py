"""A new district's administrator reads what is to be set up, each behind a press; nobody else does."""

from __future__ import annotations

from tests.support import HOME

ITEMS = "//section[contains(@class,'set-up')]//li"


def test_what_is_not_set_up_yet_stands_first_until_it_is(world):
    world.owner("delete from core_holiday")
    admin = world.browser(f"admin.{HOME}")
    admin.get("/")
    items = admin.tree.xpath(ITEMS)
    assert [one.get("class") for one in items].count(None) == 1, "only the holidays are missing"
    (missing,) = [one for one in items if one.get("class") is None]
    assert "holidays" in missing.text_content()
    for one in admin.tree.xpath(f"{ITEMS}//a/@href"):
        assert world.browser(f"admin.{HOME}").get(one).status_code == 200
    assert admin.post("/holidays/fixed").status_code == 302
    admin.get("/")
    assert not admin.tree.xpath(ITEMS), "it is all there"


def test_only_who_makes_accounts_is_told(world):
    world.owner("delete from core_holiday")
    clerk = world.browser(f"clerk.{HOME}")
    clerk.get("/")
    assert not clerk.tree.xpath(ITEMS)
