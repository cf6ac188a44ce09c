"""Groups of commands whose help says the first sentence of each command whole, however narrow the terminal."""

import click


class WholeHelpGroup(click.Group):
    """A group that lists its commands with what they do, and cuts nothing off."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write each command with the first sentence of its help, on as many lines as it takes."""
        commands = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        rows = [(name, _first_sentence(each)) for name, each in commands if each is not None]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def _first_sentence(command: click.Command) -> str:
    words = " ".join((command.help or "").partition("\n\n")[0].split())
    sentence, dot, _ = words.partition(". ")
    return f"{sentence}." if dot else words
