"""Rules of addresses compiled once for all applications of a test run: most of the time of making one went there."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from werkzeug.routing import Rule

Builder = Callable[..., tuple[str, str]]

COMPILE: Final[Callable[[Rule, bool], Builder]] = Rule._compile_builder
"""As Werkzeug does it."""


@contextmanager
def rules_compiled_once() -> Iterator[None]:
    """While it lasts, the function that builds the addresses of a rule is compiled for the first such rule alone.

    It depends on nothing but what is the key here; where a rule has defaults it also depends on its converters, and is
    compiled each time.
    """
    known: dict[object, Builder] = {}

    def remembered(rule: Rule, append_unknown: bool = True) -> Builder:
        if rule.defaults:
            return COMPILE(rule, append_unknown)
        key = (rule.rule, tuple(rule._trace), append_unknown)
        if key not in known:
            known[key] = COMPILE(rule, append_unknown)
        return known[key]

    patched: Any = Rule
    patched._compile_builder = remembered
    try:
        yield
    finally:
        patched._compile_builder = COMPILE
