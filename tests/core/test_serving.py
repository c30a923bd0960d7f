"""What the server refuses, and the operator's commands."""

from __future__ import annotations

import contextlib
import dataclasses
import gzip
import http.client
import os
import socket
import subprocess
import sys
import threading

import psutil
import pytest
from click.testing import CliRunner
from sqlalchemy import select

from core.base.config import ConfigError, Settings
from core.ops import cli, http_server, serve
from core.ops.application import ROOT, create_app
from core.platform.jobs import runner as job_runner
from core.platform.jobs import services as jobs
from core.platform.personal.models import Draft
from core.platform.personal.services import KEPT_DRAFTS
from core.platform.seal import sealer
from core.platform.users.models import RoleProfile
from core.storage.base import utc_now
from tests.core.serving import listening
from tests.core.test_outbox import put
from tests.installations import settings_for
from tests.support import HOME, OTHER


def settings(tmp_path, **more):
    return settings_for(tmp_path, f"sqlite:///{tmp_path / 'k.sqlite3'}", **more)


def test_health_tells_database_migrations_and_disk_and_no_version(world):
    for address in ("/health", "/health?all"):
        answer = world.browser().get(address)
        assert answer.status_code == 200
        assert answer.json == dict.fromkeys(["database", "migrations", "disk", "backup", "files", "timeline"], True)


def test_health_tells_the_operator_alone_what_stands_still(world, monkeypatch):
    settings = dataclasses.replace(world.khet.settings, health_token="h" * 40)
    monkeypatch.setattr(world.khet, "settings", settings)

    def asked(token: str):
        return world.app.test_client().get("/health?all", headers={"Authorization": f"Bearer {token}"})

    assert "waiting" not in asked("x" * 40).json
    well = asked("h" * 40)
    assert (well.status_code, well.json["jobs"], well.json["mail"]) == (200, True, True)
    with world.session(user=f"clerk.{HOME}") as s:
        jobs.enqueue(s, "core.export", "งาน", {})
    world.owner("update core_job set queued_at = '2026-01-01 00:00:00'")
    stands = asked("h" * 40)
    assert (stands.status_code, stands.json["jobs"], stands.json["waiting"]["jobs"]["count"]) == (503, False, 1)
    assert stands.json["waiting"]["jobs"]["oldest_seconds"] > 900
    world.owner("update core_job set state = 'running', lease_until = '2026-01-01 00:00:00'")
    assert asked("h" * 40).json["waiting"]["jobs"]["left"] == 1, "its worker is gone"
    world.owner("update core_job set state = 'failed'")
    put(world)
    world.owner("update core_delivery set attempts = 3, not_before = '2999-01-01 00:00:00'")
    stands = asked("h" * 40)
    assert (stands.json["mail"], stands.json["waiting"]["mail"]["in_vain"]) == (False, 1), "the mail server is away"
    assert asked("").status_code == 200
    monkeypatch.setattr(world.khet, "settings", dataclasses.replace(settings, health_token=""))
    assert "waiting" not in asked("").json


@pytest.mark.parametrize(
    ("host", "more", "refused"),
    [
        ("127.0.0.1", {}, False),
        ("::1", {}, False),
        ("localhost", {"demo": False}, False),
        ("0.0.0.0", {}, True),
        ("0.0.0.0", {"insecure_http": True}, True),
        ("0.0.0.0", {"demo": False}, True),
        ("192.0.2.7", {"demo": False, "public_url": "https://khet.example"}, True),
        (
            "192.0.2.7",
            {"demo": False, "public_url": "https://khet.example", "trusted_proxies": ("192.0.2.1",)},
            False,
        ),
        ("0.0.0.0", {"demo": False, "insecure_http": True}, False),
    ],
)
def test_beyond_loopback_only_with_https_or_a_warning(tmp_path, host, more, refused):
    if refused:
        with pytest.raises(ConfigError):
            serve.check_address(settings(tmp_path, **more), host)
    else:
        serve.check_address(settings(tmp_path, **more), host)


def test_plain_http_carries_a_banner_on_every_page(tmp_path):
    app = create_app(settings(tmp_path, demo=False, insecure_http=True), guests=False)
    assert "HTTP ที่ไม่เข้ารหัส" in app.test_client().get("/login/").get_data(as_text=True)
    safe = create_app(settings(tmp_path, demo=False), guests=False)
    assert "HTTP ที่ไม่เข้ารหัส" not in safe.test_client().get("/login/").get_data(as_text=True)


