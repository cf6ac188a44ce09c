"""What comes in, before anything reads it: texts that no database holds are refused, or made plain."""

from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import parse_qsl

from flask import Request, abort
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.utils import cached_property

NUL: Final = "\x00"


class Incoming(Request):
    """A request whose query is readable whatever was sent, and whose form has no zero characters.

    In a form such a character comes with a text that was copied from elsewhere: it is left out, and nothing typed is
    lost. In an address nobody types one (`refuse_unreadable`).
    """

    @cached_property
    def args(self) -> MultiDict[str, str]:
        """The query; bytes that are no UTF-8 become marks of replacement."""
        said = self.query_string.decode(errors="replace")
        return self.parameter_storage_class(
            parse_qsl(said, keep_blank_values=True, errors="replace")
        )

    def _load_form_data(self) -> None:
        super()._load_form_data()
        kept = self.__dict__.get("form")
        if kept is not None and _has_nul(kept):
            rows = [(_plain(k), _plain(v)) for k, v in kept.items(multi=True)]
            self.__dict__["form"] = ImmutableMultiDict(rows)


def refuse_unreadable(sent: Any) -> None:
    """Answer 400 to an address with a zero character in it."""
    if NUL in sent.path or _has_nul(sent.args):
        abort(400, "The address has a character in it that cannot be read.")


def _has_nul(values: "MultiDict[str, str]") -> bool:
    pairs: Iterable[tuple[str, str]] = values.items(multi=True)
    return any(NUL in name or NUL in value for name, value in pairs)


def _plain(text: str) -> str:
    return text.replace(NUL, "")
