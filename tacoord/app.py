"""The application: its parts put together, which error is which status, who is signed in."""

import importlib
import pkgutil
from functools import partial
from http import HTTPStatus
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

from apiflask import APIFlask
from flask import Response, current_app, g, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, DBAPIError, OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import BadRequest, HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from tacoord import api, paths, policy, web
from tacoord.api.document import describe_api, problem_answer
from tacoord.api.tokens import CALLS, Unauthorised
from tacoord.config import Settings
from tacoord.errors import N_, Conflict, DomainError, Forbidden, Invalid, NotFound
from tacoord.extensions import (
    SIGN_IN,
    announce_writing,
    babel,
    csrf,
    db,
    login_manager,
    write_aside,
)
from tacoord.logs import write_to_standard_error
from tacoord.models import SignIn, User, utcnow
from tacoord.second_try import try_again
from tacoord.services import trail
from tacoord.services.accounts import sessions
from tacoord.services.accounts.call_limits import Calls
from tacoord.services.organisations.organisations import is_demo
from tacoord.web.filters import register_filters
from tacoord.web.gate import needs_second_factor
from tacoord.web.incoming import Incoming, refuse_unreadable
from tacoord.web.navigation import navigation_of
from tacoord.web.once import once_key
from tacoord.web.query import register_question
from tacoord.web.sent_again import offer_to_send_again

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_FIRST_PLACES = frozenset({"security", "passkeys", "confirm"})
STATUS = {NotFound: 404, Forbidden: 403, Conflict: 409, Invalid: 422}
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
_HSTS = "max-age=31536000; includeSubDomains"
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; object-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


def create_app(settings: Settings) -> APIFlask:
    """Build the application for `settings`; opens no connection."""
    write_to_standard_error()
    app = APIFlask(
        "tacoord",
        root_path=str(paths.PACKAGE),
        template_folder=str(paths.TEMPLATES),
        static_folder=str(paths.STATIC),
        json_errors=False,
        spec_path="/api/v1/openapi.json",
        docs_path=None,
    )
    app.request_class = Incoming
    app.config.from_mapping(_flask_config(settings))
    app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
        app.wsgi_app, x_for=settings.trusted_proxies, x_proto=settings.trusted_proxies, x_host=0
    )
    app.extensions[CALLS] = Calls(settings.api_calls_a_minute)
    db.init_app(app)
    babel.init_app(app, locale_selector=_locale, timezone_selector=_time_zone)
    csrf.init_app(app)
    _register_people(app)
    _register_doors(app)
    _register_errors(app)
    register_filters(app)
    register_question(app)
    describe_api(app)
    app.context_processor(_page_context)
    app.after_request(_add_headers)
    app.after_request(_note_sights)
    return app


def _flask_config(settings: Settings) -> dict[str, Any]:
    return {
        "SETTINGS": settings,
        "SECRET_KEY": settings.secret_key,
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": settings.engine_options,
        "MAX_CONTENT_LENGTH": settings.max_upload_bytes + 1024 * 1024,
        "MAX_FORM_MEMORY_SIZE": 4 * 1024 * 1024,
        "MAX_FORM_PARTS": 5000,
        "TRUSTED_HOSTS": [urlsplit(settings.base_url).hostname, *_LOOPBACK],
        "SESSION_COOKIE_NAME": "__Host-tacoord" if settings.secure else "tacoord",
        "SESSION_COOKIE_SECURE": settings.secure,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "PERMANENT_SESSION_LIFETIME": 12 * 3600,
        "SEND_FILE_MAX_AGE_DEFAULT": 3600,
        "WTF_CSRF_TIME_LIMIT": None,
        "BABEL_DEFAULT_LOCALE": "en",
        "BABEL_DEFAULT_TIMEZONE": "UTC",
    }


def _register_people(app: APIFlask) -> None:
    """Who is signed in, and that everything else asks for it."""
    login_manager.init_app(app)
    login_manager.login_view = "account.sign_in"
    login_manager.login_message = N_("Sign in to see this page.")
    login_manager.localize_callback = gettext
    login_manager.session_protection = None  # a session is a row of ours, found by its secret

    @login_manager.request_loader  # type: ignore[untyped-decorator]
    def load_user(_request: Any) -> User | None:
        secret = cookie.get(SIGN_IN)
        own = sessions.find(db.session(), secret) if isinstance(secret, str) else None
        if own is None:
            return None
        g.sign_in = own
        _note_use(own)
        return own.user

    @app.before_request
    def ask_for_account() -> ResponseReturnValue | None:
        refuse_unreadable(request)
        if request.method not in SAFE_METHODS:
            announce_writing(db.session())
        view = app.view_functions.get(request.endpoint or "")
        if view is None or _is_open(view):
            return None
        if not current_user.is_authenticated:
            return offer_to_send_again() or login_manager.unauthorized()
        return _ask_for_second_factor()


def _ask_for_second_factor() -> ResponseReturnValue | None:
    """Whose role needs a second factor comes nowhere before it is set up, but to where that is done."""
    if sessions.is_strong(g.sign_in) or request.blueprint in _FIRST_PLACES:
        return None
    if not needs_second_factor(current_user):
        return None
    return redirect(url_for("security.show"))


