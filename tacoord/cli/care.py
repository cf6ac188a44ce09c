"""What whoever installs tacoord is told at the start of an open site: settings that are allowed, and weak."""

import stat
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, urlsplit

from tacoord.config import MailFolder, Settings

_CHECKED: Final = frozenset({"verify-ca", "verify-full"})
_STRONG_ROLES: Final = ("admin", "coordinator")


def advice(settings: Settings) -> Iterator[str]:
    """A sentence for each; none for a site that is open to its own machine alone."""
    if not settings.secure:
        return
    yield from _about_mail(settings)
    yield from _about_database(settings.database_url)
    yield from _about_people(settings)
    if settings.trusted_proxies == 0:
        yield (
            "Every visitor seems to come from the proxy, and all share one limit of tries. "
            "Set TACOORD_TRUSTED_PROXIES to the number of proxies."
        )
    if settings.metrics_open:
        yield (
            "/metrics answers to whoever reaches this port (TACOORD_METRICS_OPEN). Refuse it at the proxy."
        )
    if settings.match_engine != "local" and not _is_here(urlsplit(settings.match_engine).hostname):
        yield (
            "The Dask scheduler of TACOORD_MATCH_ENGINE runs whatever it is sent. Keep it in a closed network."
        )
    if _others_can_read(settings.home):
        yield f"Other users of this machine can read {settings.home}. Run: chmod o-rwx {settings.home}"


def _about_mail(settings: Settings) -> Iterator[str]:
    target = settings.mail_target
    if isinstance(target, MailFolder):
        yield "Mail is written to files and reaches nobody. Name a mail server in TACOORD_SMTP_URL."
    elif target.security == "smtp" and not _is_here(target.host):
        yield (
            f"Mail goes to {target.host} for everybody on the way to read. "
            "Use smtps:// or smtp+starttls:// in TACOORD_SMTP_URL."
        )


def _about_database(url: str) -> Iterator[str]:
    parts = urlsplit(url)
    if not parts.scheme.startswith("postgresql"):
        return
    said = parse_qs(parts.query)
    host = parts.hostname or next(iter(said.get("host", ())), None)
    if _is_here(host) or _CHECKED.intersection(said.get("sslmode", ())):
        return
    yield (
        f"Nobody makes sure that the database at {host} is the right one, nor that nobody listens. "
        "Add sslmode=verify-full to TACOORD_DATABASE_URL."
    )


def _about_people(settings: Settings) -> Iterator[str]:
    weak = [role for role in _STRONG_ROLES if role not in settings.second_factor_roles]
    if weak:
        yield (
            f"A password alone opens everything to {' and '.join(weak)}. "
            'Set TACOORD_SECOND_FACTOR_ROLES="admin coordinator", or all.'
        )
    if settings.breached_passwords is None:
        yield (
            "Of stolen passwords only the commonest are refused. "
            "Name a list of them in TACOORD_BREACHED_PASSWORDS."
        )


def _is_here(host: str | None) -> bool:
    """Whether it is this machine: by no name at all, as a socket, or on loopback."""
    if host is None or host.startswith("/") or host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _others_can_read(folder: Path) -> bool:
    return folder.is_dir() and bool(folder.stat().st_mode & (stat.S_IROTH | stat.S_IXOTH))
