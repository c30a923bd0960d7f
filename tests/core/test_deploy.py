"""What the README tells operators to copy is what Khet takes: the proxy's recipe, the service's unit, the container."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib

from core.base.config import MEBIBYTE, Settings
from core.ops import cli, http_server
from core.ops.application import ROOT, create_app

README = (ROOT / "README.md").read_text(encoding="utf-8")


def recipe(language: str) -> str:
    """The README's one block of code in a language."""
    [found] = re.findall(rf"```{language}\n(.*?)```", README, re.S)
    return found


def test_the_proxy_takes_as_much_as_khet_and_says_the_limit_when_it_refuses(tmp_path):
    settings = Settings.from_environment({"KHET_DATA_DIR": str(tmp_path / "data")}, makes=True)
    nginx, limit = recipe("nginx"), settings.max_upload // MEBIBYTE
    [most] = re.findall(r"client_max_body_size (\d+)m;", nginx)
    assert int(most) * MEBIBYTE == create_app(settings, guests=False).config["MAX_CONTENT_LENGTH"]
    pages = dict(re.findall(r"error_page ([\d ]+) /([\w-]+\.html);", nginx))
    assert pages == {"413": http_server.TOO_LARGE.name, "502 504": "away.html"}
    [folder] = re.findall(r"root /opt/khet/(\S+);", nginx)
    assert all((ROOT / folder / page).is_file() for page in pages.values())
    assert "ssi on;" in nginx
    [said] = re.findall(r'set \$limit "([^"]+)";', nginx)
    assert f"ไม่เกิน {limit} MB" in said
    assert http_server.TOO_LARGE.read_bytes().count(http_server.LIMIT) == 1
    assert b'var="limit"' in http_server.LIMIT


def test_the_service_s_unit_runs_commands_that_there_are_and_shuts_the_machine_away(tmp_path):
    unit = recipe("ini")
    run = re.findall(r"^ExecStart(?:Pre)?=/opt/khet/\.venv/bin/python app\.py (\S+)$", unit, re.M)
    assert run == ["migrate", "sync-roles", "sync-data", "serve"]
    assert set(run) <= cli.main.commands.keys()
    assert len(re.findall(r"^ExecStart", unit, re.M)) == len(run)
    kept = dict(re.findall(r"^(\w+)=(.*)$", unit, re.M))
    for name, value in {
        "User": "khet", "NoNewPrivileges": "yes", "ProtectSystem": "strict", "ProtectHome": "read-only",
        "PrivateTmp": "yes", "PrivateDevices": "yes", "UMask": "0077", "StateDirectoryMode": "0700",
        "CapabilityBoundingSet": "", "RestrictNamespaces": "yes", "SystemCallFilter": "@system-service",
        "KillMode": "mixed",
    }.items():  # fmt: skip
        assert kept[name] == value, name
    assert int(kept["TimeoutStopSec"]) > http_server.DRAIN_SECONDS, "a stop waits for who is being answered"
    if verify := shutil.which("systemd-analyze"):
        file = tmp_path / "khet.service"
        file.write_text(unit.replace("/opt/khet/.venv/bin/python", "/bin/true").replace("/opt/khet", "/"))
        done = subprocess.run([verify, "verify", file], capture_output=True, text=True, timeout=60, check=False)
        assert "khet.service" not in done.stderr, done.stderr


LINES = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ").splitlines()


def of(word: str) -> list[str]:
    return [line.partition(" ")[2].strip() for line in LINES if line.startswith(f"{word} ")]


def test_the_container_holds_what_khet_needs_and_nothing_of_an_office():
    copied = [path for line in of("COPY") for path in line.split()[:-1]]
    assert all((ROOT / path).exists() for path in copied)
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "bench"}
    assert packages | {"app.py", "pyproject.toml", "translations"} <= set(copied)
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").split("\n")
    assert ignored[1] == "*", "what is not named is not sent: data, keys, settings"
    assert {line[1:] for line in ignored if line.startswith("!")} == set(copied)


def test_the_container_runs_a_command_that_there_is_as_nobody_special_and_says_whether_it_is_well():
    [entry], [command] = of("ENTRYPOINT"), of("CMD")
    assert entry == '["/opt/khet/.venv/bin/python", "app.py"]'
    word, *options = re.findall(r'"([^"]+)"', command)
    context = cli.main.commands[word].make_context(word, options)
    assert context.params == {"host": "0.0.0.0", "port": int(*of("EXPOSE"))}
    assert of("USER") == ["khet"]
    [variables] = [dict(re.findall(r"(\w+)=(\S+)", line)) for line in of("ENV")]
    assert of("VOLUME") == [variables["KHET_DATA_DIR"]]
    assert variables["KHET_DEMO"] == "0"
    assert f":{context.params['port']}/health'" in of("HEALTHCHECK")[0]
    for run in re.findall(r"^docker run .*?\bkhet(?: (\S+))?$", recipe("sh").replace("\\\n", " "), re.M):
        assert not run or run in cli.main.commands, run


def test_the_container_installs_exact_versions():
    [base] = of("FROM")
    assert re.fullmatch(r"python:3\.\d+-slim", base)
    least = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["requires-python"]
    assert tuple(map(int, base.split(":")[1].split("-")[0].split("."))) >= tuple(map(int, least[2:].split(".")))
    for run in of("RUN"):
        for named in re.findall(r"pip install ([^&]+)", run):
            packages = [word for word in named.split() if not word.startswith(("-", "/"))]
            assert packages
            assert all("==" in word for word in packages), named
    assert "latest" not in "\n".join(LINES)
