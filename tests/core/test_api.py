"""Other systems: the same checks as the pages, each create once, every refusal in one shape."""

from __future__ import annotations

import hashlib
import io
import json
import re
import threading

import pytest
from sqlalchemy import select

from core.base.text.thai import today
from core.exchange.api.models import ApiToken, IdempotencyKey
from core.platform.accounts import services as accounts
from core.platform.users.models import Account, Grant
from core.plugins import switches
from core.web import unit_of_work
from plugins.saraban.models.letters import IncomingLetter
from plugins.saraban.work import registers
from tests.core.test_listing import register
from tests.support import HOME, OTHER, letter

LETTERS = "/api/v1/incoming-letters/"


class System:
    """Another system with a token."""

    def __init__(self, world, user=f"clerk.{HOME}", token=None, **more):
        self.client = world.app.test_client()
        self.token = world.token(user, **more) if token is None else token
        described = world.browser(user).get("/api/v1/openapi.json") if token is None else None
        self.spec = described.get_json(silent=True) or {} if described is not None else {}

    def get(self, url, **headers):
        answer = self.client.get(url, headers={"Authorization": f"Bearer {self.token}", **headers})
        return self.as_described("get", url, answer)

    def post(self, url, body, key="key-00000001", **headers):
        sent = {"Authorization": f"Bearer {self.token}", **headers, **({"Idempotency-Key": key} if key else {})}
        answer = self.client.post(url, data=json.dumps(body), content_type="application/json", headers=sent)
        return self.as_described("post", url, answer)

    def as_described(self, method, url, answer):
        """Every answer that a test gets is one that the OpenAPI names for this door."""
        for path, operations in self.spec.get("paths", {}).items():
            door = re.sub(r"\\{\w+\\}", r"\\d+", re.escape(path))
            if re.fullmatch(door, url.partition("?")[0]) and method in operations:
                assert str(answer.status_code) in operations[method]["responses"], (method, path, answer.status_code)
        return answer


@pytest.fixture
def system(world):
    return System(world)


def new(world, **changes):
    return {"unit_id": world.unit(), "sender": "สพฐ.", "recipient": "ผอ.เขต", "subject": "ทดสอบ", **changes}


def code(answer) -> str:
    body = answer.get_json()["error"]
    assert set(body) == {"code", "message", "fields", "reference"}
    return body["code"]


def test_a_stranger_gets_from_the_page_to_a_registered_letter(world):
    clerk = world.browser(f"clerk.{HOME}")
    clerk.get("/api/docs/")
    example = re.search(r"-d \'(\{.*?\})\'", clerk.tree.xpath("string(//pre)"), re.DOTALL)
    path = re.search(r"POST http://[^/]+(\S+)", clerk.tree.xpath("string(//pre)"))
    clerk.get("/api/tokens/")
    scopes = clerk.tree.xpath("//input[@name='scopes']/@value")
    clerk.post("/api/tokens/", {"name": "AMSS", "scopes": scopes, "ends_on": "31/12/" + str(today().year + 543)})
    clerk.get("/api/tokens/")
    token = re.search(r"khet_[\w-]+", clerk.text)[0]
    answer = System(world, token=token).post(path[1], json.loads(example[1]))
    assert answer.status_code == 201, answer.get_json()
    shown = System(world, token=token).get(answer.headers["Location"])
    assert shown.get_json()["subject"] == json.loads(example[1])["subject"]
    clerk.get("/api/tokens/")
    assert token not in clerk.text, "shown once"
    assert world.count("core_api_token", f"hash like '%{token[5:]}%'") == 0


def test_a_page_follows_the_other_by_its_cursor(world, system):
    made = register(world, 7, sender="เป้าหมาย")
    seen, cursor = [], ""
    while cursor is not None:
        page = system.get(f"{LETTERS}?q=เป้าหมาย&limit=3" + (f"&cursor={cursor}" if cursor else "")).get_json()
        seen += [row["id"] for row in page["data"]]
        cursor = page["next"]
    assert seen == sorted(made, reverse=True)