def _note_use(own: SignIn) -> None:
    """Note that a session is in use: with what the request writes, or aside where it only reads."""
    statement = sessions.to_be_noted(own)
    if statement is None:
        return
    if request.method in SAFE_METHODS:
        write_aside(db.engine, statement)
    else:
        db.session.execute(statement)


def _is_open(view: Any) -> bool:
    """Static files, the API (which asks for a token by itself), and views marked by `gate.open_to_all`."""
    endpoint = request.endpoint or ""
    return (
        endpoint == "static"
        or request.path.startswith("/api/")
        or getattr(view, "open_to_all", False)
    )


def _register_doors(app: APIFlask) -> None:
    """Every module of `web` and `api` that has a blueprint."""
    for package in (web, api):
        for module in _modules(package):
            if hasattr(module, "bp"):
                app.register_blueprint(module.bp)
                if package is api:
                    csrf.exempt(module.bp)


def _modules(package: ModuleType) -> list[ModuleType]:
    found = pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    return [importlib.import_module(name) for name in sorted(info.name for info in found)]


def _register_errors(app: APIFlask) -> None:
    @app.errorhandler(DomainError)
    def domain(error: DomainError) -> ResponseReturnValue:
        if isinstance(error, Forbidden):
            _log_refusal("forbidden")
        db.session.rollback()
        return _answer(_status_of(error), error)

    @app.errorhandler(Unauthorised)
    def unauthorised(error: Unauthorised) -> ResponseReturnValue:
        _log_refusal("no valid token")
        return _answer(401, error)

    @app.errorhandler(StaleDataError)
    def stale(error: StaleDataError) -> ResponseReturnValue:
        db.session.rollback()
        return _answer(409, error)

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> ResponseReturnValue:
        if error.code is None or error.code < 400:
            return error.get_response()
        if error is request.routing_exception and error.code == HTTPStatus.BAD_REQUEST:
            # A host that cannot be: no page of ours can name its own address.
            return error.get_response()
        if isinstance(error, CSRFError):
            _log_refusal("sent from elsewhere, or from an old page")
            if (page := offer_to_send_again()) is not None:
                return page
        return _answer(error.code, error)

    @app.errorhandler(DataError)
    def unkeepable(_error: DataError) -> ResponseReturnValue:
        db.session.rollback()
        return _answer(400, BadRequest("A value cannot be kept: too large, or not of its kind."))

    @app.errorhandler(OperationalError)
    def database(error: DBAPIError) -> ResponseReturnValue:
        if (answer := try_again(app, error)) is not None:
            return answer
        current_app.logger.error("database: %s", str(error.orig).splitlines()[0])
        db.session.rollback()
        return _answer(503, error)

    @app.errorhandler(Exception)
    def unforeseen(error: Exception) -> ResponseReturnValue:
        current_app.logger.exception("unforeseen")
        db.session.rollback()
        return _answer(500, error)


def _log_refusal(why: str) -> None:
    """Who was not let do what, for who looks after the site; the person by number, never by name."""
    who = g.caller if "caller" in g else current_user
    current_app.logger.warning(
        "%s: %s %s by %s from %s",
        why,
        request.method,
        request.path,
        getattr(who, "public_id", "nobody"),
        request.remote_addr,
    )


def _status_of(error: DomainError) -> int:
    """The status of the nearest kind of error that has one."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 422)


def _answer(status: int, error: Exception) -> ResponseReturnValue:
    """A page, or `application/problem+json` for programs."""
    if request.path.startswith("/api/"):
        return problem_answer(status, error)
    g.failed = status >= 500  # the page must then not ask the database for anything
    problems = error.problems if isinstance(error, Invalid) else ()
    return render_template("error.html", status=status, problems=problems), status


def _page_context() -> dict[str, Any]:
    """What every page knows: where one can go, the language and its direction, whether the data are invented."""
    locale = get_locale()
    failed = g.get("failed", False)
    return {
        "navigation": [] if failed else navigation_of(),
        "locale": str(locale).replace("_", "-"),
        "direction": locale.text_direction if locale else "ltr",
        "may": partial(policy.may, current_user),
        "once_key": once_key,
        "demo": not failed and is_demo(db.session()),
    }


def _locale() -> str:
    return str(current_user.locale) if _is_known() else "en"


def _time_zone() -> str:
    return str(current_user.time_zone) if _is_known() else "UTC"


def _is_known() -> bool:
    """Whether somebody is signed in; never asked of a database that has just failed."""
    return not g.get("failed", False) and bool(current_user) and current_user.is_authenticated


def _note_sights(response: Response) -> Response:
    """Who saw restricted records stands in the audit trail before they see them."""
    session = db.session()
    sights = trail.taken_sights(session)
    if sights and response.status_code < HTTPStatus.BAD_REQUEST:
        by = g.caller if "caller" in g else current_user._get_current_object()
        session.rollback()
        announce_writing(session)
        trail.append_sights(session, sights, by=by, now=utcnow())
        session.commit()
    return response


def _add_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if current_app.config["SETTINGS"].secure:
        response.headers.setdefault("Strict-Transport-Security", _HSTS)
    if request.endpoint != "static":
        # Files that are sent say "public" by themselves; what somebody may see is for nobody's cache.
        response.headers["Cache-Control"] = "no-store"
    return response
