"""What may be a password."""

from __future__ import annotations

import re
import time

import pytest

from core.base.errors import RuleError
from core.platform.users import passwords
from tests.support import HOME

#: what colleagues know of ครูสมชาย of โรงเรียนบ้านนาอ้อ
KNOWN = ["somchai.loei3", "สมชาย", "ใจดี", "loei3", "สพป.เลย เขต 3", "โรงเรียนบ้านนาอ้อ", "42030123"]


@pytest.mark.parametrize(
    "password",
    [
        "aaaaaaaaaa", "qwertyuiop", "1234567891", "password12", "iloveyou12", "P@ssw0rd2569", "admin12345",
        "abcdefghij", "passwordpassword", "abc123abc123",
        # the account's own
        "somchai2525", "somchai.loei3", "schoolloei3", "loei3loei3", "สมชาย2525!", "สมชายใจดี", "สมชายใจดี2569", "2569!สมชาย_ใจดี", "somchailoei3-2569", "l,=kp2525!", "โรงเรียนบ้านนาอ้อ",
        # numbers alone: telephone, birthday, identity card, the school's code twice
        "0812345678", "15/08/2525", "15-08-2525", "1420300123456", "4203012342030123", "081 234 5678",
        # Thai words, in Thai and on the English layout
        "รหัสผ่าน123", "สวัสดีครับ", "l;ylfu8iy[", "l;ylfu8iy[2569", "มหาวิทยาลัย", "123มหาวิทยาลัย!", "ประเทศไทย99",
    ],
)  # fmt: skip
def test_a_password_that_is_soon_guessed_is_refused(app_texts, password):
    with pytest.raises(RuleError) as refused:
        passwords.check(password, KNOWN)
    assert refused.value.field == "password"


@pytest.mark.parametrize(
    "password",
    [
        "ประโยคที่จำง่าย", "แมวส้มนอนบนโต๊ะ", "ฝนตกแดดออกวันศุกร์", "longenough1", "correct horse battery", "Tq8-vmz2-k4hp",
        "kp9f-3mzt-x7qa", "สมชายเลี้ยงแมวส้ม", "x" * 5 + "ฟ้าใสวันจันทร์" + "y" * 100,
    ],
)  # fmt: skip
def test_a_sentence_or_a_random_one_is_taken(app_texts, password):
    passwords.check(password, KNOWN)


@pytest.fixture
def app_texts():
    from tests.core.doors import APP

    with APP.test_request_context():
        yield


def test_no_password_takes_long_to_look_at(app_texts):
    """zxcvbn's time grows with the square of what it looks at, and with every sign that may stand for a letter."""
    begun = time.process_time()
    for password in ("x" * 128, "a1" * 64, "qwerty" * 21, "p4ssw0rd" * 16):
        with pytest.raises(RuleError):
            passwords.check(password, KNOWN)
    passwords.check("4@8({[<3691!|70$5+%2" * 5, KNOWN)
    assert time.process_time() - begun < 10


def test_the_page_says_why_and_keeps_the_account_as_it_was(world):
    browser = world.browser(f"school.{HOME}", "th")
    typed = {"password": "schoolloei3", "again": "schoolloei3"}
    assert browser.submit("/password/", old_password="khet-demo", **typed).status_code == 422
    assert any("เดาได้ง่าย" in error for error in browser.errors())
    typed = {"password": "0812345678", "again": "0812345678"}
    browser.submit("/password/", old_password="khet-demo", **typed)
    assert any("ตัวเลขล้วน" in error for error in browser.errors())
    assert world.account(f"school.{HOME}").epoch == 1


def test_who_has_forgotten_a_password_reads_whom_to_ask_and_ends_with_one_of_their_own(world):
    """The same words whatever name is typed; the administrator resets it, the owner chooses anew and is told who did it."""
    owner, said = world.account(f"school.{HOME}"), set()
    for name in ("", owner.username, "nobody.at.all"):
        stranger = world.browser(locale="th")
        answer = stranger.get("/login/") if not name else stranger.submit("/login/", username=name, password="ลืมแล้ว")
        assert answer.status_code == (422 if name else 200)
        said.add(" ".join(stranger.tree.xpath("string(//details[summary])").split()))
    (words,) = said
    assert "กรุณาติดต่อผู้ดูแลระบบของสำนักงานเขตพื้นที่การศึกษาที่สังกัด" in words
    for known in (owner.get_full_name(), world.account(f"admin.{HOME}").get_full_name()):
        assert known not in words, "nobody is named to who has not signed in"

    admin = world.browser(f"admin.{HOME}")
    assert admin.post(f"/users/{owner.id}/reset").status_code == 302
    admin.get(f"/users/{owner.id}")
    (shown,) = re.findall(r"Temporary password of \S+: (\S+) ", admin.text)
    browser = world.browser()
    assert browser.submit("/login/", username=owner.username, password="khet-demo").status_code == 422, "the old one"
    assert browser.submit("/login/", username=owner.username, password=shown).status_code == 302
    browser.get("/")
    assert browser.page.location.startswith("/password/"), "nothing opens before a new one is chosen"
    fresh = "ฝนตกหนักที่หน้าเขต7วัน"
    chosen = browser.submit("/password/", old_password=shown, password=fresh, again=fresh)
    assert chosen.status_code == 302, browser.errors()
    browser.get("/notices/")
    assert "ตั้งรหัสผ่านชั่วคราวให้บัญชีนี้" in browser.text
    assert world.account(f"admin.{HOME}").get_full_name() in browser.text
