"""What is kept of a draft says the same when it is read again, after a way through JSON."""

import json
from dataclasses import fields

from tacoord.services.projects.drafts import ProjectDraft
from tacoord.services.projects.kept import as_kept, from_kept
from tests.factories import full_draft


def test_nothing_is_lost() -> None:
    full = full_draft(record={"scope": "4", "locations": [{"name": "X"}]})
    empty = ProjectDraft()
    unsaid = [f.name for f in fields(full) if getattr(full, f.name) == getattr(empty, f.name)]
    assert unsaid == [], "a new field is tried here, too"
    assert from_kept(json.loads(json.dumps(as_kept(full)))) == full
    assert list(from_kept(as_kept(full)).titles) == ["fr", "en"]
