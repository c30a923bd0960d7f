"""The operator's commands. `app.py` without one migrates, syncs roles, loads the demo and serves."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import click
from sqlalchemy import select

from core import __version__
from core.base import disk, logs
from core.base.config import ConfigError, Settings
from core.base.text.thai import buddhist_year, today
from core.exchange.reports import formats
from core.ops import seed_data
from core.ops.cli_backup import COMMANDS
from core.ops.cli_installation import find_district, opened
from core.ops.demo import load as demo_data
from core.ops.plain_errors import plain_errors
from core.platform.accounts.services import DEMO_PASSWORD
from core.platform.consents import services as grave
from core.platform.dual_control import log
from core.platform.dual_control.models import ASKED, GraveAct
from core.platform.masterdata.models import District, Unit
from core.platform.timeline import recorder
from core.platform.users import passwords, roles
from core.platform.users.head_office import save_district
from core.plugins import migrate as migrations
from core.plugins import switches
from core.plugins.registry import Registry
from core.storage import postgres
from core.web.installation import Khet
from core.web.pages.accounts import setup

#: before it no office kept a register (พ.ศ.); what is less was meant otherwise
OLDEST_YEAR = 2400


@click.group(invoke_without_command=True)
@click.version_option(__version__, prog_name="Khet")
@click.pass_context
@plain_errors
def main(context: click.Context) -> None:
    """Khet (เขต): the office system of Thailand's education service area offices."""
    logs.start()
    if context.invoked_subcommand is None:
        from core.ops import serve as server

        app, khet = opened(makes=True)
        _migrate(khet)
        with app.app_context():
            _sync(khet)
            if khet.settings.demo:
                print("Loading the demo (once) …" if _is_new(khet) else "The data is kept.", flush=True)
                demo_data.load(khet.database, khet.registry)
        with app.test_request_context():
            seed_data.sync(khet.database, khet.registry)
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
            f"    {' '.join(demo_data.STAFF)},",
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
    from core.ops import serve as server

    app, khet = opened()
    _say_where(khet.settings, host, port)
    server.run(app, host, port)


@main.command()
@click.option("--workers", type=click.IntRange(1, 64), default=3, show_default=True)
@plain_errors
def work(workers: int) -> None:
    """Work on long jobs and send what waits, beside servers that have KHET_JOBS_URL set."""
    from core.ops import serve as server

    app, khet = opened()
    if not khet.settings.jobs_url:
        raise ConfigError("Without KHET_JOBS_URL the serving process works on jobs itself.")
    server.work(app, workers)


@main.command()
@plain_errors
def migrate() -> None:
    """Bring the tables of every plugin to their newest revision (as the owner role)."""
    app, khet = opened(makes=True)
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
    _app_, khet = opened()
    click.echo(f"{_sync(khet)} changes.")


@main.command("sync-data")
@plain_errors
def sync_data() -> None:
    """Write into every district what modules ship: work standards, indicators, catalogues. Local edits stay."""
    app, khet = opened()
    with app.test_request_context():
        click.echo(f"{seed_data.sync(khet.database, khet.registry)} changes.")


@main.command()
@plain_errors
def demo() -> None:
    """Load the demo into an empty installation."""
    app, khet = opened()
    with app.app_context():
        _sync(khet)
        loaded = demo_data.load(khet.database, khet.registry)
    with app.test_request_context():
        seed_data.sync(khet.database, khet.registry)
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
    app, khet = opened()
    with app.app_context(), khet.database.system("create-admin", write=True) as session:
        office = setup.ensure_head_office(session)
        role = "core.district_admin"
        if code == office.code:
            district, role = office, "core.head_office"
        elif short_name and session.scalar(select(District.id).where(District.code == code)) is None:
            values = {"code": code, "short_name": short_name, "name": short_name, "level": level}
            district = save_district(session, None, values)
        else:
            district = find_district(session, code)
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
    app, khet = opened()
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


for command in COMMANDS:
    main.add_command(command)


@main.group()
def plugins() -> None:
    """See and switch modules."""


@plugins.command("list")
@click.option("--district", "code", help="Show this district's state.")
@plain_errors
def plugins_list(code: str | None) -> None:
    """Installed plugins, and their state in a district."""
    app, khet = opened()
    with app.app_context(), khet.database.system("plugins list") as session:
        states = {}
        if code:
            states = khet.switchboard.states(session, find_district(session, code).id)
        for name, manifest in khet.registry.manifests.items():
            state = states.get(name)
            shown = f"{state.mode:9} {'on' if state.effective else 'off'}" if state else ""
            click.echo(f"{name:20} {manifest.version:8} {shown}")