def test_https_makes_secure_cookies_and_believes_only_named_proxies(tmp_path):
    import dataclasses

    made = settings(tmp_path, demo=False, public_url="https://khet.example", trusted_proxies=("192.0.2.1",))
    app = create_app(dataclasses.replace(made), guests=False)
    assert app.config["SESSION_COOKIE_SECURE"]
    assert app.config["SESSION_COOKIE_NAME"] == "__Host-khet"
    seen = {}

    @app.get("/who")
    def who():  # pragma: no cover - asked below
        return ""

    app.extensions["khet"].open_endpoints = frozenset({"who"})

    @app.after_request
    def note(response):
        from flask import request

        seen[request.environ["REMOTE_ADDR"]] = (request.remote_addr, request.scheme)
        return response

    headers = {
        "X-Forwarded-For": "198.51.100.9",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "khet.example",
    }
    for peer in ("192.0.2.1", "203.0.113.5"):
        app.test_client().get("/who", headers={**headers, "Host": "khet.example"}, environ_base={"REMOTE_ADDR": peer})
    assert ("198.51.100.9", "https") in seen.values()
    assert ("203.0.113.5", "http") in seen.values()


def test_another_host_s_name_is_refused(tmp_path):
    app = create_app(settings(tmp_path, demo=False, public_url="https://khet.example"), guests=False)
    assert app.test_client().get("/login/", headers={"Host": "evil.example"}).status_code == 400


def test_no_secret_has_a_default(tmp_path):
    first = Settings.from_environment({"KHET_DATA_DIR": str(tmp_path / "a")}, makes=True)
    second = Settings.from_environment({"KHET_DATA_DIR": str(tmp_path / "b")}, makes=True)
    assert first.secret_key != second.secret_key
    assert len(first.secret_key) > 40
    assert Settings.from_environment({"KHET_DATA_DIR": str(tmp_path / "a")}, makes=True).secret_key == first.secret_key


def environment(world) -> dict[str, str]:
    made = world.khet.settings
    return {
        "KHET_DATA_DIR": str(made.data_dir), "KHET_DATABASE_URL": made.database_url, "KHET_DEMO": "1",
        "KHET_OWNER_DATABASE_URL": made.owner_database_url, "KHET_SYSTEM_DATABASE_URL": made.system_database_url,
        "KHET_SECRET_KEY": "test" * 8,
    }  # fmt: skip


def test_the_demo_is_loaded_into_an_installation_that_was_only_migrated(tmp_path, monkeypatch):
    env, there = {"KHET_DATA_DIR": str(tmp_path / "data"), "KHET_DEMO": "1"}, []

    def load(database, _registry) -> bool:
        with database.system("demo") as session:
            there.extend(session.scalars(select(RoleProfile.key)))
        return True

    monkeypatch.setattr(cli.demo_data, "load", load)
    for word in ("migrate", "demo"):
        done = CliRunner().invoke(cli.main, [word], env=env, catch_exceptions=False)
        assert done.exit_code == 0, done.output
    assert "core.head_office" in there, "the demo's people are given roles"


