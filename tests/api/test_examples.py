"""The examples of docs/api.md do what the page says."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tacoord.models import Role, RoleGrant
from tacoord.services.overlaps.overlaps import flag_overlaps
from tests.factories import make_organisation, make_project
from tests.services.pairs import a_draft, a_project
from tests.support.left_out import leave_out
from tests.support.live import served

PAGE = Path(__file__).resolve().parents[2] / "docs" / "api.md"
LINES = b'{"id": "a", "title": {"en": "Hotline for seafarers"}, "countries": [{"code": "PH"}]}\n'


def blocks() -> list[str]:
    found = re.findall(r"```sh\n(.*?)```", PAGE.read_text("utf-8"), flags=re.DOTALL)
    return [block for block in found if "curl" in block]


@pytest.fixture
def place(app, program, store, tmp_path):
    """A running installation, somebody who may do what the page does, and what its examples name."""
    if shutil.which("curl") is None:
        leave_out("curl is not here")
    call = program(Role.REPORTER)
    own = call.user.organisation
    call.user.grants.append(RoleGrant(role=Role.REVIEWER, organisation_id=own.id))
    project = make_project(store, organisation=own)
    for name in ("Alder Fund", "Birch Society"):
        flagged = flag_overlaps(store, a_project(store, make_organisation(store, name), a_draft()))
    store.commit()
    (tmp_path / "records.jsonl").write_bytes(LINES)
    given = call.client.post(
        "/api/v1/imports", data=LINES, headers={"Authorization": f"Bearer {call.secret}"}
    )
    with served(app) as address:
        yield {
            "BASE": f"{address}/api/v1",
            "TOKEN": call.secret,
            "KEY": "any text of ours",
            "PROJECT": project.public_id,
            "ETAG": call("GET", f"/projects/{project.public_id}").headers["ETag"],
            "IMPORT": given.json["id"],
            "OVERLAP": flagged[0].public_id,
        }


def test_every_example_of_the_page_works(place, tmp_path):
    assert len(blocks()) >= 7
    for block in blocks():
        done = subprocess.run(
            ["bash", "-euc", f'curl() {{ command curl --fail "$@"; }}\n{block}'],
            env={**os.environ, **place},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, f"{block}\n{done.stderr}\n{done.stdout}"
    assert json.loads((tmp_path / "project.json").read_text("utf-8"))["visibility"] == "public"
    headers = (tmp_path / "headers.txt").read_text("utf-8")
    assert "Location: /api/v1/projects/" in headers
    assert "ETag:" in headers
    assert (tmp_path / "activities.xml").read_bytes().startswith(b"<?xml")


def test_every_name_of_the_page_is_given(place):
    assert set(re.findall(r"\$([A-Z]+)", "".join(blocks()))) <= place.keys()