def test_a_cursor_of_another_question_or_district_is_refused(world, system):
    register(world, 5, sender="เป้าหมาย")
    cursor = system.get(f"{LETTERS}?limit=2").get_json()["next"]
    assert code(system.get(f"{LETTERS}?q=ก&limit=2&cursor={cursor}")) == "bad_cursor"
    assert code(System(world, f"clerk.{OTHER}").get(f"{LETTERS}?limit=2&cursor={cursor}")) == "bad_cursor"
    assert code(system.get(f"{LETTERS}?cursor=abc")) == "bad_cursor"


def test_filters_are_those_of_the_page_and_others_are_said(world, system):
    register(world, 2, speed=3)
    found = system.get(f"{LETTERS}?speed=3").get_json()["data"]
    assert {row["speed"] for row in found} == {3}
    answer = system.get(f"{LETTERS}?colour=red&speed=9")
    assert (answer.status_code, code(answer)) == (422, "invalid")
    assert code(system.get(f"{LETTERS}?from=ไม่ใช่วันที่")) == "invalid"
    assert code(system.get(f"{LETTERS}?limit=9999")) == "invalid"
    asked = {one["name"]: one["schema"] for one in system.spec["paths"][LETTERS]["get"]["parameters"]}
    assert asked["from"] == {"type": "string", "format": "date"}
    said = {one["name"]: one.get("description") for one in system.spec["paths"][LETTERS]["get"]["parameters"]}
    assert system.get(f"{LETTERS}?from=2026-01-01").status_code == 200
    assert system.get(f"{LETTERS}?from=2026-01-01").get_json() == system.get(f"{LETTERS}?from=2569-01-01").get_json()
    assert "2569" in said["to"]
    assert code(system.get(f"{LETTERS}?from=1/1/69")) == "invalid", "an office's day is for people"


THAI = re.compile("[ก-๙]")


def test_refusals_are_said_in_the_language_that_is_asked_for_else_in_the_owner_s(world, system):
    body = new(world, speed=9, subject=1, unit_id="x", due_at="2026-06-14T16:30:00", doc_date="ไม่ใช่", colour="red")

    def said(**headers) -> list[str]:
        refused = system.post(LETTERS, body, **headers).get_json()["error"]
        assert set(refused["fields"]) == {"speed", "subject", "unit_id", "due_at", "doc_date", "colour"}
        return [refused["message"], *refused["fields"].values()]

    assert all(THAI.search(one) for one in said()), "its owner's language"
    english = said(**{"Accept-Language": "fr;q=0.9, en-US;q=0.8, th;q=0.1"})
    assert not any(THAI.search(one) for one in english), english
    with world.session() as session:
        accounts.set_locale(session, world.account(f"clerk.{HOME}").id, "en")
    assert said() == said(**{"Accept-Language": "*"}) == english
    assert all(THAI.search(one) for one in said(**{"Accept-Language": "th-TH"}))


def test_the_same_key_makes_nothing_twice(world, system):
    first = system.post(LETTERS, new(world, subject="ครั้งเดียว"))
    again = system.post(LETTERS, new(world, subject="ครั้งเดียว"))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.get_json() == again.get_json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert world.count("saraban_incoming", "subject = 'ครั้งเดียว'") == 1


def test_the_same_key_with_another_body_is_refused(world, system):
    system.post(LETTERS, new(world))
    answer = system.post(LETTERS, new(world, subject="อื่น"))
    assert (answer.status_code, code(answer)) == (422, "idempotency_key_reused")
    assert world.count("saraban_incoming", "subject = 'อื่น'") == 0


