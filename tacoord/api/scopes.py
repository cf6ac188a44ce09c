"""What a token may do: an operation that is not safe says its scope, and the gate of the API asks for it."""

from collections.abc import Callable, Collection
from typing import Any, Final, TypeVar, cast

from apiflask import APIBlueprint

from tacoord.errors import Forbidden
from tacoord.models import TokenScope

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
View = TypeVar("View", bound=Callable[..., Any])


class OutOfScope(Forbidden):
    """The token has not the scope that the operation needs, whatever its owner may do."""

    def __init__(self, needed: TokenScope, held: Collection[str]) -> None:
        self.needed = needed
        words = f"Yours has {_listed(held)}." if held else "Yours has no scope: it only reads."
        super().__init__(
            f"This call needs a token with the scope “{needed}”. {words} "
            f"Make another token with “{needed}” under Access for programs, "
            "or ask whoever runs this installation for one."
        )


def needs_scope(bp: APIBlueprint, scope: TokenScope) -> Callable[[View], View]:
    """Say at an operation of `bp` which scope a token needs for it; the API document says so too."""

    def scoped(view: View) -> View:
        view.token_scope = scope  # type: ignore[attr-defined]
        return bp.doc(security=[{"bearer": [scope.value]}])(view)

    return scoped


def only_asks(view: View) -> View:
    """Mark an operation that stores nothing, though it is a POST: every token may do it."""
    view.token_scope = None  # type: ignore[attr-defined]
    return view


def require_scope(method: str, view: Callable[..., Any], held: Collection[str]) -> None:
    """Go on where a token with the scopes `held` may do it, else raise OutOfScope.

    Raises AttributeError for an operation that changes something and says no scope: a mistake in the code.
    """
    if method in SAFE_METHODS:
        return
    needed = cast(TokenScope | None, view.token_scope)  # type: ignore[attr-defined]
    if needed is not None and needed not in held:
        raise OutOfScope(needed, held)


def _listed(scopes: Collection[str]) -> str:
    return ", ".join(f"“{scope}”" for scope in scopes)
