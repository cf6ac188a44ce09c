"""Whether the database can be worked with: asked before processes are started that would wait for it for ever."""

from sqlalchemy import create_engine, text

from tacoord.config import Settings


def require_database(settings: Settings) -> None:
    """Go on where the database answers and has its tables; else raise SQLAlchemy's error, which tells why not."""
    engine = create_engine(settings.database_url, **settings.engine_options)
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1 FROM heartbeats"))
    finally:
        engine.dispose()
