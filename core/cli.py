"""The operator's commands. `app.py` without one migrates, syncs roles, loads the demo and serves."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Any

import click
from flask import Flask
from sqlalchemy import select

from core import __version__, logs
from core.accounts import passwords, roles, setup
from core.accounts.services import DEMO_PASSWORD
from core.application import Khet, create_app
from core.config import ConfigError, Settings
from core.db import backup as backups
from core.db import envelope, postgres
from core.db import migrate as migrations
from core.db import restore as restoring
from core.db.database import shown
from core.demo import load as demo_data
from core.grave import log
from core.grave import services as grave
from core.grave.models import ASKED, GraveAct
from core.headoffice.services import save_district
from core.masterdata.models import District, Unit
from core.plain_errors import plain_errors
from core.plugins import shipped, switches
from core.reports import kinds
from core.text.thai import today
from core.timeline import anchors, recorder, sealer


def _app(*, makes: bool = False) -> tuple[Flask, Khet]:
    """The application over the installation's database, which is told on stderr: a backup of another one is none.

    Raises ConfigError where there is no database and the command is not one that `makes` it.
    """
    app = create_app()
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


def _district(session: Any, code: str) -> District:
    found = session.scalar(select(District).where(District.code == code))
    if found is None:
        raise click.ClickException(f"there is no district with the code {code!r}")
    return found


@click.group(invoke_without_command=True)
@click.version_option(__version__, prog_name="Khet")
@click.pass_context
@plain_errors
def main(context: click.Context) -> None:
    """Khet (เขต): the office system of Thailand's education service area offices."""
    logs.start()
    if context.invoked_subcommand is None:
        from core import serve as server

        app, khet = _app(makes=True)
        _migrate(khet)
        with app.app_context():
            _sync(khet)
            if khet.settings.demo:
                print("Loading the demo (once) …" if _is_new(khet) else "The data is kept.", flush=True)
                demo_data.load(khet.database, khet.registry)
        with app.test_request_context():
            shipped.sync(khet.database, khet.registry)
        _say_where(khet.settings, "127.0.0.1", 8069)
        server.run(app, "127.0.0.1", 8069)


def _is_new(khet: Khet) -> bool:
    with khet.database.system("demo") as session:
        return not demo_data.is_loaded(session)


def _migrate(khet: Khet) -> None:
    engine = khet.database.owner_engine()
    try:
        migrations.upgrade(engine, khet.registry)
    finally:
        engine.dispose()


def _sync(khet: Khet) -> int:
    with khet.database.system("sync-roles", write=True) as session:
        if not khet.database.sqlite:
            session.connection().exec_driver_sql(f"select pg_advisory_xact_lock({migrations.LOCK})")
        return roles.sync(session, khet.registry.roles())


def _say_where(settings: Settings, host: str, port: int) -> None:
    lines = ["", f"  Khet {__version__} · http://{host}:{port}", ""]
    if settings.demo:
        lines += [
            f"  Demo accounts, all with the password {DEMO_PASSWORD}:",
            "    admin clerk groupclerk supervisor groupdirector director school secret,",
            "    each followed by a dot and a district: " + " ".join(demo_data.AREAS),
            "    for example clerk.loei3; and obec (head office)",
            "",
        ]
    print("\n".join(lines), flush=True)


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(1, 65535), default=8069, show_default=True)
@plain_errors
def serve(host: str, port: int) -> None:
    """Serve. Refuses to start with pending migrations."""
    from core import serve as server

    app, khet = _app()
    _say_where(khet.settings, host, port)
    server.run(app, host, port)


@main.command()
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True)
@plain_errors
def work(workers: int) -> None:
    """Work on long jobs and send what waits, beside servers that have KHET_JOBS_URL set."""
    from core import serve as server

    app, khet = _app()
    if not khet.settings.jobs_url:
        raise ConfigError("Without KHET_JOBS_URL the serving process works on jobs itself.")
    server.work(app, workers)


@main.command()
@plain_errors
def migrate() -> None:
    """Bring the tables of every plugin to their newest revision (as the owner role)."""
    app, khet = _app(makes=True)
    _migrate(khet)
    click.echo("The tables are current.")


