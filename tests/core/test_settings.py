"""One settings file for the service and for whoever types a command, and every command says what it opened."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from core.base import setting_kinds, settings_file
from core.base.config import ConfigError, Settings
from core.ops import cli
from core.ops.application import ROOT, create_app
from core.storage.database import shown
from tests.core.serving import environment

BARE = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}


def written(folder, *lines: str, name: str = "khet.env"):
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    path.chmod(0o640)
    return path


def read(path, **variables: str) -> Settings:
    return Settings.from_environment({"KHET_SETTINGS_FILE": str(path), **variables}, makes=True)


def test_the_file_is_read_and_the_environment_goes_before_it(tmp_path):
    path = written(
        tmp_path, "\ufeff# of the office", "", f"KHET_DATA_DIR = '{tmp_path}/data'", 'KHET_MAIL_FROM="ก <a@b.go.th>"',
        "KHET_SESSION_HOURS=3", "; old", "TZ=Asia/Bangkok", "KHET_SEAL_KEY=/srv/a=b#c", "KHET_BACKUP_KEPT=",
    )  # fmt: skip
    made = read(path, KHET_SESSION_HOURS="5")
    assert made.data_dir == tmp_path / "data"
    assert made.mail_from == "ก <a@b.go.th>"
    assert made.session_hours == 5
    assert str(made.seal_key) == "/srv/a=b#c"
    assert made.backup_kept == (14, 8, 12), "empty is as if it were not there"
    assert made.settings_file == path


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("KHET_DATBASE_URL=postgresql://x", "no setting KHET_DATBASE_URL"), ("only words secret", "line 2: NAME=value"),
        ("Khet_demo=secret", "no setting Khet_demo"), ("export khet_demo=secret", "no setting khet_demo"),
        ("KHETDEMO=secret", "no setting KHETDEMO"), ("KHET DEMO=secret", "line 2: NAME=value"),
        ("KHET-DEMO=secret", "line 2: NAME=value"), ("set KHET_DEMO=secret", "line 2: NAME=value"),
        ("\u200bKHET_DEMO=secret", "line 2: NAME=value"), ("exportKHET_DEMO=secret", "no setting exportKHET_DEMO"),
        ("KHET_SETTINGS_FILE=secret", "no setting KHET_SETTINGS_FILE"),
    ],
)  # fmt: skip
def test_a_slip_in_the_file_is_refused_and_no_value_is_told(tmp_path, line, said):
    path = written(tmp_path, f"KHET_DATA_DIR={tmp_path}/data", line)
    with pytest.raises(ConfigError, match=said) as refused:
        read(path)
    assert "secret" not in str(refused.value)
    assert "postgresql://x" not in str(refused.value)


def test_a_line_as_a_shell_has_it_is_a_setting(tmp_path):
    assert read(written(tmp_path, f"KHET_DATA_DIR={tmp_path}/data")).demo
    path = written(
        tmp_path, f"export\tKHET_DATA_DIR={tmp_path}/data", " export  KHET_DEMO = '0'", "export TZ=Asia/Bangkok"
    )
    assert read(path).demo is False


def test_a_note_behind_a_value_is_none_of_it_and_quotes_end_where_they_end(tmp_path):
    path = written(
        tmp_path, f'KHET_DATA_DIR="{tmp_path}/data"  # here', "export KHET_SESSION_HOURS=3\t# a working day",
        "KHET_MAIL_FROM='ก #1 <a@b.go.th>'#", "KHET_BACKUP_KEPT= # as it comes", "KHET_SEAL_KEY=#seal", "TZ='' # none",
    )  # fmt: skip
    with pytest.raises(ConfigError, match="line 3: the quotes of KHET_MAIL_FROM") as refused:
        read(path)
    assert "b.go.th" not in str(refused.value)
    path.write_text(path.read_text(encoding="utf-8").replace("'#", "' #"), encoding="utf-8")
    made = read(path)
    assert (made.data_dir, made.session_hours) == (tmp_path / "data", 3)
    assert made.mail_from == "ก #1 <a@b.go.th>"
    assert (made.backup_kept, made.seal_key.name) == ((14, 8, 12), "#seal")
    for line, said in (("KHET_DEMO=1", "KHET_DEMO is given twice"), ("TZ='Asia", "the quotes of TZ")):
        path = written(tmp_path, "export KHET_DEMO=0", line)
        with pytest.raises(ConfigError, match=f"line 2: {said}"):
            read(path)


@pytest.mark.parametrize("name", ["Khet_demo", "khet_settings_file"])
def test_a_setting_of_the_environment_that_is_not_in_capitals_is_refused(tmp_path, name):
    path = written(tmp_path, f"KHET_DATA_DIR={tmp_path}/data")
    with pytest.raises(ConfigError, match=f"no setting {name}: their names are in capitals"):
        read(path, **{name: "secret"})
    assert not (tmp_path / "data").exists()
    read(path, Khet_of_another_program="1")


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
    from core.base.setting_kinds import normalise_url

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
        f"KHET_SECRET_KEY={made.secret_key}",
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
    Settings.from_environment(env, makes=True)
    done = run("backup", str(tmp_path / "k.zip"), cwd=tmp_path, **env)
    assert done.returncode == 1
    assert "There is no database at" in done.stderr
    assert not (tmp_path / "data" / "khet.sqlite3").exists()
    assert not (tmp_path / "k.zip").exists()


# -- a setting that is not what it takes ---------------------------------------------------------------------------


def names() -> list[str]:
    """Every setting that the code asks for, whatever is added to it."""
    env = settings_file.Environment({"KHET_DATA_DIR": "/nowhere"}, None)
    Settings._read(env)
    return sorted({*env._asked, settings_file.VARIABLE})


#: what a tired hand leaves: each setting refuses some of it, and none of it is a traceback
NONSENSE = ("x", "ไม่ทราบ", "-1", "25", "1.5", "maybe", "://", "redis://:x", "https://[", "a b", "1e9", "9" * 5000, "\x00",
            "smtp://u:geheim@h:x", "postgresql://u:geheim@h:x/d", "{folder}", "{file}")  # fmt: skip
#: of those that mean yes or no, and of those with limits, each wrong one; the text "1" or "12" is right everywhere
WRONG = {
    "KHET_BACKUP_HOUR": ["24", "25", "-1", "1.5", "1:30", "ตีหนึ่ง"], "KHET_SESSION_HOURS": ["0", "-5", "745"],
    "KHET_MAX_UPLOAD_MB": ["0", "20MB", "2001"], "KHET_DEMO": ["maybe", "2", "nein", "ใช่"],
    "KHET_TRUSTED_PROXIES": ["nginx", "10.0.0.0/8", "localhost"], "KHET_PUBLIC_URL": ["khet.go.th", "https://a/khet/"],
    "KHET_SLOW_SECONDS": ["-1", "601", "0.5"],
    "KHET_BACKUP_KEPT": ["14,8", "0,8,12", "14;8;12"],
    "KHET_MAIL_FROM": ["เขต", "a@b@c", "<a@b", "a@b>", "<a@b>>", "<<a@b>", "<>a@b", "a b@c", "< a@b>", "@b", "a@", "ก <>"],
    "KHET_DATABASE_URL": ["mysql://a@b/c", "sqlite://", "khet.sqlite3"], "KHET_SECRET_KEY": ["khet"],
    "KHET_SECRET_KEY_OLD": ["khet"], "KHET_HEALTH_TOKEN": ["khet"],
}  # fmt: skip


@pytest.mark.parametrize("name", names())
def test_nonsense_in_a_setting_is_refused_in_one_line_that_names_it(tmp_path, monkeypatch, name):
    monkeypatch.setattr(setting_kinds, "ROOT", tmp_path / "here")
    (tmp_path / "file").write_text("not a database")
    (tmp_path / "file").chmod(0o644)
    refused, taken = 0, None
    for number, value in enumerate([*NONSENSE, *WRONG.get(name, ())]):
        data = tmp_path / f"data{number}"
        value = value.format(folder=tmp_path, file=tmp_path / "file")
        try:
            taken = Settings.from_environment(
                {"KHET_SETTINGS_FILE": "", "KHET_DATA_DIR": str(data), name: value}, makes=True
            )
        except ConfigError as error:
            refused, said = refused + 1, str(error)
            assert name in said or (name == settings_file.VARIABLE and value in said)
            assert "\n" not in said
            assert len(said) < 400
            assert "geheim" not in said or name in ("KHET_SETTINGS_FILE", "KHET_DATA_DIR"), "a path is no secret"
            assert not data.exists(), "nothing is made before it is right"
        else:
            assert value not in WRONG.get(name, ()), f"{name}={value} is taken"
    if taken is not None:
        create_app(taken, guests=False)
    assert refused, f"{name} takes everything: say in core/base/setting_kinds.py what it may be"
    assert (tmp_path / "file").read_text() == "not a database"
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o644, "another's file is left as it is"


def test_what_a_setting_takes_is_said_with_its_value_and_place(tmp_path):
    path = written(tmp_path, f"KHET_DATA_DIR={tmp_path}/data", "KHET_BACKUP_HOUR=25")
    with pytest.raises(ConfigError) as refused:
        read(path)
    assert str(refused.value) == f"KHET_BACKUP_HOUR=25 in {path}: it takes a whole number from 0 to 23."
    with pytest.raises(ConfigError, match="^KHET_DEMO=maybe: it takes 1 .yes. or 0"):
        read(path, KHET_BACKUP_HOUR="23", KHET_DEMO="maybe")
    with pytest.raises(ConfigError, match="^KHET_SMTP_URL=smpt://…: it takes"):
        read(path, KHET_BACKUP_HOUR="๕", KHET_SMTP_URL="smpt://khet:geheim@mail.example")


def test_every_number_has_bounds_and_says_them(tmp_path):
    path = written(tmp_path, f"KHET_DATA_DIR={tmp_path}/data")
    numbers = {field.name for field in fields(Settings) if type(getattr(read(path), field.name)) is int}
    for name in ("max_upload_mb", "backup_kept", *(numbers - {"max_upload"})):
        setting = f"KHET_{name.upper()}"
        with pytest.raises(ConfigError, match=rf"^{setting}=999999: it takes .*\b[01] to \d+"):
            read(path, **{setting: "999999"})
    with pytest.raises(
        ConfigError, match=r"KHET_SESSION_HOURS=25: .* from 1 to 24, the value of KHET_SESSION_LONGEST_H"
    ):
        read(path, KHET_SESSION_HOURS="25")
    assert read(path, KHET_SESSION_HOURS="25", KHET_SESSION_LONGEST_HOURS="25").session_hours == 25
    assert read(path, KHET_SESSION_LONGEST_HOURS="8").session_hours == 8


def test_settings_that_contradict_one_another_are_refused(tmp_path):
    data = {"KHET_DATA_DIR": str(tmp_path / "data")}
    with pytest.raises(ConfigError, match="KHET_MAIL_FROM"):
        Settings.from_environment({**data, "KHET_SMTP_URL": "smtp://mail.example"}, makes=True)
    with pytest.raises(ConfigError, match="different databases"):
        Settings.from_environment({**data, "KHET_OWNER_DATABASE_URL": "postgresql://a@b/c"}, makes=True)
    (tmp_path / "link").symlink_to(tmp_path / "data" / "files")
    for folder in ("data/files", "data/files/1/backups", "data/../data/files", "link/new"):
        with pytest.raises(ConfigError, match="^KHET_BACKUP_DIR=.*do not lie in the folder of files"):
            Settings.from_environment({**data, "KHET_BACKUP_DIR": str(tmp_path / folder)}, makes=True)
    assert not (tmp_path / "data").exists()
    assert Settings.from_environment(
        {**data, "KHET_BACKUP_DIR": str(tmp_path / "data" / "files-kept")}, makes=True
    ).backup_dir


def test_an_old_secret_key_that_is_the_one_in_force_is_no_change(tmp_path):
    """Half of a change of keys: nothing would say that Khet goes on signing with the key that was to go."""
    data = {"KHET_SETTINGS_FILE": "", "KHET_DATA_DIR": str(tmp_path / "data")}
    present = Settings.from_environment(data, makes=True).secret_key
    for more in ({}, {"KHET_SECRET_KEY": present}):
        with pytest.raises(ConfigError, match="^KHET_SECRET_KEY_OLD is the key in force") as refused:
            Settings.from_environment({**data, **more, "KHET_SECRET_KEY_OLD": present})
        assert present not in str(refused.value)
        assert ("secret_key" in str(refused.value).partition(":")[0]) is not bool(more), "where it stands"
    for more in ({"KHET_SECRET_KEY": "n" * 40, "KHET_SECRET_KEY_OLD": present}, {"KHET_SECRET_KEY_OLD": "m" * 40}):
        assert Settings.from_environment({**data, **more}).secret_key_old, "a change, or another machine's key"


#: these open no installation
WITHOUT = {"prepare-postgres", "new-plugin", "make-migration"}
#: these set one up, beside `app.py` alone
MAKERS = {"migrate", "restore"}


def words_for(command: click.Command, folder: Path) -> list[str]:
    """Arguments with which a command begins its work."""
    given = []
    for parameter in command.params:
        if not parameter.required:
            continue
        value = "2569" if "INT" in parameter.type.name.upper() else "x"
        if isinstance(parameter.type, click.Path):
            (folder / "given").touch()
            value = str(folder / "given")
        given += [value] if isinstance(parameter, click.Argument) else [parameter.opts[0], value]
    return given


def commands(group: click.Group, *before: str):
    yield [*before], group
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, *before, name)
        else:
            yield [*before, name], command


def test_every_command_says_so_and_ends_with_1(tmp_path, monkeypatch):
    path = written(tmp_path, f"KHET_DATA_DIR={tmp_path}/data", "KHET_BACKUP_HOUR=x")
    monkeypatch.setenv("KHET_SETTINGS_FILE", str(path))
    asked = 0
    for words, command in commands(cli.main):
        if words and (words[-1] in WITHOUT or isinstance(command, click.Group)):
            continue
        made = CliRunner().invoke(cli.main, [*words, *words_for(command, tmp_path)], input="pass word 12\n" * 2)
        said = made.stderr.strip().splitlines()
        assert made.exit_code == 1, f"{words}: {made.output}"
        assert said[-1] == f"Error: KHET_BACKUP_HOUR=x in {path}: it takes a whole number from 0 to 23."
        asked += 1
    assert asked > 15
    assert not (tmp_path / "data").exists()


def test_only_what_sets_an_installation_up_makes_its_folder(tmp_path, monkeypatch):
    """A data folder that was misspelt: neither made nor, where it is another's, given keys and closed."""
    monkeypatch.setenv("KHET_SETTINGS_FILE", "")
    for folder in (tmp_path / "misspelt", tmp_path / "other's"):
        (tmp_path / "other's").mkdir(0o755, exist_ok=True)
        monkeypatch.setenv("KHET_DATA_DIR", str(folder))
        before = sorted(path for path in tmp_path.rglob("*") if path.name != "given")
        for words, command in commands(cli.main):
            if not words or words[-1] in {*WITHOUT, *MAKERS} or isinstance(command, click.Group):
                continue
            made = CliRunner().invoke(cli.main, [*words, *words_for(command, tmp_path)], input="pass word 12\n" * 2)
            assert made.exit_code == 1, f"{words}: {made.output}"
            said = f"there is no installation at {folder}. `app.py migrate` makes one."
            assert said in made.stderr, f"{words}: {made.output}"
            assert sorted(path for path in tmp_path.rglob("*") if path.name != "given") == before, words
        assert (tmp_path / "other's").stat().st_mode & 0o777 == 0o755
    assert CliRunner().invoke(cli.main, ["migrate"]).exit_code == 0
    assert (folder / "secret_key").exists()
    assert CliRunner().invoke(cli.main, ["backup-key"]).exit_code == 0
    assert (folder / "backup_key").exists()


