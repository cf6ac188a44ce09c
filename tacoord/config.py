"""Every setting, read once from the environment, checked, and then never changed."""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final
from urllib.parse import SplitResult, unquote, urlsplit

from tacoord.errors import ConfigurationError

PREFIX: Final = "TACOORD_"
SECRET_FILE: Final = "secret_key"
BASE_URL_FILE: Final = "base_url"
BASE_URL: Final = "http://127.0.0.1:8000"
SHORTEST_SECRET: Final = 16
CONNECT_SECONDS: Final = 5
SMTP_PORTS: Final = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
ROLES: Final = frozenset(
    "viewer reporter org-admin reviewer focal-point secretary coordinator admin".split()
)
YES: Final = frozenset({"1", "true", "yes", "on"})
NO: Final = frozenset({"0", "false", "no", "off"})
_HASH: Final = re.compile(rb"[0-9A-F]{40}(?::[0-9]+)?")
_LINES_LOOKED_AT: Final = 20


@dataclass(frozen=True, slots=True)
class MailServer:
    """An SMTP server. `security` is "smtp" (none), "smtp+starttls" or "smtps" (TLS at once)."""

    host: str
    port: int
    security: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class MailFolder:
    """A folder that gets each message as an .eml file, in place of a mail server."""

    folder: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What an installation is told. A field `x` is the environment variable `TACOORD_X`."""

    home: Path
    database_url: str = field(repr=False)
    secret_key: str = field(repr=False)
    base_url: str
    smtp_url: str = field(repr=False)
    mail_from: str
    max_upload_mb: int = 50
    match_engine: str = "local"
    metrics_open: bool = False
    trusted_proxies: int = 0
    audit_days: int = 1096
    api_calls_a_minute: int = 600
    breached_passwords: Path | None = None
    second_factor_roles: frozenset[str] = frozenset()
    self_registration: bool = False

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "Settings":
        """Read and check every setting.

        An empty variable counts as absent. Makes no file or folder.
        Raises ConfigurationError for what is missing or wrong: one line that names the variable.
        """
        given = _Given(environ)
        home = Path(given.text("HOME", "instance")).expanduser().absolute()
        base_url = _base_url(given.text("BASE_URL") or _noted_base_url(home))
        return cls(
            home=home,
            database_url=_database_url(given.text("DATABASE_URL"), home),
            secret_key=_secret_key(given.text("SECRET_KEY"), home),
            base_url=base_url,
            smtp_url=_smtp_url(given.text("SMTP_URL", f"file:{home / 'mail'}")),
            mail_from=_mail_from(given.text("MAIL_FROM"), base_url),
            max_upload_mb=given.number("MAX_UPLOAD_MB", 50, lowest=1, highest=2048),
            match_engine=_match_engine(given.text("MATCH_ENGINE", "local")),
            metrics_open=given.yes_or_no("METRICS_OPEN", default=False),
            trusted_proxies=given.number("TRUSTED_PROXIES", 0, lowest=0, highest=5),
            audit_days=given.number("AUDIT_DAYS", 1096, lowest=90, highest=36_500),
            api_calls_a_minute=given.number("API_CALLS_A_MINUTE", 600, lowest=0, highest=1_000_000),
            breached_passwords=_hashes(given.text("BREACHED_PASSWORDS")),
            second_factor_roles=_roles(given.text("SECOND_FACTOR_ROLES")),
            self_registration=given.yes_or_no("SELF_REGISTRATION", default=False),
        )

    @property
    def engine_options(self) -> dict[str, Any]:
        """How every process connects: a dead connection is replaced, and nobody waits long for a silent server."""
        options: dict[str, Any] = {"pool_pre_ping": True}
        if (
            self.database_url.startswith("postgresql")
            and "connect_timeout=" not in self.database_url
        ):
            options["connect_args"] = {"connect_timeout": CONNECT_SECONDS}
        return options

    @property
    def mail_target(self) -> MailServer | MailFolder:
        """Where mail goes, as values: `smtp_url` taken apart."""
        return mail_target(self.smtp_url)

    @property
    def secure(self) -> bool:
        """Whether the site is reached by https, so that cookies may be kept to it."""
        return self.base_url.startswith("https:")

    @property
    def max_upload_bytes(self) -> int:
        """The largest file that is taken, in bytes."""
        return self.max_upload_mb * 1024 * 1024


def setting_names() -> tuple[str, ...]:
    """The environment variables, in the order of the fields of Settings."""
    return tuple(PREFIX + each.name.upper() for each in fields(Settings))


def mail_target(url: str) -> MailServer | MailFolder:
    """Take an address for mail apart. Raises ConfigurationError where it is none."""
    if url.startswith("file:"):
        return MailFolder(_folder_of(url))
    parts = _split("SMTP_URL", url)
    try:
        port = parts.port
    except ValueError:
        raise _wrong("SMTP_URL", "has a port that is no number from 1 to 65535") from None
    if parts.scheme not in SMTP_PORTS or not parts.hostname or port == 0:
        raise _wrong(
            "SMTP_URL",
            "must be smtp://, smtp+starttls:// or smtps:// and a host, or file: and a folder",
        )
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise _wrong("SMTP_URL", "must end after the host and port (escape / ? # in a password)")
    return MailServer(
        host=parts.hostname,
        port=port or SMTP_PORTS[parts.scheme],
        security=parts.scheme,
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
    )


class _Given:
    """The environment, read by the name of a setting without its prefix."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def text(self, name: str, default: str = "") -> str:
        return self._environ.get(PREFIX + name, "").strip() or default

    def number(self, name: str, default: int, *, lowest: int, highest: int) -> int:
        text = self.text(name, str(default))
        if not re.fullmatch(r"[0-9]{1,9}", text) or not lowest <= int(text) <= highest:
            raise _wrong(name, f"must be a whole number from {lowest} to {highest}, not {text!r}")
        return int(text)

    def yes_or_no(self, name: str, *, default: bool) -> bool:
        text = self.text(name).lower()
        if text and text not in YES | NO:
            raise _wrong(name, f"must be yes or no, not {text!r}")
        return text in YES if text else default


