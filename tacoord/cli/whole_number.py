"""A number in an option, refused in plain words."""

import click


class WholeNumber(click.IntRange):
    """A whole number within limits; anything else is told so, with the limits."""

    def convert(self, value: int, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read it; fails with one line."""
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            most = f" to {self.max:.0f}" if self.max is not None else " on"
            self.fail(f"{value} is no whole number from {self.min:.0f}{most}.", param, ctx)
