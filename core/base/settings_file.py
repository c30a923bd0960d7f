"""The settings file: what the service and the operator's commands read alike, wherever and by whom they are started.

Lines NAME=value, as systemd's EnvironmentFile has them, or `export NAME=value`, as a shell reads them: a value in
quotes ends where they end, and behind a space # begins a note. A variable of the environment goes before it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
#: characters of a value
LONGEST = 1000

ROOT = Path(__file__).resolve().parents[2]
#: names the file; empty: none is read
VARIABLE = "KHET_SETTINGS_FILE"
#: where it lies when nobody names it; the first that is there
PLACES = (ROOT / "khet.env", *((Path("/etc/khet.env"),) if os.name == "posix" else ()))
_LINE = re.compile(r"\A(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=(.*)")
_NOTE = re.compile(r"\s#")


class SettingsFileError(Exception):
    """The settings file cannot be read or understood; the text tells the operator what to do, and no value."""


def find(env: Mapping[str, str]) -> Path | None:
    """The settings file of this machine; None where there is none. Raises SettingsFileError for one that was named."""
    if VARIABLE in env:
        if not env[VARIABLE]:
            return None
        named = Path(env[VARIABLE]).absolute()
        if not os.path.isfile(named):
            raise SettingsFileError(f"{VARIABLE} names {str(named)[:200]}, and there is no such file.")
        return named
    return next((place for place in PLACES if place.exists()), None)


def read(path: Path) -> dict[str, str]:
    """Its values by name. Raises SettingsFileError."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except PermissionError as error:
        raise SettingsFileError(
            f"{path} cannot be read by this account. Run the command as the service's own, e.g. `sudo -u khet …`."
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsFileError(f"{path} cannot be read: {error}") from error
    found = {}
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if not line or line[0] in "#;":
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            raise SettingsFileError(f"{path}, line {number}: NAME=value is expected.")
        if match[1] in found:
            raise SettingsFileError(f"{path}, line {number}: {match[1]} is given twice.")
        value = _value(match[2])
        if value is None:
            raise SettingsFileError(f"{path}, line {number}: the quotes of {match[1]} do not end where its value ends.")
        found[match[1]] = value
    return found


def _value(text: str) -> str | None:
    """What a shell takes from behind the equals sign; None where something else than a note follows the quotes."""
    value = text.strip()
    if value[:1] not in ("'", '"'):
        return _NOTE.split(text, maxsplit=1)[0].strip()
    value, end, rest = value[1:].partition(value[0])
    return value if end and not _NOTE.split(rest, maxsplit=1)[0].strip() else None


class Environment(Mapping[str, str]):
    """Variables of the environment before those of the file; knows which were asked for."""

    def __init__(self, env: Mapping[str, str], path: Path | None) -> None:
        self._env, self.path = env, path
        self._file = read(path) if path is not None else {}
        self._asked: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self._asked.add(name)
        return self._env[name] if name in self._env else self._file[name]

    def __iter__(self) -> Iterator[str]:
        return iter({**self._file, **self._env})

    def __len__(self) -> int:
        return len({**self._file, **self._env})

    def value(self, name: str, kind: Callable[[str], T], default: T, *, secret: bool = False) -> T:
        """The value of a setting; `default` where it is not there or empty.

        `kind` raises ValueError saying what the setting takes; SettingsFileError tells it with the name, and with the
        text unless that is `secret`.
        """
        text = self.get(name, "").strip()
        if not text:
            return default
        try:
            if not text.isprintable() or len(text) > LONGEST:
                raise ValueError(f"at most {LONGEST} characters, none of them a control character")
            return kind(text)
        except ValueError as error:
            said = text[:60] if text.isprintable() else "…"
            scheme, address, rest = text.partition("://")
            if secret or (address and "@" in rest):  # an address may hold a password, in whatever line it was put
                said = f"{scheme[:20]}://…" if address and scheme.isalpha() else "…"
            place = f" in {self.path}" if name not in self._env else ""
            raise SettingsFileError(f"{name}={said}{place}: it takes {error}.") from error

    def refuse_unknown(self) -> None:
        """Once every setting was asked for: a name like ours that nobody wanted is a slip of the keyboard.

        In the file that is each name with KHET in it; in the environment, which other programs share, one that is a
        setting but for capitals.
        """
        known = self._asked | {VARIABLE}
        misspelt = sorted(name for name in self._env if name not in known and name.upper() in known)
        if misspelt:
            raise SettingsFileError(f"There is no setting {', '.join(misspelt)}: their names are in capitals.")
        unknown = sorted(name for name in self._file if "KHET" in name.upper() and name not in self._asked)
        if unknown:
            raise SettingsFileError(f"{self.path}: there is no setting {', '.join(unknown)}.")
