"""SQL put together once for all tests of a process: with an engine for each test, a sixth of the time went there."""

from sqlalchemy import Dialect, Engine
from sqlalchemy.util import LRUCache

# What SQLAlchemy keeps by itself, 500, is for one engine that does one kind of work.
_MOST = 5_000

_compiled: dict[tuple[str, str], tuple[Dialect, LRUCache]] = {}


def statements_compiled_once(engine: Engine) -> None:
    """Let an engine on a fresh database take what an earlier one of its kind has put together.

    SQLAlchemy keeps compiled statements by the dialect's own object, so both go together; and a dialect learns of its
    server from the first connection of its own engine.
    """
    kind = engine.dialect.name, engine.dialect.driver
    if kind not in _compiled:
        with engine.connect():
            pass
        _compiled[kind] = engine.dialect, LRUCache(_MOST)
    engine.dialect, engine._compiled_cache = _compiled[kind]
