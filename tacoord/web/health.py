"""Is it alive, is it ready, how is it doing: for machines that watch."""

from flask import Blueprint, abort, jsonify, request
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from sqlalchemy.exc import SQLAlchemyError

from tacoord.extensions import db
from tacoord.services.upkeep import health
from tacoord.web.gate import open_to_all, settings

bp = Blueprint("health", __name__)


@bp.get("/healthz")
@open_to_all
def healthz() -> ResponseReturnValue:
    """This process answers."""
    return jsonify(status="ok")


@bp.get("/readyz")
@open_to_all
def readyz() -> ResponseReturnValue:
    """The database answers, the jobs process is alive, and no mail waits too long: 200, else 503."""
    try:
        state = health.readiness(db.session())
    except SQLAlchemyError:
        return jsonify(status="unready", database="unreachable"), 503
    return jsonify(state.as_dict()), 200 if state.ready else 503


@bp.get("/metrics")
@open_to_all
def metrics() -> ResponseReturnValue:
    """Figures for Prometheus; to this machine alone, unless the settings open it."""
    if not settings().metrics_open and not _is_of_this_machine():
        abort(404)
    registry = CollectorRegistry()
    health.fill_metrics(db.session(), registry)
    return generate_latest(registry), {"Content-Type": CONTENT_TYPE_LATEST}


def _is_of_this_machine() -> bool:
    """Whether it came straight from here; what a proxy on this machine passes on came from elsewhere."""
    passed_on = not settings().trusted_proxies and any(
        name in request.headers for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via")
    )
    return request.remote_addr in {"127.0.0.1", "::1"} and not passed_on
