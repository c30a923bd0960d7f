"""The commands that keep an installation safe: backup and restore, files against their rows, the timeline's chain."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from core.ops import backup as backups
from core.ops import restore as restoring
from core.ops.cli_installation import find_district, opened
from core.ops.plain_errors import plain_errors
from core.platform.seal import anchors, sealer
from core.storage import encrypted_zip


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--plain", is_flag=True, help="Without a key: whoever gets the file can read and change it.")
@click.option("--overwrite", is_flag=True, help="In the place of a file of that name.")
@plain_errors
def backup(file: Path, plain: bool, overwrite: bool) -> None:
    """Database and files in one archive, locked with the backup key; the timeline's heads beside it."""
    _app_, khet = opened()
    if not file.absolute().parent.is_dir():
        raise click.ClickException(f"there is no folder {file.absolute().parent}")
    key = None if plain else encrypted_zip.read_key(khet.settings.backup_key_file)
    if file.exists() and not overwrite:
        raise click.ClickException(f"{file} is there already: name another file, or add --overwrite")
    manifest = backups.backup(khet.settings, khet.registry, file.absolute(), key)
    files = sum(name.startswith("files/") for name in manifest["sha256"])
    heads = file.absolute().parent / anchors.HEADS
    sealer.export_heads(khet.database, heads)
    click.echo(f"{sum(manifest['tables'].values())} rows and {files} files in {file}")
    if heads.exists():  # where something is sealed
        click.echo(f"The timeline's newest seals in {heads}")
    _say_damaged(manifest)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--key", type=click.Path(path_type=Path), help="File of its key; the one of the settings by default.")
@click.option("--plain", is_flag=True, help="An archive without a key, of whose origin you are sure.")
@plain_errors
def restore(file: Path, key: Path | None, plain: bool) -> None:
    """Fill an empty installation (SQLite or PostgreSQL) from an archive."""
    _app_, khet = opened(makes=True)
    if key and not key.is_file():
        raise click.ClickException(f"{key} is not there: name the file of the key that this archive was made with")
    place = key or khet.settings.backup_key_file
    found = encrypted_zip.read_key(place) if key or place.exists() else None
    counts, manifest = restoring.restore(khet.settings, khet.registry, file, found, plain=plain)
    sealer.begin(khet.database)  # the archive's chains are the ones to hold from here on
    click.echo(f"{sum(counts.values())} rows restored; counts and checksums agree.")
    with khet.database.system("restore") as session:
        apps, messages = restoring.locked(session, khet.settings)
    if apps or messages:
        click.echo(
            f"{apps} authenticator apps and {messages} messages that wait are locked with another secret key: "
            "write that of the machine the archive comes from as KHET_SECRET_KEY_OLD into the settings, and they open.",
            err=True,
        )
    _say_damaged(manifest)


@click.command("backup-key")
@plain_errors
def backup_key() -> None:
    """Make the key that backups are locked with, once; keep a copy of its file elsewhere."""
    _app_, khet = opened()
    place = khet.settings.backup_key_file
    encrypted_zip.make_key(place)
    click.echo(f"Made: {place}. Keep a copy of it elsewhere, off this machine: without it no backup can be read.")


def _say_damaged(manifest: dict[str, Any]) -> None:
    """What the archive cannot hold whole; ends with 1, so that nothing deletes the older archives that may."""
    if damaged := manifest.get("damaged"):
        for name in damaged:
            click.echo(f"missing or altered: {name}", err=True)
        click.echo(f"The archive is whole; {len(damaged)} files of the installation are not.", err=True)
        sys.exit(1)


@click.command()
@click.option("--district", "code", help="Only this district's files.")
@plain_errors
def verify(code: str | None) -> None:
    """Compare every attached file with its row; fails when one is missing or altered."""
    from core.records.files import verification

    _, khet = opened()
    with khet.database.system("verify") as session:
        wanted = [find_district(session, code).id] if code else verification.districts(khet.database)
    damaged = 0
    for district_id in wanted:
        for found in verification.compare(khet.database, khet.settings.files_dir, district_id):
            damaged += found.what != "unknown"
            click.echo(str(found), err=True)
    if damaged:
        click.echo(f"{damaged} files are missing or altered: fetch them from a backup.", err=True)
        sys.exit(1)
    click.echo("Every file is as its row says.")


@click.command()
@click.option("--verify", "only", is_flag=True, help="Seal nothing before.")
@click.option(
    "--begin", is_flag=True, help="Hold the chains as they are from here on: after heads were lost for a reason."
)
@click.option("--heads", type=click.Path(exists=True, path_type=Path), multiple=True, help="A copy kept elsewhere.")
@plain_errors
def seal(only: bool, begin: bool, heads: tuple[Path, ...]) -> None:
    """Chain new timeline entries and verify every district's chain, against the exported heads too; fails when one is
    broken."""
    _app_, khet = opened()
    if not only:
        click.echo(f"{sealer.seal(khet.database)} entries sealed.")
    folder = khet.settings.backup_dir
    ours = [folder / anchors.HEADS] if folder and (folder / anchors.HEADS).exists() else []
    if begin:
        sealer.begin(khet.database, *ours)
    if broken := sealer.verify(khet.database, [*ours, *heads]):
        click.echo("\n".join(broken), err=True)
        sys.exit(1)
    click.echo("Every chain is whole.")


COMMANDS = (backup, restore, backup_key, verify, seal)
