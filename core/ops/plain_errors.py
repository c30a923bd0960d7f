"""What an operator reads when a command fails: what is wrong, not where in the code it showed."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import click
from alembic.util.exc import CommandError
from sqlalchemy.exc import DBAPIError, OperationalError

from core.base.config import ConfigError
from core.base.errors import NotFound, RuleError
from core.plugins.registry import PluginError
from core.storage import postgres
from core.storage.encrypted_zip import BackupError

#: PostgreSQL's codes
_NO_TABLE, _NO_RIGHT = "42P01", "42501"


def plain_errors(command: Callable[..., Any]) -> Callable[..., Any]:
    """Let a command end with one line for what its operator can mend; a fault of the code keeps its traceback."""

    @functools.wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except (ConfigError, PluginError, RuleError, BackupError, postgres.DatabaseUnfit) as error:
            raise click.ClickException(str(error)) from error
        except CommandError as error:
            raise click.ClickException(f"The tables are of a newer Khet, or of another: {error}") from error
        except NotFound as error:
            raise click.ClickException("not found") from error
        except OSError as error:  # a folder that is missing, a disk that is full
            raise click.ClickException(f"{error.filename or 'disk'}: {error.strerror or error}") from error
        except Exception as error:
            if (said := _of_database(error)) is None:
                raise
            raise click.ClickException(said) from error

    return wrapped


def _of_database(error: Exception) -> str | None:
    """What the database says, where that is the installation's fault."""
    raised = error.orig if isinstance(error, DBAPIError) else error
    words = str(raised).strip().partition("\n")[0].rstrip(".")
    state = getattr(raised, "sqlstate", None)
    if state == _NO_TABLE or "no such table" in words:
        return f"The database: {words}. `app.py migrate` makes its tables."
    if state == _NO_RIGHT:
        return f"The database: {words}. Do KHET_DATABASE_URL and its two companions name the roles that they should?"
    connecting = isinstance(error, OperationalError) or type(raised).__name__ == "OperationalError"
    return f"The database: {words}." if connecting else None