def test_the_same_key_at_the_same_moment_makes_one_letter(world):
    token = world.token(f"clerk.{HOME}")
    body, answers = new(world, subject="พร้อมกัน"), []
    threads = [
        threading.Thread(target=lambda: answers.append(System(world, token=token).post(LETTERS, body).status_code))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [201] * 4
    assert world.count("saraban_incoming", "subject = 'พร้อมกัน'") == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"subject": "\ud800"}, {"subject": "a\0b"}, {"due_at": "0001-01-01T00:00:00+07:00"},
        {"due_at": "9999-12-31T23:59:59-12:00"}, {"doc_date": "0001-01-01"}, {"subject": ""}, {"sender": " \u3164 "},
    ],
)  # fmt: skip
def test_what_no_record_can_hold_is_refused_at_its_field(world, system, changes):
    before = world.count("saraban_incoming")
    answer = system.post(LETTERS, new(world, **changes))
    assert (answer.status_code, code(answer)) == (422, "invalid")
    assert list(answer.get_json()["error"]["fields"]) == list(changes)
    assert world.count("saraban_incoming") == before


@pytest.mark.parametrize(
    "sent", [b"[" * 200_000, b'{"a":' * 200_000, b'{"subject":"' + b"a" * 2_000_000 + b'"}', b'{"\\ud800": 1}']
)
def test_json_that_is_too_deep_or_too_long_or_has_half_a_letter_as_a_name_is_refused(world, system, sent):
    headers = {"Authorization": f"Bearer {system.token}", "Idempotency-Key": "key-00000009"}
    answer = system.client.post(LETTERS, data=sent, content_type="application/json", headers=headers)
    system.as_described("post", LETTERS, answer)
    assert (answer.status_code, code(answer)) in {(400, "not_json"), (413, "too_large")}


def test_a_create_without_a_key_or_without_json_is_refused(world, system):
    assert code(system.post(LETTERS, new(world), key="")) == "idempotency_key_missing"
    assert code(system.post(LETTERS, [1])) == "not_json"


def test_a_broken_rule_stands_at_its_field_and_nothing_is_written(world, system):
    before = world.count("saraban_incoming")
    missing = system.post(LETTERS, {"unit_id": world.unit(), "subject": "x"})
    assert missing.get_json()["error"]["fields"].keys() == {"sender", "recipient"}
    future = system.post(LETTERS, new(world, received_on="2999-01-01"), key="key-00000002")
    assert (future.status_code, list(future.get_json()["error"]["fields"])) == (422, ["received_on"])
    unknown = system.post(LETTERS, new(world, district_id=1), key="key-00000003")
    assert list(unknown.get_json()["error"]["fields"]) == ["district_id"]
    assert world.count("saraban_incoming") == before
    assert world.count("core_idempotency") == 0, "a refused request may be sent again with its key"


def test_a_unit_of_elsewhere_is_not_there(world, system):
    assert system.post(LETTERS, new(world, unit_id=world.unit(code=OTHER))).status_code == 404
    assert system.post(LETTERS, new(world, unit_id=world.unit("school")), key="key-00000002").status_code in (403, 404)


def test_a_token_does_no_more_than_its_scopes(world):
    narrow = System(world, scopes=["saraban.incoming:list"])
    assert narrow.get(LETTERS).status_code == 200
    number = register(world, 1)[0]
    assert code(narrow.get(f"{LETTERS}{number}")) == "forbidden"
    assert code(narrow.post(LETTERS, new(world))) == "forbidden"
    wide = System(world, f"director.{HOME}", scopes=["saraban.incoming:add", "saraban.incoming:list"])
    assert code(wide.post(LETTERS, new(world))) == "forbidden", "a scope gives nothing that the user has not"


def test_what_a_token_may_is_said_as_the_form_says_it_and_once(world):
    clerk = world.browser(f"clerk.{HOME}")
    clerk.get("/api/tokens/")
    boxes = {box.get("value"): " ".join(box.getparent().itertext()).strip() for box in scopes_of(clerk)}
    assert len(scopes_of(clerk)) == len(boxes), "no two boxes give the same"
    assert boxes["saraban.outgoing:add"] == "Letters sent, by recipient · Outgoing letters: add new ones"
    chosen = ["saraban.outgoing:add", "core.school:list", "saraban.outgoing:add"]
    clerk.post("/api/tokens/", {"name": "AMSS", "scopes": chosen, "ends_on": "31/12/" + str(today().year + 543)})
    with world.session(HOME) as session:
        switches.switch(session, world.khet.switchboard, "saraban", on=False)
    clerk.get("/api/tokens/")
    said = clerk.tree.xpath("//td[@data-title='It may']/div/text()")
    assert said == [boxes["core.school:list"], boxes["saraban.outgoing:add"]]


