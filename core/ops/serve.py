"""Serving: what must hold before the first request, the server, and the housekeeping beside it."""

from __future__ import annotations

import gc
import ipaddress
import logging
import signal
import threading
import time
from collections.abc import Callable, Iterable
from functools import partial
from itertools import count

from flask import Flask

from core.base import logs
from core.base.config import ConfigError, Settings
from core.base.text.thai import today
from core.ops import backups, schedule, seed_data, trouble
from core.ops.delivery import Senders
from core.ops.http_server import FORM_ROOM, HttpServer
from core.platform.consents import head_office
from core.platform.jobs.runner import waiting
from core.platform.numbering import engine
from core.platform.seal import sealer
from core.platform.seal import verification as chains
from core.plugins import migrate
from core.records.files import store, verification
from core.storage import cluster, postgres
from core.storage.base import utc_now
from core.storage.outage import kind_of
from core.web.installation import Khet
from core.web.pages.accounts import setup

log = logging.getLogger(__name__)

HOUSEKEEPING_SECONDS = 60
#: rounds
SWEPT_EVERY = 60
DISPATCH_SECONDS = 5
#: wake-ups in one round; who is woken takes all there is
WOKEN = 8


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_address(settings: Settings, host: str) -> None:
    """Beyond loopback the demo is refused, and plain HTTP unless somebody says so. Raises ConfigError."""
    if is_loopback(host):
        return
    if settings.demo:
        raise ConfigError("The demo's passwords are public; it serves on 127.0.0.1 only. Set KHET_DEMO=0.")
    if not (settings.https and settings.trusted_proxies) and not settings.insecure_http:
        raise ConfigError(
            "Beyond this machine Khet needs HTTPS: put nginx in front and set KHET_PUBLIC_URL=https://… and "
            "KHET_TRUSTED_PROXIES (README, Deploy), or set KHET_INSECURE_HTTP=1 and live with the warning."
        )


def check_database(khet: Khet) -> None:
    """Refuse to serve from a database that is not ready. Raises ConfigError or DatabaseUnfit."""
    if not khet.database.sqlite:
        postgres.check(khet.database.app_engine)
    if pending := migrate.pending(khet.database.app_engine, khet.registry):
        raise ConfigError(f"Migrations are pending ({', '.join(pending)}): run `app.py migrate`.")


def watch(khet: Khet, *, serving: bool) -> None:
    """Keep an eye on the database, and on what other processes at it share with this one. Raises ConfigError."""
    locks: list[tuple[int, int]] = []
    if not khet.database.sqlite:
        for warning in cluster.check(khet.database.app_engine, khet.settings):
            log.warning(warning)
        locks = cluster.locks(khet.settings, serving=serving)
    khet.database.watch(locks)


def housekeeping(app: Flask, *, sweep: bool = True) -> None:
    """One round: seal the timeline, expire reservations, give districts their turn of what comes again by itself; with
    `sweep` forget sessions that have ended.

    What fails keeps nothing after it from its turn; raises ExceptionGroup of all that failed, at the end.
    """
    khet: Khet = app.extensions["khet"]

    def expire() -> None:
        with khet.database.system("housekeeping", write=True) as session:
            engine.expire(session, today())

    def ship() -> None:
        with app.test_request_context():
            seed_data.sync(khet.database, khet.registry, only_new=True)  # a district that was just made

    def tell() -> None:
        with app.test_request_context():
            head_office.notify_head_office(khet.database)  # of what nobody else may decide any more
            trouble.tell(khet.database, khet.metrics)

    def by_itself() -> None:
        with app.test_request_context():
            schedule.run(khet.database, khet.switchboard, utc_now())

    works: list[Callable[[], object]] = [partial(sealer.seal, khet.database), expire, ship, by_itself, tell]
    if sweep:
        works.append(app.session_interface.sweep)  # type: ignore[attr-defined]
    _each(works)


def _each(works: Iterable[Callable[[], object]]) -> None:
    """Do all; raises ExceptionGroup at the end. With the database down nothing after it is tried."""
    failed: list[Exception] = []
    for work in works:
        try:
            work()
        except Exception as error:
            failed.append(error)
            if kind_of(error) == "down":
                break
    if failed:
        raise ExceptionGroup("housekeeping", failed)


def sweep_files(app: Flask) -> None:
    """Once at the start: delete files that a killed process left without a row. Raises ExceptionGroup as above."""
    khet: Khet = app.extensions["khet"]

    def sweep_one(district_id: int) -> None:
        with khet.database.district(district_id, "housekeeping", write=False) as session:
            store.sweep_orphans(session, khet.settings.files_dir, time.time())

    _each(partial(sweep_one, one) for one in verification.districts(khet.database))


