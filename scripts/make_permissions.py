"""Write docs/permissions.md from the policy table: who may do what."""

from pathlib import Path
from typing import Final

from tacoord.models import Role
from tacoord.policy import ON_ONE_PROJECT, PROJECT_ROLES, RULES, WITHIN_ORGANISATION, Reach

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
_ON_ONE_PROJECT: Final = """
## A role on one project

An administrator of the organisation that reports a project can give somebody a role on that project alone, on *People
with access*, until it is taken back or until a day. It opens nothing else of the organisation, and rests while the
project is withdrawn.

%s
No other action comes with such a role. Who may see a record, what it withholds, whether its contact is shown, and its
IATI identifier stay the organisation's to change; so does the word that it is still true. A pair of look-alikes that
somebody sees only by such a role is judged by others; such a role takes nobody's right to judge away either.
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
| registered project, draft of one | any | who holds a role on it |
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
* as an administrator of an organisation: give a role that reaches beyond it, or add somebody of another organisation;
  a role on a single project of its own, which reaches no further, goes to anybody.

## What of a record

Money, dates, pillars, titles: whoever sees the record. Its contact unless it is shown, and what it withholds (places,
participants, description): its own organisation, coordinators, and who is a reporter of this one project. See
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
    parts.append(_ON_ONE_PROJECT % _table_of_one_project())
    return "".join([*parts, _SIGHT])


def _table_of_one_project() -> str:
    lines = [
        f"| action | {' | '.join(role.value for role in PROJECT_ROLES)} |",
        f"|---|{'---|' * len(PROJECT_ROLES)}",
        f"| sight of the project, whatever its visibility |{' yes |' * len(PROJECT_ROLES)}",
    ]
    for action, roles in ON_ONE_PROJECT.items():
        cells = ["yes" if role in roles else "–" for role in PROJECT_ROLES]
        lines.append(f"| `{action}` | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


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