def test_the_operator_s_commands(world, tmp_path):
    runner, env = CliRunner(), environment(world)

    def command(*words: str, code: int = 0) -> str:
        done = runner.invoke(cli.main, list(words), env=env, catch_exceptions=False)
        assert done.exit_code == code, done.output
        return done.output

    wanted = {"serve", "migrate", "prepare-postgres", "create-admin", "demo", "sync-roles", "plugins", "export",
              "backup", "restore", "new-plugin"}  # fmt: skip
    assert wanted <= set(cli.main.commands)
    assert "current" in command("migrate")
    assert "0 changes" in command("sync-roles")
    assert "nothing was changed" in command("demo")
    assert "saraban" in command("plugins", "list", "--district", HOME)
    assert "off" in command("plugins", "disable", "saraban", "--district", HOME)
    out = tmp_path / "r.xlsx"
    export = ["export", "saraban.incoming", "--year", str(world.fullest_year()), "--out", str(out)]
    assert "is off" in command(*export, "--district", HOME, code=1)
    command(*export, "--district", OTHER)
    assert out.read_bytes()[:2] == b"PK"
    assert out.stat().st_mode & 0o077 == 0
    wrong_era = ["export", "saraban.incoming", "--year", "2026", "--out", str(tmp_path / "r.csv"), "--district", OTHER]
    assert "2026: a year of the Buddhist era" in command(*wrong_era, code=1)
    assert ".xlsx, .csv, .pdf" in command(*export[:-1], str(tmp_path / "r.doc"), "--district", OTHER, code=1)
    assert not (tmp_path / "r.doc").exists()
    command("plugins", "enable", "saraban", "--district", HOME)
    assert "no district" in command("plugins", "enable", "saraban", "--district", "nowhere", code=1)
    assert "there are" in command("export", "none", "--year", "1", "--out", str(out), "--district", HOME, code=1)
    admin = ["create-admin", "--district", HOME, "--name", "second"]
    assert "can sign in" in command(*admin, "--password", "รหัสผ่านยาวพอ")
    assert world.browser(f"second.{HOME}").get("/users/").status_code == 200
    assert command(*admin[:-1], "third", "--password", "short", code=1)
    assert "files in" in command("backup", str(tmp_path / "k.zip"), "--plain")
    assert "there already" in command("backup", str(tmp_path / "k.zip"), "--plain", code=1)
    assert "files in" in command("backup", str(tmp_path / "k.zip"), "--plain", "--overwrite")
    wrong = ["create-admin", "--district", HOME, "--name", "fourth", "--role", "core.nobody"]
    assert "core.district_admin" in command(*wrong, "--password", "รหัสผ่านยาวพอ", code=1), "the roles there are"
    assert "users already" in command("restore", str(tmp_path / "k.zip"), "--plain", code=1)
    assert "whole" in command("seal")