def _dispatch(app: Flask, stop: threading.Event) -> None:
    """Wake workers for jobs whose wake-up was lost, and senders for what waits in the outbox."""
    khet: Khet = app.extensions["khet"]
    senders = Senders(app)
    while True:
        try:
            if khet.database.answers:
                khet.queue.wake(waiting(khet.database)[:WOKEN])
                senders.nudge()
        except Exception:
            log.exception("dispatch failed; it is tried again in %s seconds", DISPATCH_SECONDS)
        if stop.wait(DISPATCH_SECONDS):
            return


def work(app: Flask, workers: int) -> None:
    """Work on jobs and the outbox until stopped: what `app.py work` does beside the web servers."""
    khet: Khet = app.extensions["khet"]
    check_database(khet)
    watch(khet, serving=False)
    stop = threading.Event()
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, lambda *_: stop.set())  # what is at work goes on at the next start, at once
    khet.queue.start(workers)
    try:
        _dispatch(app, stop)
    finally:
        khet.queue.stop()


def compare_files(app: Flask) -> None:
    """Once a night: compare the files with their rows, beside everything else."""
    khet: Khet = app.extensions["khet"]
    try:
        if verification.mark(khet.settings.data_dir).due(utc_now()):
            with app.app_context():
                verification.nightly(khet.database, khet.settings.files_dir, khet.settings.data_dir)
    except Exception:
        log.exception("the files were not compared with their rows; it is tried again")


def verify_timeline(app: Flask) -> None:
    """Once a night: walk the chains of the timeline, beside everything else."""
    khet: Khet = app.extensions["khet"]
    try:
        if chains.mark(khet.settings.data_dir).due(utc_now()):
            with app.app_context():
                chains.nightly(khet.database)
    except Exception:
        log.exception("the timeline was not verified; it is tried again")


def back_up(app: Flask) -> None:
    """Make the backup of the day if its hour has come, beside everything else and outside any transaction of ours."""
    khet: Khet = app.extensions["khet"]
    try:
        with app.app_context():
            backups.nightly(khet.database, khet.registry, khet.settings)
    except Exception:
        log.exception("the backup could not be looked after; it is tried again")


#: what takes long and runs beside the rounds of housekeeping, each in a thread of its own
BESIDE = {"compare files": compare_files, "verify the timeline": verify_timeline, "backup": back_up}


def _keep_house(app: Flask, stop: threading.Event) -> None:
    khet: Khet = app.extensions["khet"]
    try:
        sweep_files(app)
    except Exception:
        log.exception("files without a row were not swept; the next start does it")
    beside: dict[str, threading.Thread] = {}
    for number in count(1):
        if stop.wait(HOUSEKEEPING_SECONDS):
            return
        if not khet.database.answers:
            continue
        for name, long in BESIDE.items():
            if name not in beside or not beside[name].is_alive():
                beside[name] = threading.Thread(target=long, args=(app,), daemon=True, name=name)
                beside[name].start()
        try:
            housekeeping(app, sweep=number % SWEPT_EVERY == 0)
        except Exception:
            log.exception("housekeeping failed; it is tried again in a minute")


def run(app: Flask, host: str, port: int) -> None:
    """Serve until stopped; a stop answers what is being asked (core/ops/http_server.py)."""
    khet: Khet = app.extensions["khet"]
    check_address(khet.settings, host)
    check_database(khet)
    watch(khet, serving=True)
    if khet.settings.access_log is not None:
        logs.keep_access(khet.settings.access_log)
    if code := setup.new_code(khet.database):
        print(f"First run: open http://{host}:{port}/first-run/ and type this code: {code}", flush=True)
    gc.freeze()  # the application itself is never garbage; requests do not wait while it is looked through
    try:
        server = HttpServer(
            app, host, port,
            clear_untrusted_proxy_headers=not khet.settings.trusted_proxies,
            max_request_body_size=khet.settings.max_upload + FORM_ROOM,
        )  # fmt: skip
    except OSError as error:
        raise ConfigError(f"Port {port} on {host} cannot be opened: {error.strerror or error}.") from error
    stop = threading.Event()
    threading.Thread(target=_keep_house, args=(app, stop), daemon=True, name="housekeeping").start()
    if not khet.settings.jobs_url:
        khet.queue.start()
        threading.Thread(target=_dispatch, args=(app, stop), daemon=True, name="dispatch").start()
    try:
        server.run()
    finally:
        stop.set()
        khet.queue.stop()
