"""Let everyday English count as common in `tacoord/data/matching/words.json`, however seldom aid projects use it.

    python scripts/common_words.py

Two projects that both say "half" or "asked" share nothing rare. The words are the commonest of zxcvbn's lists, from
encyclopaedia articles and from films, which leave out first names and family names. Words that the file counts
already keep their count; running it again changes nothing.
"""

from __future__ import annotations

import json
from itertools import islice

from zxcvbn.frequency_lists import FREQUENCY_LISTS

from tacoord.matching.words import stem
from tacoord.paths import DATA

FILE = DATA / "matching" / "words.json"
LISTS = {"english_wikipedia": 2_500, "us_tv_and_film": 1_000}
"""How many words of each list are everyday ones, from the commonest on."""

EVERYDAY = 40
"""So often a word stands in 10,000 records that is just not rare (see `rarity.rare_part`)."""


def main() -> None:
    """Bring the file up to date."""
    told = json.loads(FILE.read_text(encoding="utf-8"))
    counts: dict[str, int] = told["counts"]
    before = len(counts)
    for name, most in LISTS.items():
        for word in islice(FREQUENCY_LISTS[name], most):
            if word.isalpha() and len(word) > 1:
                counts[stem(word)] = max(counts.get(stem(word), 0), EVERYDAY)
    told["counts"] = dict(sorted(counts.items()))
    FILE.write_text(json.dumps(told, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
    print(f"{len(counts) - before:,} words added, {len(counts):,} in all")


if __name__ == "__main__":
    main()