@pytest.mark.parametrize("words", [(), ("serve",)])
def test_the_process_ends_with_one_line(tmp_path, words):
    done = run(*words, cwd=tmp_path, KHET_SETTINGS_FILE="", KHET_DATA_DIR=str(tmp_path), KHET_BACKUP_HOUR="x")
    assert done.returncode == 1
    assert done.stderr == "Error: KHET_BACKUP_HOUR=x: it takes a whole number from 0 to 23.\n"


def test_a_database_that_does_not_answer_is_one_line_too(tmp_path, monkeypatch):
    monkeypatch.setenv("KHET_SETTINGS_FILE", "")
    monkeypatch.setenv("KHET_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("KHET_SECRET_KEY", "test" * 8)
    (tmp_path / "khet.sqlite3").touch()
    made = CliRunner().invoke(cli.main, ["jobs"])
    assert (
        made.stderr.splitlines()[-1]
        == "Error: The database: no such table: core_job. `app.py migrate` makes its tables."
    )
    for role in ("", "OWNER_", "SYSTEM_"):
        monkeypatch.setenv(f"KHET_{role}DATABASE_URL", f"postgresql://{role}khet:geheim@127.0.0.1:1/k")
    made = CliRunner().invoke(cli.main, ["jobs"])
    assert made.exit_code == 1
    assert made.stderr.splitlines()[-1].startswith("Error: The database: connection failed")
    assert "geheim" not in made.stderr


def test_tables_of_a_newer_khet_are_one_line_too(world, monkeypatch):
    for name, value in environment(world.khet.settings).items():
        monkeypatch.setenv(name, value)
    world.owner("update alembic_version_core set version_num = 'core9999'")
    made = CliRunner().invoke(cli.main, ["migrate"])
    assert made.exit_code == 1
    assert made.stderr.splitlines()[-1].startswith("Error: The tables are of a newer Khet")
