"""`scripts/noninterference`: ask two registers that differ only in hidden records the same, and compare to the byte.

Each role, and who is not signed in, asks every page, list, search, count, facet, matrix, map, export, feed and API
operation, in a register without and in one with the hidden records; letters are compared, too. Then near copies of
hidden records are uploaded through every door, to see whether anything tells who uploads that they are there. Times
stand still and ids are drawn from a seed, so that nothing else differs. Takes about twenty minutes for the whole.
"""

import argparse
import logging
import sys
import tempfile
import time
import warnings
from collections.abc import Sequence
from pathlib import Path

from lookalike_trial import Trial, hide_unique, look
from twins.pair import twins
from twins.places import Place, PostgresPlace, SqlitePlace
from twins.questions import Difference, compare, compare_mail, questions
from twins.worlds import ROLES

from tacoord.models import Role

ASKERS = [None, *(role for role in ROLES if role is not Role.COORDINATOR)]
MOST_TOLD = 20
LOW, HIGH = 0.45, 0.55


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what was asked for; 0 where nothing shows, else 1."""
    warnings.simplefilter("ignore")
    logging.getLogger("tacoord").setLevel(
        logging.CRITICAL
    )  # who is refused what is compared, not logged
    asked = _arguments().parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="tacoord-twins-") as name:
        folder = Path(name)
        place = PostgresPlace(asked.postgres) if asked.postgres else SqlitePlace(folder)
        good = [_answers(place, folder / str(n), n, asked.answers) for n in asked.hidden]
        if asked.tries:
            good.append(_look(place, folder / "look", asked.tries))
    return 0 if all(good) else 1


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="scripts/noninterference", description=__doc__)
    parser.add_argument("--hidden", type=int, nargs="*", default=[1, 50], metavar="N",
                        help="how many records are hidden in the second register (default: 1 50)")  # fmt: skip
    parser.add_argument("--answers", type=int, default=500, metavar="N",
                        help="answers compared for each role (default: 500)")  # fmt: skip
    parser.add_argument("--tries", type=int, default=100, metavar="N",
                        help="near copies that are uploaded (default: 100; 0 for none)")  # fmt: skip
    parser.add_argument("--postgres", metavar="ADDRESS",
                        help="a PostgreSQL server to make databases on, instead of SQLite files")  # fmt: skip
    return parser


def _answers(place: Place, folder: Path, hidden: int, most: int) -> bool:
    started = time.monotonic()
    with twins(place, folder, hidden=hidden) as both:
        asked = questions(both.without, both.holding, most)
        counts, found = compare(both.without, both.holding, ASKERS, asked)
        letters, unlike = compare_mail(both.without, both.holding)
    kinds = ", ".join(f"{len(ids)} {name}" for name, ids in both.holding.hidden.items() if ids)
    print(f"{hidden} hidden ({kinds}): {counts.total()} answers ({len(asked)} for each of "
          f"{len(ASKERS)} askers; {counts[200]} of status 200) and "
          f"{letters} letters compared, {len(found) + len(unlike)} differ "
          f"({time.monotonic() - started:.0f} s)", flush=True)  # fmt: skip
    _tell([*found, *unlike])
    return not found and not unlike


def _tell(found: Sequence[Difference]) -> None:
    for each in found[:MOST_TOLD]:
        print(f"  {each}")
    if len(found) > MOST_TOLD:
        print(f"  and {len(found) - MOST_TOLD} more")


def _look(place: Place, folder: Path, tries: int) -> bool:
    with twins(place, folder, hidden=1) as both:
        hide_unique(both.holding, tries, both.sow)
        told = look(both)
    worst = max(told.areas, key=lambda name: abs(told.areas[name] - 0.5))
    print(f"{told.tries} near copies uploaded: areas under the curve from {min(told.areas.values()):.3f} to "
          f"{max(told.areas.values()):.3f} (furthest from 0.5: {worst}); the engine found {told.flagged} of the hidden "
          f"records, pairs that others than coordinators see: {told.seen_by_others}", flush=True)  # fmt: skip
    return is_blind(told)


def is_blind(told: Trial) -> bool:
    """Whether who uploads learns nothing, while the engine itself is not blind."""
    hidden = all(LOW <= area <= HIGH for area in told.areas.values())
    return hidden and told.seen_by_others == 0 and told.flagged > 0


if __name__ == "__main__":
    sys.exit(main())
