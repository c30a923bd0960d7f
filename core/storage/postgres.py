"""One-time preparation of a PostgreSQL server by a superuser, and the check that refuses a wrong one."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Engine, make_url, text
from sqlalchemy.exc import ArgumentError

from core.base.setting_kinds import normalise_url

if TYPE_CHECKING:  # an office on SQLite never loads the driver
    import psycopg

#: a Thai word; a database that makes no trigrams of it cannot find Thai
PROBE = "ประชุม"


class DatabaseUnfit(Exception):
    """The database cannot carry Khet; the text says how to make one that can."""


@dataclass(frozen=True)
class Prepared:
    """Addresses of the three roles, to be put into KHET_* variables."""

    app: str
    owner: str
    system: str


def _role(cursor: psycopg.Cursor, name: str, password: str, *, bypass: bool = False) -> None:
    from psycopg import sql

    exists = cursor.execute("select 1 from pg_roles where rolname = %s", (name,)).fetchone()
    verb = sql.SQL("ALTER" if exists else "CREATE")
    attributes = sql.SQL("LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE " + ("BYPASSRLS" if bypass else "NOBYPASSRLS"))
    cursor.execute(
        sql.SQL("{} ROLE {} WITH {} PASSWORD {}").format(verb, sql.Identifier(name), attributes, sql.Literal(password))
    )


def prepare(superuser_url: str, database: str = "khet", prefix: str = "khet") -> Prepared:
    """Make the database with a fitting LC_CTYPE, the roles owner, app and system, and what search needs.

    `superuser_url` reaches any database of the server as a superuser. Run again, it gives the roles new
    passwords and leaves data alone. Raises DatabaseUnfit when an existing database has the wrong LC_CTYPE, or for an
    address that is none.
    """
    import psycopg
    from psycopg import sql

    try:
        url = make_url(normalise_url(superuser_url))
    except (ArgumentError, ValueError) as error:
        raise DatabaseUnfit("--superuser-url is an address like postgresql://postgres@localhost/postgres.") from error
    names = {role: f"{prefix}_{role}" for role in ("owner", "app", "system")}
    passwords = {role: secrets.token_urlsafe(24) for role in names}

    def plain(name: str) -> str:
        return url.set(drivername="postgresql", database=name).render_as_string(hide_password=False)

    with psycopg.connect(plain(url.database or "postgres"), autocommit=True) as connection:
        cursor = connection.cursor()
        for role, name in names.items():
            _role(cursor, name, passwords[role], bypass=role == "system")
        if not cursor.execute("select 1 from pg_database where datname = %s", (database,)).fetchone():
            # Trigrams follow LC_CTYPE: C, and builtin locales over C, make none of Thai.
            cursor.execute(
                sql.SQL(
                    "CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8' "
                    "LOCALE_PROVIDER libc LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'"
                ).format(sql.Identifier(database), sql.Identifier(names["owner"]))
            )
    with psycopg.connect(plain(database), autocommit=True) as connection:
        cursor = connection.cursor()
        cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        # Under row-level security the planner uses the trigram index only if LIKE's function may not leak.
        cursor.execute("ALTER FUNCTION pg_catalog.textlike(text, text) LEAKPROOF")
        owner, app, system = (sql.Identifier(names[role]) for role in ("owner", "app", "system"))
        cursor.execute(sql.SQL("REVOKE CREATE ON SCHEMA public FROM PUBLIC"))
        cursor.execute(sql.SQL("GRANT USAGE, CREATE ON SCHEMA public TO {}").format(owner))
        cursor.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}, {}").format(app, system))
        for kind, rights in (
            ("TABLES", "SELECT, INSERT, UPDATE, DELETE"),
            ("SEQUENCES", "USAGE, SELECT, UPDATE"),
        ):
            cursor.execute(
                sql.SQL("ALTER DEFAULT PRIVILEGES FOR ROLE {} IN SCHEMA public GRANT {} ON {} TO {}, {}").format(
                    owner, sql.SQL(rights), sql.SQL(kind), app, system
                )
            )

    def address(role: str) -> str:
        made = url.set(drivername="postgresql", username=names[role], password=passwords[role], database=database)
        return made.render_as_string(hide_password=False)

    return Prepared(address("app"), address("owner"), address("system"))


def check(engine: Engine) -> None:
    """Refuse a PostgreSQL that Khet must not serve from. Raises DatabaseUnfit with the cure."""
    with engine.connect() as connection:
        version = connection.execute(text("show server_version_num")).scalar_one()
        if int(version) < 150000:
            raise DatabaseUnfit("PostgreSQL 15 or newer is needed.")
        row = connection.execute(text("select rolsuper, rolbypassrls from pg_roles where rolname = current_user")).one()
        if row.rolsuper or row.rolbypassrls:
            raise DatabaseUnfit(
                "KHET_DATABASE_URL connects as a role that row-level security does not hold. "
                "Use the app role that `app.py prepare-postgres` makes."
            )
        if not connection.execute(text("select 1 from pg_extension where extname = 'pg_trgm'")).first():
            raise DatabaseUnfit("The database is not prepared: run `app.py prepare-postgres` as a superuser once.")
        trigrams = connection.execute(
            text("select coalesce(array_length(show_trgm(:word), 1), 0)"), {"word": PROBE}
        ).scalar_one()
        if trigrams < 6:
            raise DatabaseUnfit(
                "The database's LC_CTYPE makes no trigrams of Thai text, so search would not work. Make it "
                "with LC_CTYPE 'C.UTF-8' (or th_TH.UTF-8); `app.py prepare-postgres` does."
            )
        leakproof = connection.execute(
            text("select proleakproof from pg_proc where oid = 'pg_catalog.textlike(text, text)'::regprocedure")
        ).scalar_one()
        if not leakproof:
            raise DatabaseUnfit("Search would not use its index: run `app.py prepare-postgres` as a superuser once.")
