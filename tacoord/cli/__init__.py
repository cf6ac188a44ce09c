"""The command `tacoord`: each command's module is loaded only when it is called."""

import importlib
import sys
from typing import Any, Final

import click
from sqlalchemy.exc import OperationalError

from tacoord import __version__
from tacoord.errors import ConfigurationError, DomainError

COULD_NOT: Final = 2

COMMANDS: Final = {
    "audit": "tacoord.cli.audit",
    "backup": "tacoord.cli.backup",
    "db": "tacoord.cli.db",
    "demo": "tacoord.cli.demo",
    "digests": "tacoord.cli.digests",
    "gaps": "tacoord.cli.gaps",
    "iati": "tacoord.cli.iati",
    "jobs": "tacoord.cli.jobs",
    "match": "tacoord.cli.match",
    "model": "tacoord.cli.model",
    "overlaps": "tacoord.cli.overlaps",
    "projects": "tacoord.cli.projects",
    "providers": "tacoord.cli.providers",
    "restore": "tacoord.cli.backup",
    "serve": "tacoord.cli.serve",
    "tokens": "tacoord.cli.tokens",
    "users": "tacoord.cli.users",
    "vocabularies": "tacoord.cli.vocabularies",
}


class LazyGroup(click.Group):
    """A group that knows its commands by the names of their modules."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, in order."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name: the object of the same name in its module."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(COMMANDS[cmd_name])
        command = getattr(module, cmd_name)
        assert isinstance(command, click.Command)
        return command


@click.group(cls=LazyGroup)
@click.version_option(__version__, package_name="tacoord", prog_name="tacoord")
def cli() -> None:
    """Coordination of technical assistance against trafficking in persons."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command; what cannot be done at all is one line on standard error and status 2."""
    sys.exit(run(arguments))


def run(arguments: list[str] | None = None) -> int:
    """Run the command and give its exit status."""
    try:
        result: Any = cli.main(arguments, standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("tacoord: stopped", err=True)
        return 130
    except click.ClickException as error:
        error.show()
        return COULD_NOT
    except click.exceptions.Exit as error:
        return error.exit_code
    except OperationalError as error:
        reason = str(error.orig).strip().splitlines()[0]
        click.echo(f"tacoord: the database does not answer or is not ready: {reason}", err=True)
        return COULD_NOT
    except (ConfigurationError, DomainError, OSError) as error:
        click.echo(f"tacoord: {_one_line(error)}", err=True)
        return COULD_NOT
    return result if isinstance(result, int) else 0


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
