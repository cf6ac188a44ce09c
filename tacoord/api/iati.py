"""What is public, as IATI XML."""

from tempfile import SpooledTemporaryFile
from typing import Final

from apiflask import APIBlueprint, FileSchema
from flask import Response, send_file

from tacoord.api.answers import Body, organisation_asked, question
from tacoord.api.tokens import caller, guard
from tacoord.api.values import names_schema
from tacoord.extensions import announce_writing, db
from tacoord.models import utcnow
from tacoord.policy import require
from tacoord.services.exchange.exchange import export_iati
from tacoord.services.exchange.exported import note_export

bp = APIBlueprint("api_iati", __name__, url_prefix="/api/v1", tag="IATI")
guard(bp)

XML: Final = "application/xml"
_IN_MEMORY: Final = 4 * 1024 * 1024


@bp.get("/iati")
@bp.input(names_schema("organisation"), location="query", validation=False)
@bp.output(FileSchema(type="string", format="binary"), content_type=XML)
def activities(query_data: Body) -> Response:
    """The published projects that are open to everybody, as one IATI 2.03 file.

    `organisation`: only those of the organisation with this code.
    """
    require(caller(), "export.run")
    session, organisation = db.session(), organisation_asked()
    question().require_understood()
    # Written before it is sent: what fails in the middle is an error, not half a file.
    stream = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - closed with the answer
    export_iati(session, stream, organisation=organisation, generated_at=utcnow())  # type: ignore[arg-type]
    stream.seek(0)
    session.rollback()
    announce_writing(session)
    note_export(session, "iati", restricted=0, by=caller())
    session.commit()
    return send_file(stream, mimetype=XML, download_name="activities.xml")
