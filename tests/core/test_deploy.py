"""What the README tells operators to copy is what Khet takes: the proxy's recipe, the service's unit, the container."""

from __future__ import annotations

import re

from core.base.config import MEBIBYTE, Settings
from core.ops import http_server
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