def test_the_two_commands_say_what_they_are():
    done = subprocess.run(
        [sys.executable, "app.py", "--help"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
        env={**os.environ, "COLUMNS": "120"},
    )  # fmt: skip
    assert done.returncode == 0
    for word in ("serve", "migrate", "backup", "new-plugin", "prepare-postgres"):
        assert word in done.stdout


def test_bundled_files_go_out_compressed_and_pages_do_not(world):
    browser = world.browser(f"clerk.{HOME}")
    path = "/static/vendor/bootstrap/bootstrap.min.css"
    plain, packed = browser.client.get(path), browser.client.get(path, headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.get_data()) == plain.get_data()
    assert len(packed.get_data()) < len(plain.get_data()) / 5
    again = browser.client.get(path, headers={"Accept-Encoding": "gzip", "If-None-Match": packed.headers["ETag"]})
    assert again.status_code in (200, 304)
    page = browser.client.get("/", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in page.headers, "a page mixes what is secret with what others typed"


def test_housekeeping_seals_expires_and_sweeps(world):
    from datetime import timedelta

    from core.base.text.thai import today
    from core.platform.numbering import engine

    unit = world.unit()
    with world.session() as s:
        held = engine.reserve(s, unit, "test.book", today=today(), actor_name="ท", reason="ก", expires_on=today())[0]
        held.expires_on = today() - timedelta(days=1)
    serve.housekeeping(world.app)
    assert world.count("core_number", "state = 'expired'") == 1
    assert world.count("core_timeline_seal") > 0


def test_what_fails_in_one_district_keeps_no_other_from_its_turn(world, monkeypatch):
    seen = []

    def fails(*given):
        seen.append(given[-1])
        raise ValueError(given)

    monkeypatch.setattr(job_runner, "sweep_results", fails)
    with pytest.raises(ExceptionGroup) as told:
        serve.housekeeping(world.app)
    districts = world.count("core_district")
    assert len(seen) == len(told.value.exceptions[0].exceptions) == districts
    monkeypatch.setattr(sealer, "seal", fails)
    world.owner(
        "update core_schedule set failed_at = '2026-01-01 00:00:00.000000', last_at = '2026-01-01 00:00:00.000000'"
    )
    with pytest.raises(ExceptionGroup):
        serve.housekeeping(world.app)
    assert len(seen) == 2 * districts + 1


def test_old_drafts_are_swept_by_the_hour_and_not_by_the_minute(world):
    """A sweep writes in every district, one after the other; the clerks of the minute do not wait for it."""
    serve.housekeeping(world.app)
    clerk = world.account(f"clerk.{HOME}")
    with world.session(user=f"clerk.{HOME}") as s:
        s.add(Draft(user_id=clerk.id, page="/x", data={}, saved_at=utc_now() - 2 * KEPT_DRAFTS))
    serve.housekeeping(world.app)
    assert world.count("core_draft") == 1
    world.owner("update core_schedule set last_at = '2026-01-01 00:00:00.000000'")
    serve.housekeeping(world.app)
    assert world.count("core_draft") == 0


def test_starting_again_keeps_the_data(world):
    from core.ops.demo import load

    before = world.count("saraban_incoming")
    with world.app.app_context():
        assert load.load(world.database, world.khet.registry) is False
    assert world.count("saraban_incoming") == before


def test_a_hundred_browsers_that_keep_their_lines_open_leave_room_for_one_more(world):
    lines = []
    with listening(world.app) as port:
        for _number in range(130):
            line = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
            line.connect()
            lines.append(line)
        lines[-1].request("GET", "/health")
        assert lines[-1].getresponse().status == 200
    for line in lines:
        line.close()


def test_a_stranger_who_opens_every_line_keeps_nobody_out(world, monkeypatch):
    """Half a request on each line, sent again and again: who asks is answered at once all the same."""
    monkeypatch.setattr(http_server, "MOST_LINES", 60)
    with listening(world.app) as port, contextlib.ExitStack() as held:
        for _each in range(120):
            line = held.enter_context(socket.create_connection(("127.0.0.1", port), timeout=5))
            line.sendall(b"GET /login/ HTTP/1.1\r\nHost: khet\r\n")
        for _each in range(3):
            asked = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            asked.request("GET", "/login/")
            assert asked.getresponse().status == 200
            held.callback(asked.close)


def test_what_is_being_answered_or_sent_makes_no_room(world, monkeypatch):
    """A line on which a form arrives is no silent one, nor one on which an answer is awaited."""
    monkeypatch.setattr(http_server, "MOST_LINES", 60)
    asked, go, answer = threading.Event(), threading.Event(), world.app.wsgi_app

    def slowly(environ, start_response):
        if environ["QUERY_STRING"]:
            asked.set()
            go.wait(20)
        return answer(environ, start_response)

    monkeypatch.setattr(world.app, "wsgi_app", slowly)
    with listening(world.app) as port, contextlib.ExitStack() as held:
        slow = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        slow.request("GET", "/login/?slow=1")
        assert asked.wait(10)
        form = held.enter_context(socket.create_connection(("127.0.0.1", port), timeout=5))
        form.sendall(b"POST /login/ HTTP/1.1\r\nHost: khet\r\nConnection: close\r\nContent-Length: 120\r\n\r\n")
        for _each in range(120):
            form.sendall(b"x")  # a slow line, and never silent for long
            line = held.enter_context(socket.create_connection(("127.0.0.1", port), timeout=5))
            line.sendall(b"GET /login/ HTTP/1.1\r\nHost: khet\r\n")
        assert form.recv(100).startswith(b"HTTP/1.1 "), "it was answered"
        go.set()
        assert slow.getresponse().status == 200


@pytest.mark.skipif(
    not hasattr(psutil, "RLIMIT_NOFILE"), reason="only Linux lets a process ask for its limits (psutil)"
)
def test_a_service_may_open_as_many_files_as_an_office_has_lines(tmp_path):
    """A service begins with 1,024, which 170 browsers use up; where the system allows no more, fewer lines are open."""
    ask = (
        "import resource, sys; from core.ops import http_server; "
        "resource.setrlimit(resource.RLIMIT_NOFILE, (256, int(sys.argv[1]))); "
        "print(http_server.most_lines(), resource.getrlimit(resource.RLIMIT_NOFILE)[0])"
    )
    for most, lines, files in ((4096, 2000, 2300), (1000, 700, 1000)):
        done = subprocess.run(
            [sys.executable, "-c", ask, str(most)], cwd=ROOT, capture_output=True, text=True, check=True
        )
        assert done.stdout.split() == [str(lines), str(files)]
