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
    if not settings().metrics_open and request.remote_addr not in {"127.0.0.1", "::1"}:
        abort(404)
    registry = CollectorRegistry()
    health.fill_metrics(db.session(), registry)
    return generate_latest(registry), {"Content-Type": CONTENT_TYPE_LATEST}