def _switch(name: str, code: str, on: bool) -> None:
    app, khet = opened()
    with app.app_context():
        with khet.database.system("plugins") as session:
            district_id = find_district(session, code).id
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
    app, khet = opened()
    kind = out.suffix.removeprefix(".").lower()
    if kind not in formats.CONTENT_TYPES:
        raise click.ClickException(f"{out}: a report ends in .{', .'.join(formats.CONTENT_TYPES)}")
    declared = khet.registry.reports.get(report)
    if declared is None:
        raise click.ClickException(f"no such report; there are: {', '.join(khet.registry.reports)}")
    if not OLDEST_YEAR <= year <= buddhist_year(today()) + 1:
        raise click.ClickException(f"--year {year}: a year of the Buddhist era, such as {buddhist_year(today())}")
    with app.app_context():
        with khet.database.system("export") as session:
            district_id = find_district(session, code).id
            if khet.registry.report_owner[report] not in khet.switchboard.effective(session, district_id):
                raise click.ClickException(f"the module of {report} is off in {code}")
        with khet.database.district(district_id, "command line") as session:
            found = session.scalars(select(Unit).where(Unit.code == unit).order_by(Unit.kind)).first()
            if found is None:
                raise click.ClickException(f"there is no unit with the code {unit!r}")
            recorder.note(session, found, "core.report.exported", f"{declared.title} {year}")
        with khet.database.district(district_id, "command line", write=False) as session:
            file = formats.of_report(
                formats.kind_of(kind), declared, session, {"unit_id": found.id, "book": book or report, "year": year}
            )
            with file, disk.own(out) as target:
                shutil.copyfileobj(file, target)
    click.echo(str(out))


@main.command("import-schools")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--district", "code", required=True)
@click.option("--user", help="Who takes them in; an administrator of the district by default.")
@click.option("--amphoe", "amphoes", multiple=True, help="An amphoe of the area; others are refused. May be repeated.")
@click.option("--dry-run", is_flag=True, help="Check every line and take nothing in.")
@plain_errors
def import_schools(file: Path, code: str, user: str | None, amphoes: tuple[str, ...], dry_run: bool) -> None:
    """Take schools in from XLSX or CSV, as the page does: the good lines, each other with its reason."""
    from core.exchange.imports import console

    app, khet = opened()
    with khet.database.system("import") as session:
        district_id = find_district(session, code).id
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
    from core.platform.jobs.models import DONE, Job

    _, khet = opened()
    with khet.database.system("jobs") as session:
        found = select(Job, District.code).join(District, District.id == Job.district_id).order_by(Job.id)
        for job, code in session.execute(found if every else found.where(Job.state != DONE)):
            amount = f"{job.done}/{job.total}" if job.total else ""
            click.echo(f"{job.id}\t{code}\t{job.state}\t{job.kind}\t{amount}\t{job.title}\t{job.message}".rstrip())


@main.command("new-plugin")
@click.argument("name")
@click.option("--guest", is_flag=True, help="A package of its own instead of a built-in.")
@click.option("--into", type=click.Path(file_okay=False, path_type=Path), default=Path(), help="Where to write.")
@click.option("--thai", default="", help="The title as the office says it: สมุดผู้มาติดต่อ. Empty until somebody knows.")
@plain_errors
def new_plugin(name: str, guest: bool, into: Path, thai: str) -> None:
    """Write a new plugin that passes the whole test suite."""
    from core.ops.scaffold import writer

    for path in writer.write(name, into.absolute(), guest=guest, thai=thai):
        click.echo(str(path))
    if not thai:
        click.echo("Its title has no Thai yet: write it into the catalogue; until then the check fails.")


@main.command("make-migration")
@click.argument("plugin")
@click.argument("what")
@plain_errors
def make_migration(plugin: str, what: str) -> None:
    """Write PLUGIN's next migration from its models; WHAT says in a sentence what changes."""
    from core.ops.scaffold import migration

    file = migration.write(Registry(), plugin, what)
    click.echo(file or "The tables are what the models say.")
    if file and "drop_column" in file.read_text(encoding="utf-8"):
        click.echo("A column that got another name is dropped and added: make it alter_column(…, new_column_name=…).")
