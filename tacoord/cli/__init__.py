"""The command `tacoord`: each command's module is loaded only when it is called."""

import importlib
import os
import signal
import sys
import traceback
from collections.abc import Iterator
from tempfile import NamedTemporaryFile
from typing import Any, Final

import click

from tacoord import __version__
from tacoord.cli.groups import WholeHelpGroup

COULD_NOT: Final = 2
INTERRUPTED: Final = 130
NOBODY_READS: Final = 141
ASKED_TO_STOP: Final = 143

COMMANDS: Final = {
    "audit": "tacoord.cli.audit",
    "backup": "tacoord.cli.backup",
    "db": "tacoord.cli.db",
    "demo": "tacoord.cli.demo",
    "digests": "tacoord.cli.digests",
    "gaps": "tacoord.cli.gaps",
    "iati": "tacoord.cli.iati",
    "imports": "tacoord.cli.taking_back",
    "jobs": "tacoord.cli.jobs",
    "keys": "tacoord.cli.keys",
    "match": "tacoord.cli.match",
    "model": "tacoord.cli.model",
    "organisations": "tacoord.cli.organisations",
    "overlaps": "tacoord.cli.overlaps",
    "projects": "tacoord.cli.projects",
    "providers": "tacoord.cli.providers",
    "restore": "tacoord.cli.backup",
    "serve": "tacoord.cli.serve",
    "tokens": "tacoord.cli.tokens",
    "users": "tacoord.cli.users",
    "vocabularies": "tacoord.cli.vocabularies",
}


class LazyGroup(WholeHelpGroup):
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
    signal.signal(signal.SIGTERM, _stop)
    sys.exit(run(arguments))


def run(arguments: list[str] | None = None) -> int:
    """Run the command and give its exit status."""
    try:
        result: Any = cli.main(arguments, prog_name="tacoord", standalone_mode=False)
        sys.stdout.flush()
    except (Stopped, click.exceptions.Abort, KeyboardInterrupt) as error:
        return _stopped(error)
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return COULD_NOT
    except click.ClickException as error:
        click.echo(_asked_wrongly(error), err=True)
        return COULD_NOT
    except BrokenPipeError:
        return _nobody_reads()
    except Exception as error:
        # A driver that is stopped in the middle of something may fail over that on the way out.
        asked = next((each for each in _causes(error) if isinstance(each, _ENDINGS)), None)
        return _could_not(error) if asked is None else _stopped(asked)
    return result if isinstance(result, int) else 0


def _asked_wrongly(error: click.ClickException) -> str:
    """One line: what is wrong, and where it is written how it goes."""
    said = " ".join(error.format_message().split())
    context = error.ctx if isinstance(error, click.UsageError) else None
    if context is None:
        return f"tacoord: {said}"
    return f"{context.command_path}: {said} (`{context.command_path} --help` tells more)"


class Stopped(BaseException):
    """Somebody asked the process to end: what is half done is undone on the way out."""


_ENDINGS: Final = (Stopped, KeyboardInterrupt)


def _stopped(error: BaseException) -> int:
    click.echo("tacoord: stopped; what was kept before stays, the rest is undone", err=True)
    return ASKED_TO_STOP if isinstance(error, Stopped) else INTERRUPTED


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error, what was being handled when it came, and so on."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _stop(_number: int, _frame: object) -> None:
    raise Stopped


def _could_not(error: Exception) -> int:
    """One line; what nobody foresaw is kept as a whole in a file, for whoever mends it."""
    # Loaded only now: most calls go well, and every one of them begins with this module.
    from tacoord.cli.wording import FORESEEN, in_words  # noqa: PLC0415

    _leave_output()
    if isinstance(error, FORESEEN):
        click.echo(f"tacoord: {in_words(error)}", err=True)
        return COULD_NOT
    kept = _keep_trace(error)
    click.echo(
        f"tacoord: unforeseen: {type(error).__name__}. Report it, with the file {kept}", err=True
    )
    return COULD_NOT


def _keep_trace(error: Exception) -> str:
    with NamedTemporaryFile(
        "w", encoding="utf-8", prefix="tacoord-", suffix=".txt", delete=False
    ) as file:
        file.writelines(traceback.format_exception(error))
    return file.name


def _nobody_reads() -> int:
    """Who reads our output went away (`| head`): there is nothing to say and nobody to say it to."""
    _leave_output()
    return NOBODY_READS


def _leave_output() -> None:
    """What could not be written is not tried again when Python ends."""
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.close(nowhere)
