"""Write docs/permissions.md from the policy table: who may do what."""

from pathlib import Path
from typing import Final

from tacoord.models import Role
from tacoord.policy import RULES, WITHIN_ORGANISATION, Reach

PAGE: Final = Path(__file__).resolve().parent.parent / "docs" / "permissions.md"
SIGNS: Final = {Reach.OWN: "own", Reach.OTHERS: "others'", Reach.ANY: "any"}
ABOUT: Final = {
    "project": "Projects",
    "organisation": "Organisations",
    "overlap": "Overlaps",
    "request": "Requests for assistance",
    "offer": "Offers",
    "group": "Groups and their digests",
    "digest": "Groups and their digests",
    "export": "Everything else",
    "token": "Everything else",
    "user": "Everything else",
    "vocabulary": "Everything else",
    "model": "Everything else",
    "admin": "Everything else",
    "job": "Everything else",
}
_HEAD: Final = """# Who may do what

Made from `policy.RULES` by `scripts/make_permissions.py`; a test fails where this page and the code differ. Whoever
runs the commands on the machine itself may do everything.

* **own**: with what belongs to the organisation, or for a secretary to the group, of the role.
* **any**: with anybody\'s.
* **others\'**: only with what is not of any organisation to which the person belongs: nobody is judge and party.

A role gives sight of nothing by itself. What somebody may not see is not there for them: every action on it answers as
if it did not exist. Who sees which record is told [below](#who-sees-what).

A program acts as the person whose token it has: it reads what that person may read, and does what that person may and
the [scopes of the token](api.md#a-token) allow.
"""
_SIGHT: Final = """
## Who sees what

| record | visibility | seen by |
|---|---|---|
| registered project, sent request | public | everybody; in the IATI file also who has no account |
| | registered | everybody who is signed in |
| | group | members and secretaries of its groups, and its own organisation |
| | organisation | its own organisation |
| draft, withdrawn project, unsent request | any | its own organisation |
| overlap | | who may see both projects, and both are registered |
| offer | standing | everybody who is signed in |
| | to a request | who made it, and the organisation that asked |
| organisation | verified, in a group, or named by a record that one may see | everybody who is signed in |
| | else | its own people |
| import | | its own organisation |

Coordinators see everything, because they must see both sides of a pair. No other role does: neither a system
administrator nor the government of the country where a project works.

Names that only hidden records hold are in no list, suggestion or count. The rules stand in `services/visibility.py`.

## What nobody may

* decide on an overlap of a project that the own organisation reports, or answer a request of the own government;
* give themselves a role, or take the own administration away from themselves;
* as an administrator of an organisation: give a role that reaches beyond it, or add somebody of another organisation.

## What of a record

Money, dates, pillars, titles: whoever sees the record. Its contact unless it is shown, and what it withholds (places,
participants, description): its own organisation and coordinators alone. See
[registering](registering.md#keep-parts-of-a-record-to-your-organisation).

Letting more people see a record, or more of it, is an action of its own (`project.widen`) and stands in the audit
trail.
"""


def page_of_permissions() -> str:
    """The whole page."""
    parts = [_HEAD]
    for heading in dict.fromkeys(ABOUT.values()):
        actions = [name for name in RULES if ABOUT[name.partition(".")[0]] == heading]
        parts.append(f"\n## {heading}\n\n{_table(actions)}")
    within = ", ".join(sorted(role.value for role in WITHIN_ORGANISATION))
    parts.append(f"\nAn administrator of an organisation gives these roles of it: {within}.\n")
    return "".join([*parts, _SIGHT])


def _table(actions: list[str]) -> str:
    roles = [role.value for role in Role]
    lines = [f"| action | {' | '.join(roles)} |", f"|---|{'---|' * len(roles)}"]
    for action in actions:
        cells = [_cell(action, role) for role in Role]
        lines.append(f"| `{action}` | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _cell(action: str, role: Role) -> str:
    reaches = [rule.reach for rule in RULES[action] if rule.role is role]
    return SIGNS[reaches[0]] if reaches else "–"


if __name__ == "__main__":
    PAGE.write_text(page_of_permissions(), "utf-8")
