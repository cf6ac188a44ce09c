"""The mail of a digest: its text and its HTML, made outside of any request."""

from functools import lru_cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from tacoord import paths
from tacoord.services.digests.words import Digest
from tacoord.services.terms.wording import Words


def text_of(digest: Digest, *, stop_url: str = "") -> str:
    """The plain text. stop_url: where the reader ends the mail; "" in a preview."""
    return _environment(digest.words).get_template("mail/digest.txt").render(
        digest=digest, stop_url=stop_url
    )  # fmt: skip


def html_of(digest: Digest, *, stop_url: str = "") -> str:
    """The HTML: one column of 600 pixels, light and dark, nothing loaded from anywhere."""
    return _environment(digest.words).get_template("mail/digest.html").render(
        digest=digest, stop_url=stop_url
    )  # fmt: skip


@lru_cache(maxsize=64)
def _environment(words: Words) -> Environment:
    """Jinja with the texts of one language; its templates see nothing but the digest."""
    made = Environment(
        loader=FileSystemLoader(paths.TEMPLATES),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.install_gettext_translations(words.translations, newstyle=True)  # type: ignore[attr-defined]
    return made