def scopes_of(browser):
    return browser.tree.xpath("//input[@name='scopes']")


def _end_token(world, system, end):
    clerk, admin = world.account(f"clerk.{HOME}"), world.browser(f"admin.{HOME}")
    with world.session(HOME) as session:
        number = session.scalars(select(ApiToken.id)).one()
        grant = session.scalars(select(Grant.id).where(Grant.user_id == clerk.id)).first()
    if end == "ended":
        world.owner("update core_api_token set ends_on = '2020-01-01'")
    elif end == "revoked":
        world.browser(clerk.username).post(f"/api/tokens/{number}/revoke")
    elif end == "revoked by the administrator":
        assert "<code>…" in admin.get(f"/users/{clerk.id}").get_data(as_text=True)
        admin.post(f"/users/{clerk.id}/tokens/{number}/revoke")
        assert "<code>…" not in admin.get(f"/users/{clerk.id}").get_data(as_text=True)
    elif end == "new password":
        new_one = {"password": "ประโยคที่จำง่าย", "again": "ประโยคที่จำง่าย"}
        browser = world.browser(clerk.username)
        browser.submit("/password/", old_password="khet-demo", **new_one)
        assert "Ended" in browser.get("/api/tokens/").get_data(as_text=True)
    elif end == "password reset and chosen anew":
        admin.post(f"/users/{clerk.id}/reset")
        with world.session(HOME) as session:
            session.get(Account, clerk.id).must_change_password = False
    elif end == "locked":
        admin.post(f"/users/{clerk.id}/lock")
    elif end == "locked and unlocked":
        admin.post(f"/users/{clerk.id}/lock")
        admin.post(f"/users/{clerk.id}/lock")
    elif end == "a role ended":
        admin.post(f"/users/{clerk.id}/grants/{grant}/end")
    else:
        system.token = "khet_unknown"


@pytest.mark.parametrize(
    "end",
    [
        "ended", "revoked", "revoked by the administrator", "new password", "password reset and chosen anew", "locked",
        "locked and unlocked", "a role ended", "unknown",
    ],
)  # fmt: skip
def test_a_token_ends(world, end):
    system = System(world)
    assert system.get(LETTERS).status_code == 200
    _end_token(world, system, end)
    answer = system.get(LETTERS)
    assert (answer.status_code, code(answer)) == (401, "unauthorized")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_cookie_opens_no_door_of_the_interface(world):
    browser = world.browser(f"clerk.{HOME}")
    assert browser.client.get(LETTERS).status_code == 401
    assert browser.client.post(LETTERS, json=new(world)).status_code == 401


def test_nobody_revokes_another_s_token(world, system):
    with world.session(HOME) as session:
        number = session.scalars(select(ApiToken.id)).one()
    for stranger in (f"director.{HOME}", f"clerk.{OTHER}"):
        assert world.browser(stranger).post(f"/api/tokens/{number}/revoke").status_code == 404


def test_too_many_requests_are_told_to_wait(world, system, monkeypatch):
    from limits import RateLimitItemPerMinute

    monkeypatch.setattr(unit_of_work, "API_LIMIT", RateLimitItemPerMinute(2))
    assert [system.get(LETTERS).status_code for _ in range(3)] == [200, 200, 429]
    answer = system.get(LETTERS)
    assert code(answer) == "too_many_requests"
    assert int(answer.headers["Retry-After"]) > 0


