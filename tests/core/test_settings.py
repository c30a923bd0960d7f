"""One settings file for the service and for whoever types a command, and every command says what it opened."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from core import settings_file
from core.application import ROOT
from core.config import ConfigError, Settings
from core.db.database import shown

BARE = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}


def written(folder, *lines: str, name: str = "khet.env"):
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    path.chmod(0o640)
    return path


def read(path, **variables: str) -> Settings:
    return Settings.from_environment({"KHET_SETTINGS_FILE": str(path), **variables})


def test_the_file_is_read_and_the_environment_goes_before_it(tmp_path):
    path = written(
        tmp_path, "\ufeff# of the office", "", f"KHET_DATA_DIR = '{tmp_path}/data'", 'KHET_MAIL_FROM="ก <a@b.go.th>"',
        "KHET_SESSION_HOURS=3", "; old", "TZ=Asia/Bangkok", "KHET_PUBLIC_URL=https://khet.example/?a=b#c",
    )  # fmt: skip
    made = read(path, KHET_SESSION_HOURS="5")
    assert made.data_dir == tmp_path / "data"
    assert made.mail_from == "ก <a@b.go.th>"
    assert made.session_hours == 5
    assert made.public_url == "https://khet.example/?a=b#c"
    assert made.settings_file == path


@pytest.mark.parametrize(
    ("line", "said"),
    [("KHET_DATBASE_URL=postgresql://x", "no setting KHET_DATBASE_URL"), ("only words secret", "line 2: NAME=value")],
)
def test_a_slip_in_the_file_is_refused_and_no_value_is_told(tmp_path, line, said):
    path = written(tmp_path, f"KHET_DATA_DIR={tmp_path}/data", line)
    with pytest.raises(ConfigError, match=said) as refused:
        read(path)
    assert "secret" not in str(refused.value)
    assert "postgresql://x" not in str(refused.value)


def test_a_file_that_is_named_and_not_there_is_no_silence(tmp_path):
    with pytest.raises(ConfigError, match="there is no such file"):
        read(tmp_path / "none.env")


def test_a_file_that_may_not_be_read_does_not_lead_to_another_database(tmp_path, monkeypatch):
    path = written(tmp_path, "KHET_DEMO=0")

    def refuse(*_args, **_more):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(settings_file.Path, "read_text", refuse)
    with pytest.raises(ConfigError, match="cannot be read by this account"):
        read(path)


def test_where_nobody_names_one_the_usual_places_are_looked_at(tmp_path, monkeypatch):
    first, second = tmp_path / "a.env", written(tmp_path, "KHET_DEMO=0", name="b.env")
    monkeypatch.setattr(settings_file, "PLACES", (first, second))
    assert settings_file.find({}) == second
    written(tmp_path, "KHET_DEMO=1", name="a.env")
    assert settings_file.find({}) == first
    assert settings_file.find({"KHET_SETTINGS_FILE": ""}) is None
    assert settings_file.PLACES


def test_a_path_means_the_same_from_every_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    from core.config import normalise_url

    assert normalise_url("sqlite:///x/k.sqlite3") == f"sqlite:///{ROOT.as_posix()}/x/k.sqlite3"
    assert normalise_url("sqlite:////srv/k.sqlite3") == "sqlite:////srv/k.sqlite3"


def test_an_address_is_shown_without_its_password():
    told = shown("postgresql+psycopg://khet_app:geheim@db.example:5433/khet")
    assert "geheim" not in told
    assert told == "postgresql://khet_app:***@db.example:5433/khet"
    assert shown("sqlite:////srv/khet.sqlite3") == "/srv/khet.sqlite3"


def run(*words: str, cwd, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "app.py"), *words], cwd=cwd, env={**BARE, **variables}, capture_output=True,
        text=True, timeout=120, check=False,
    )  # fmt: skip


def test_a_command_of_cron_opens_the_service_s_database_and_says_so(world, tmp_path):
    """README's nightly backup: a bare environment, another folder, and the settings in the file alone."""
    made = world.khet.settings
    path = written(
        tmp_path, f"KHET_DATA_DIR={made.data_dir}", f"KHET_DATABASE_URL={made.database_url}", "KHET_DEMO=0",
        f"KHET_OWNER_DATABASE_URL={made.owner_database_url}", f"KHET_SYSTEM_DATABASE_URL={made.system_database_url}",
    )  # fmt: skip
    done = run("jobs", cwd=tmp_path, KHET_SETTINGS_FILE=str(path))
    assert done.returncode == 0, done.stderr
    assert f"Database: {shown(made.owner_database_url)}\n" in done.stderr
    assert f"Data folder: {made.data_dir}; settings: {path}" in done.stderr
    assert "can read" not in done.stderr
    assert done.stdout == "", "what a script reads stays clean"
    path.chmod(0o644)
    assert "chmod 640" in run("jobs", cwd=tmp_path, KHET_SETTINGS_FILE=str(path)).stderr


def test_a_command_without_a_database_makes_none(tmp_path):
    env = {"KHET_SETTINGS_FILE": "", "KHET_DATA_DIR": str(tmp_path / "data")}
    done = run("backup", str(tmp_path / "k.zip"), cwd=tmp_path, **env)
    assert done.returncode == 1
    assert "There is no database at" in done.stderr
    assert not (tmp_path / "data" / "khet.sqlite3").exists()
    assert not (tmp_path / "k.zip").exists()