@main.command("prepare-postgres")
@click.option("--superuser-url", required=True, help="Address that reaches the server as a superuser.")
@click.option("--database", default="khet", show_default=True)
@click.option("--prefix", default="khet", show_default=True, help="Begins the names of the three roles.")
@plain_errors
def prepare_postgres(superuser_url: str, database: str, prefix: str) -> None:
    """Make database, roles and what Thai search needs; prints the three addresses, once."""
    made = postgres.prepare(superuser_url, database, prefix)
    click.echo(f"KHET_DATABASE_URL={made.app}\nKHET_OWNER_DATABASE_URL={made.owner}")
    click.echo(f"KHET_SYSTEM_DATABASE_URL={made.system}")


@main.command("sync-roles")
@plain_errors
def sync_roles() -> None:
    """Write the roles that plugins ship into the database."""
    _app_, khet = _app()
    click.echo(f"{_sync(khet)} changes.")


@main.command("sync-data")
@plain_errors
def sync_data() -> None:
    """Write into every district what modules ship: work standards, indicators, catalogues. Local edits stay."""
    app, khet = _app()
    with app.test_request_context():
        click.echo(f"{shipped.sync(khet.database, khet.registry)} changes.")


@main.command()
@plain_errors
def demo() -> None:
    """Load the demo into an empty installation."""
    app, khet = _app()
    with app.app_context():
        _sync(khet)
        loaded = demo_data.load(khet.database, khet.registry)
    with app.test_request_context():
        shipped.sync(khet.database, khet.registry)
    click.echo("The demo is loaded." if loaded else "There is data already; nothing was changed.")


@main.command("create-admin")
@click.option("--district", "code", required=True, help="Code of the district; obec is head office.")
@click.option("--name", required=True, help="User name before the dot.")
@click.option("--first-name", default="ผู้ดูแล", show_default=True)
@click.option("--last-name", default="ระบบ", show_default=True)
@click.option("--short-name", help="Makes the district when it is not there: its short name.")
@click.option("--level", type=click.Choice(["primary", "secondary"]), default="primary", show_default=True)
@click.option("--role", "key", help="Another role than an administrator's, e.g. saraban.director for the director.")
@click.password_option()
@plain_errors
def create_admin(
    code: str, name: str, password: str, short_name: str | None, level: str, key: str | None, **person: str
) -> None:
    """Make an administrator of a district or of head office, or, with --role, the first director."""
    app, khet = _app()
    with app.app_context(), khet.database.system("create-admin", write=True) as session:
        office = setup.ensure_head_office(session)
        role = "core.district_admin"
        if code == office.code:
            district, role = office, "core.head_office"
        elif short_name and session.scalar(select(District.id).where(District.code == code)) is None:
            values = {"code": code, "short_name": short_name, "name": short_name, "level": level}
            district = save_district(session, None, values)
        else:
            district = _district(session, code)
        passwords.check(password, [f"{name}.{district.code}", district.short_name])
        values = {"name": name, "password": password, **person}
        account = setup.create_administrator(session, district, values, key or role)
        username = account.username
    click.echo(f"{username} can sign in.")


@main.command("grave-acts")
@click.option("--consent", "act_id", type=int, help="Consent to this one, as the second person at the server.")
@plain_errors
def grave_acts(act_id: int | None) -> None:
    """What is asked for and waits for a second person; --consent where neither director nor head office can."""
    app, khet = _app()
    with khet.database.system("grave acts") as session:
        found = select(GraveAct, District.code).join(District, District.id == GraveAct.district_id)
        rows = session.execute(found.where(GraveAct.state == ASKED).order_by(GraveAct.id)).all()
    if act_id is None:
        with app.test_request_context():
            for act, code in rows:
                what = log.phrase(act.facts)
                click.echo(f"{act.id}\t{code}\t{act.user_name}\t{what}\t{act.asked_by}: {act.reason}")
        return
    district_id = next((act.district_id for act, _code in rows if act.id == act_id), None)
    if district_id is None:
        raise click.ClickException("not found")
    with app.test_request_context(), khet.database.district(district_id, "command line") as session:
        by = grave.Decider(None, "command line")
        handed = grave.consent(session, session.get_one(GraveAct, act_id), by, today=today())
    click.echo(f"Code for the owner, shown once: {handed}" if handed else "It holds.")


@main.group()
def plugins() -> None:
    """See and switch modules."""


@plugins.command("list")
@click.option("--district", "code", help="Show this district's state.")
@plain_errors
def plugins_list(code: str | None) -> None:
    """Installed plugins, and their state in a district."""
    app, khet = _app()
    with app.app_context(), khet.database.system("plugins list") as session:
        states = {}
        if code:
            states = khet.switchboard.states(session, _district(session, code).id)
        for name, manifest in khet.registry.manifests.items():
            state = states.get(name)
            shown = f"{state.mode:9} {'on' if state.effective else 'off'}" if state else ""
            click.echo(f"{name:20} {manifest.version:8} {shown}")