def _wrong(name: str, says: str) -> ConfigurationError:
    return ConfigurationError(f"{PREFIX}{name} {says}")


def _split(name: str, url: str) -> SplitResult:
    """The parts of an address; never repeats it in an error, because it may hold a password."""
    try:
        return urlsplit(url)
    except ValueError:
        raise _wrong(name, "is no readable address") from None


def _database_url(text: str, home: Path) -> str:
    """As SQLAlchemy wants it; read here without it, because every command starts by reading this."""
    if not text:
        return f"sqlite:///{home / 'tacoord.sqlite'}"
    scheme, _, rest = text.partition("://")
    kind = scheme.partition("+")[0]
    if kind in {"postgres", "postgresql"}:
        if not _split("DATABASE_URL", f"postgresql://{rest}").path.strip("/"):
            raise _wrong("DATABASE_URL", "must end with the name of a database")
        return f"postgresql+psycopg://{rest}"
    file = rest.removeprefix("/")
    if kind == "sqlite" and file and file != rest and not file.startswith(":memory:"):
        return f"sqlite:///{Path(file).absolute()}"
    raise _wrong("DATABASE_URL", "must be postgresql://…/NAME or sqlite:///FILE")


def _secret_key(text: str, home: Path) -> str:
    """The secret of the environment, else the one that scripts/run left in the home."""
    kept = home / SECRET_FILE
    try:
        secret = text or kept.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        raise _wrong(
            "SECRET_KEY",
            f"is missing, and so is the file {kept}: give the key, or the folder as {PREFIX}HOME",
        ) from None
    except (OSError, UnicodeError):
        raise _wrong("SECRET_KEY", f"is missing, and the file {kept} cannot be read") from None
    if len(secret) < SHORTEST_SECRET:
        raise _wrong("SECRET_KEY", f"must have at least {SHORTEST_SECRET} random characters")
    return secret


def _noted_base_url(home: Path) -> str:
    """The address that scripts/run serves this home at, so that the links of a command lead there, too."""
    try:
        return (home / BASE_URL_FILE).read_text(encoding="ascii").strip() or BASE_URL
    except (OSError, UnicodeError):
        return BASE_URL


def _base_url(text: str) -> str:
    parts = _split("BASE_URL", text)
    try:
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise _wrong("BASE_URL", "has a port that is no number from 1 to 65535") from None
    if parts.scheme not in {"http", "https"} or not host or parts.username is not None:
        raise _wrong("BASE_URL", f"must be https:// and a host, not {text!r}")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise _wrong("BASE_URL", f"must end after the host and port, not {text!r}")
    if parts.scheme == "http" and not _is_loopback(host):
        raise _wrong("BASE_URL", f"must be https:// (http:// only on this machine), not {text!r}")
    return f"{parts.scheme}://{parts.netloc}"


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _smtp_url(text: str) -> str:
    target = mail_target(text)
    return f"file:{target.folder}" if isinstance(target, MailFolder) else text


def _folder_of(url: str) -> Path:
    folder = re.sub(r"^//(?=/)", "", url.removeprefix("file:"))
    if not folder or folder.startswith("//"):
        raise _wrong("SMTP_URL", "must name a folder of this machine after file:")
    return Path(folder).expanduser().absolute()


def _mail_from(text: str, base_url: str) -> str:
    """The sender; by default tacoord at the site's own host, because that is who sends."""
    if not text:
        host = urlsplit(base_url).hostname or "localhost"
        return f"tacoord@{'localhost' if _is_loopback(host) else host}"
    address = re.fullmatch(r"(?:[^<>\r\n]*<([^<>\s]+)>|([^<>\s]+))", text)
    if address is None or not re.fullmatch(r"[^@]+@[^@]+", address[1] or address[2]):
        raise _wrong("MAIL_FROM", f"must be an e-mail address, not {text!r}")
    return text


def _roles(text: str) -> frozenset[str]:
    """Roles with spaces or commas between, or `all`."""
    named = frozenset(re.split(r"[\s,]+", text)) - {""}
    if unknown := named - ROLES - {"all"}:
        raise _wrong("SECOND_FACTOR_ROLES", f"names {min(unknown)!r}, which is no role")
    return ROLES if "all" in named else named


def _hashes(text: str) -> Path | None:
    """The file of stolen passwords; its first lines show whether it can be searched."""
    if not text:
        return None
    file = Path(text).expanduser().absolute()
    try:
        with file.open("rb") as lines:
            first = [lines.readline().strip().upper() for _ in range(_LINES_LOOKED_AT)]
    except OSError:
        raise _wrong("BREACHED_PASSWORDS", f"names {file}, which cannot be read") from None
    said = list(filter(None, first))
    if not said or not all(_HASH.fullmatch(line) for line in said) or said != sorted(said):
        raise _wrong(
            "BREACHED_PASSWORDS",
            "must name a file of SHA-1 hashes in their order, one a line, such as Pwned Passwords",
        )
    return file


def _match_engine(text: str) -> str:
    if text == "local":
        return text
    address = text if "://" in text else f"tcp://{text}"
    if not re.fullmatch(
        r"(?:tcp|tls|ucx|ws|wss)://(?:[\w.-]+|\[[0-9a-fA-F:.]+\]):[0-9]{1,5}", address
    ):
        raise _wrong("MATCH_ENGINE", f"must be local or tcp://HOST:PORT, not {text!r}")
    return address
