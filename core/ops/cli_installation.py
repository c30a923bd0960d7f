"""How a command opens the installation, and says which one that is."""

from __future__ import annotations

import os

import click
from flask import Flask
from sqlalchemy import select

from core.base.config import ConfigError, Settings
from core.ops.application import create_app
from core.platform.masterdata.models import District
from core.storage.database import shown
from core.storage.scope import KhetSession
from core.web.installation import Khet


def opened(*, makes: bool = False) -> tuple[Flask, Khet]:
    """The application over the installation's database, which is told on stderr: a backup of another one is none.

    Raises ConfigError where there is no installation or no database, and the command is not one that `makes` it.
    """
    app = create_app(Settings.from_environment(makes=makes))
    khet: Khet = app.extensions["khet"]
    settings = khet.settings
    _say_which(settings)
    if not makes and not khet.database.exists:
        raise ConfigError(f"There is no database at {shown(settings.database_url)}: `app.py migrate` makes one.")
    return app, khet


def _say_which(settings: Settings) -> None:
    file = settings.settings_file
    click.echo(f"Database: {shown(settings.owner_database_url)}", err=True)
    click.echo(f"Data folder: {settings.data_dir}; settings: {file or 'of the environment alone'}", err=True)
    if file is not None and os.name == "posix" and file.stat().st_mode & 0o004:
        click.echo(f"Every account of this machine can read {file}, passwords and all: chmod 640 it.", err=True)


def find_district(session: KhetSession, code: str) -> District:
    """The district with this code. Raises ClickException where there is none."""
    found = session.scalar(select(District).where(District.code == code))
    if found is None:
        raise click.ClickException(f"there is no district with the code {code!r}")
    return found