def _switch(name: str, code: str, on: bool) -> None:
    app, khet = _app()
    with app.app_context():
        with khet.database.system("plugins") as session:
            district_id = _district(session, code).id
        with khet.database.district(district_id, "command line") as session:
            switches.switch(session, khet.switchboard, name, on=on)
    click.echo(f"{name} is {'on' if on else 'off'} in {code}.")


@plugins.command("enable")
@click.argument("name")
@click.option("--district", "code", required=True)
@plain_errors
def plugins_enable(name: str, code: str) -> None:
    """Switch a plugin on for a district."""
    _switch(name, code, True)


@plugins.command("disable")
@click.argument("name")
@click.option("--district", "code", required=True)
@plain_errors
def plugins_disable(name: str, code: str) -> None:
    """Switch a plugin off for a district; nothing is deleted."""
    _switch(name, code, False)


@main.command()
@click.argument("report")
@click.option("--district", "code", required=True)
@click.option("--unit", default="office", show_default=True, help="Code of the unit: office, a group or a school.")
@click.option("--book", help="Number book; the report's own by default.")
@click.option("--year", type=int, required=True, help="พ.ศ.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True)
@plain_errors
def export(report: str, code: str, unit: str, book: str | None, year: int, out: Path) -> None:
    """Write a report of one unit and year as Excel, CSV or PDF, by the name of OUT; logged like any export."""
    app, khet = _app()
    declared = khet.registry.reports.get(report)
    if declared is None:
        raise click.ClickException(f"no such report; there are: {', '.join(khet.registry.reports)}")
    with app.app_context():
        with khet.database.system("export") as session:
            district_id = _district(session, code).id
            if khet.registry.report_owner[report] not in khet.switchboard.effective(session, district_id):
                raise click.ClickException(f"the module of {report} is off in {code}")
        with khet.database.district(district_id, "command line") as session:
            found = session.scalars(select(Unit).where(Unit.code == unit).order_by(Unit.kind)).first()
            if found is None:
                raise click.ClickException(f"there is no unit with the code {unit!r}")
            recorder.note(session, found, "core.report.exported", f"{declared.title} {year}")
        with khet.database.district(district_id, "command line", write=False) as session:
            kind = kinds.kind_of(out.suffix.removeprefix("."))
            file = kinds.of_report(kind, declared, session, {"unit_id": found.id, "book": book or report, "year": year})
            with file, out.open("wb") as target:
                shutil.copyfileobj(file, target)
    click.echo(str(out))


@main.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--plain", is_flag=True, help="Without a key: whoever gets the file can read and change it.")
@plain_errors
def backup(file: Path, plain: bool) -> None:
    """Database and files in one archive, locked with the backup key; the timeline's heads beside it."""
    _app_, khet = _app()
    key = None if plain else envelope.read_key(khet.settings.backup_key_file)
    manifest = backups.backup(khet.settings, khet.registry, file.absolute(), key)
    files = sum(name.startswith("files/") for name in manifest["sha256"])
    heads = file.absolute().parent / anchors.HEADS
    sealer.export_heads(khet.database, heads)
    click.echo(f"{sum(manifest['tables'].values())} rows and {files} files in {file}")
    if heads.exists():  # where something is sealed
        click.echo(f"The timeline's newest seals in {heads}")
    _say_damaged(manifest)


@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--key", type=click.Path(path_type=Path), help="File of its key; the one of the settings by default.")
@click.option("--plain", is_flag=True, help="An archive without a key, of whose origin you are sure.")
@plain_errors
def restore(file: Path, key: Path | None, plain: bool) -> None:
    """Fill an empty installation (SQLite or PostgreSQL) from an archive."""
    _app_, khet = _app(makes=True)
    place = key or khet.settings.backup_key_file
    found = envelope.read_key(place) if key or place.exists() else None
    counts, manifest = restoring.restore(khet.settings, khet.registry, file, found, plain=plain)
    sealer.begin(khet.database)  # the archive's chains are the ones to hold from here on
    click.echo(f"{sum(counts.values())} rows restored; counts and checksums agree.")
    _say_damaged(manifest)


@main.command("backup-key")
@plain_errors
def backup_key() -> None:
    """Make the key that backups are locked with, once; keep a copy of its file elsewhere."""
    _app_, khet = _app(makes=True)
    place = khet.settings.backup_key_file
    envelope.make_key(place)
    click.echo(f"Made: {place}. Keep a copy of it elsewhere, off this machine: without it no backup can be read.")


def _say_damaged(manifest: dict[str, Any]) -> None:
    """What the archive cannot hold whole; ends with 1, so that nothing deletes the older archives that may."""
    if damaged := manifest.get("damaged"):
        for name in damaged:
            click.echo(f"missing or altered: {name}", err=True)
        click.echo(f"The archive is whole; {len(damaged)} files of the installation are not.", err=True)
        sys.exit(1)


@main.command()
@click.option("--district", "code", help="Only this district's files.")
@plain_errors
def verify(code: str | None) -> None:
    """Compare every attached file with its row; fails when one is missing or altered."""
    from core.files import checking

    _, khet = _app()
    with khet.database.system("verify") as session:
        wanted = [_district(session, code).id] if code else checking.districts(khet.database)
    damaged = 0
    for district_id in wanted:
        for found in checking.compare(khet.database, khet.settings.files_dir, district_id):
            damaged += found.what != "unknown"
            click.echo(str(found), err=True)
    if damaged:
        click.echo(f"{damaged} files are missing or altered: fetch them from a backup.", err=True)
        sys.exit(1)
    click.echo("Every file is as its row says.")


@main.command("import-schools")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--district", "code", required=True)
@click.option("--user", help="Who takes them in; an administrator of the district by default.")
@click.option("--amphoe", "amphoes", multiple=True, help="An amphoe of the area; others are refused. May be repeated.")
@click.option("--dry-run", is_flag=True, help="Check every line and take nothing in.")
@plain_errors
def import_schools(file: Path, code: str, user: str | None, amphoes: tuple[str, ...], dry_run: bool) -> None:
    """Take schools in from XLSX or CSV, as the page does: the good lines, each other with its reason."""
    from core.imports import console

    app, khet = _app()
    with khet.database.system("import") as session:
        district_id = _district(session, code).id
    options = {"amphoes": ", ".join(amphoes)}
    batch, refused = console.run(app, district_id, "core.schools", file, options, user=user, dry_run=dry_run)
    for number, reason in refused:
        click.echo(f"line {number}: {reason}", err=True)
    if batch.problem:
        click.echo(batch.problem, err=True)
    click.echo(f"{batch.total} lines, {batch.bad} refused, {batch.good} good, {batch.taken} taken in")
    if batch.state not in ("checked", "done"):
        sys.exit(1)


@main.command()
@click.option("--all", "every", is_flag=True, help="The ended ones of the last week too.")
@plain_errors
def jobs(every: bool) -> None:
    """Long work: what waits, what runs, what failed."""
    from core.jobs.models import DONE, Job

    _, khet = _app()
    with khet.database.system("jobs") as session:
        found = select(Job, District.code).join(District, District.id == Job.district_id).order_by(Job.id)
        for job, code in session.execute(found if every else found.where(Job.state != DONE)):
            amount = f"{job.done}/{job.total}" if job.total else ""
            click.echo(f"{job.id}\t{code}\t{job.state}\t{job.kind}\t{amount}\t{job.title}\t{job.message}".rstrip())


@main.command("new-plugin")
@click.argument("name")
@click.option("--guest", is_flag=True, help="A package of its own instead of a built-in.")
@click.option("--into", type=click.Path(file_okay=False, path_type=Path), default=Path(), help="Where to write.")
@plain_errors
def new_plugin(name: str, guest: bool, into: Path) -> None:
    """Write a new plugin that passes the whole test suite."""
    from core.scaffold import writer

    for path in writer.write(name, into.absolute(), guest=guest):
        click.echo(str(path))


@main.command()
@click.option("--verify", "only", is_flag=True, help="Seal nothing before.")
@click.option(
    "--begin", is_flag=True, help="Hold the chains as they are from here on: after heads were lost for a reason."
)
@click.option("--heads", type=click.Path(exists=True, path_type=Path), multiple=True, help="A copy kept elsewhere.")
@plain_errors
def seal(only: bool, begin: bool, heads: tuple[Path, ...]) -> None:
    """Chain new timeline entries and verify every district's chain, against the exported heads too; fails when one is
    broken."""
    _app_, khet = _app()
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