def test_a_module_that_is_off_stands_in_no_description(world, system):
    browser = world.browser(f"clerk.{HOME}")
    assert "/api/v1/incoming-letters/" in browser.get("/api/v1/openapi.json").get_json()["paths"]
    with world.session(HOME) as session:
        switches.switch(session, world.khet.switchboard, "saraban", on=False)
    assert "/api/v1/incoming-letters/" not in browser.get("/api/v1/openapi.json").get_json()["paths"]
    assert code(system.get(LETTERS)) == "not_found"


def test_a_secret_paper_is_not_there_for_a_token_either(world):
    from plugins.saraban.work import registers as services
    from tests.support import letter

    account = world.account(f"secret.{HOME}")
    with world.session(HOME, f"secret.{HOME}") as session:
        clerk = services.Clerk(account.id, "ลับ", 3)
        unit = session.scalars(select(IncomingLetter.unit_id)).first()
        made = services.register_incoming(session, unit, letter(subject="ลับ", secrecy=2), clerk=clerk, today=today())
        number = made.id
    named = System(world, f"secret.{HOME}")
    assert named.get(f"{LETTERS}{number}").status_code == 404, (
        "not for its reader either: every look is logged on its page"
    )
    assert number not in [row["id"] for row in named.get(f"{LETTERS}?limit=200").get_json()["data"]]
    system = System(world)
    assert system.get(f"{LETTERS}{number}").status_code == 404
    assert number not in [row["id"] for row in system.get(f"{LETTERS}?limit=200").get_json()["data"]]


def test_old_keys_are_swept(world, system):
    from core.ops.serve import housekeeping

    system.post(LETTERS, new(world))
    world.owner("update core_idempotency set at = '2020-01-01 00:00:00'")
    housekeeping(world.app)
    with world.session(HOME) as session:
        assert session.scalars(select(IdempotencyKey)).all() == []


def test_the_files_of_a_letter_are_listed_and_taken(world, system):
    clerk = world.browser(f"clerk.{HOME}")
    file = (io.BytesIO(b"%PDF-1.7 letter"), "หนังสือ.pdf")
    staged = clerk.post("/uploads/", {"file": file}, content_type="multipart/form-data").json["id"]
    (number,) = register(world, 1, files=[staged])
    answer = system.get(f"{LETTERS}{number}/files").get_json()["data"]
    assert [one["name"] for one in answer] == ["หนังสือ.pdf"]
    taken = system.get(f"{LETTERS}{number}/files/{answer[0]['id']}")
    assert taken.get_data() == b"%PDF-1.7 letter"
    assert hashlib.sha256(taken.get_data()).hexdigest() == answer[0]["sha256"]
    assert "attachment" in taken.headers["Content-Disposition"]
    stranger = System(world, f"clerk.{OTHER}")
    for door in (f"{LETTERS}{number}/files", f"{LETTERS}{number}/files/{answer[0]['id']}"):
        assert code(stranger.get(door)) == "not_found"
    assert code(System(world, scopes=["saraban.incoming:list"]).get(f"{LETTERS}{number}/files")) == "forbidden"


def test_no_secret_paper_s_file_leaves_by_this_door(world):
    account, unit = world.account(f"secret.{HOME}"), world.unit()
    with world.session(user=f"secret.{HOME}") as s:
        clerk = registers.Clerk(account.id, "นายทะเบียน", 3)
        number = registers.register_incoming(s, unit, letter(secrecy=1), clerk=clerk, today=today()).id
        going = registers.register_outgoing(s, unit, letter(secrecy=1), clerk=clerk, today=today()).id
    named = System(world, f"secret.{HOME}")
    assert code(named.get(f"{LETTERS}{number}/files")) == "not_found"
    for number, channel in ((going, "post"), (going, "khet"), (99999999, "post")):
        sent = {"letter_id": number, "channel": channel, "recipient": "สพฐ.", "to_unit_id": unit}
        assert code(named.post("/api/v1/dispatches/", sent)) == "not_found", "nor is one sent, or said to be there"
    assert world.count("saraban_dispatch", "secrecy > 0") == 0
