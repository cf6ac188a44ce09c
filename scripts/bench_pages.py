"""How long the pages take, on the database of TACOORD_HOME: CPU time of one process, the median of some visits.

    export TACOORD_HOME=/tmp/large TACOORD_SECRET_KEY=0123456789abcdef
    tacoord db upgrade && tacoord vocabularies load && tacoord demo load --projects 30000 && tacoord overlaps sweep
    python scripts/bench_pages.py viewer@demo.example coordinator@demo.example

Signs in as each of the people named, ends the session afterwards, and changes nothing else.
"""

import os
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from tacoord.app import create_app
from tacoord.config import Settings
from tacoord.extensions import SIGN_IN, announce_writing, db
from tacoord.models import User
from tacoord.services.accounts import sessions

VISITS = 5
PAGES = (
    "/",
    "/coverage",
    "/coverage?show=money",
    "/coverage?when=all",
    "/coverage?rows=regions",
    "/coverage?pillar=PROT",
    "/countries",
    "/countries/KH",
    "/gaps",
    "/gaps?country=KH",
    "/gaps?measures=1",
    "/overlaps",
    "/overlaps?country=KH",
    "/overlaps?sort=money",
    "/projects",
    "/projects?country=KH&running=1",
    "/organisations",
    "/search?q=shelter",
)


def main() -> int:
    """Print a line for each person and page; status 1 where a page does not answer 200."""
    app = create_app(Settings.from_environment(os.environ))
    app.config["WTF_CSRF_ENABLED"] = False  # for the sign-out at the end
    with app.app_context():
        engine = db.engine
    good = True
    print(f"{'who':24} {'page':34} {'kB':>6} {'CPU ms':>7} {'wall ms':>8}")
    for email in sys.argv[1:] or ["viewer@demo.example"]:
        client = app.test_client()
        with Session(engine) as session:
            announce_writing(session)
            user = session.scalars(select(User).where(User.email == email)).one()
            secret = sessions.begin(session, user, client=sessions.Client())
            session.commit()
        with client.session_transaction() as cookie:
            cookie[SIGN_IN] = secret
        for page in PAGES:
            good &= _visit(client, email, page)
        client.post("/account/sign-out")
    return 0 if good else 1


def _visit(client: FlaskClient, email: str, page: str) -> bool:
    client.get(page)  # templates are compiled, the file is in memory
    spent, waited = [], []
    for _ in range(VISITS):
        before = time.process_time(), time.perf_counter()
        answer = client.get(page)
        spent.append(time.process_time() - before[0])
        waited.append(time.perf_counter() - before[1])
    size = len(answer.data) / 1000
    cpu, wall = (1000 * statistics.median(times) for times in (spent, waited))
    print(f"{email:24} {page:34} {size:6.0f} {cpu:7.0f} {wall:8.0f}", flush=True)
    return answer.status_code == 200


if __name__ == "__main__":
    sys.exit(main())
