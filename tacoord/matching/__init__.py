"""Which projects overlap: values in, values out; no database, no web."""

from tacoord.matching.candidates import FREQUENCY_CAP, keys_of
from tacoord.matching.explain import Sentence, explain, explained
from tacoord.matching.facts import Day, Facts, Money, Participant, Party, Precision
from tacoord.matching.match import Evidence, Match
from tacoord.matching.model import Kind, Model
from tacoord.matching.names import Likeness, OrganisationIndex, likeness
from tacoord.matching.prepared import Prepared, prepare
from tacoord.matching.record import read_facts
from tacoord.matching.search import find_matches, judge
from tacoord.matching.sweep import sweep
from tacoord.matching.why_kind import why_kind

__all__ = [
    "FREQUENCY_CAP",
    "Day",
    "Evidence",
    "Facts",
    "Kind",
    "Likeness",
    "Match",
    "Model",
    "Money",
    "OrganisationIndex",
    "Participant",
    "Party",
    "Precision",
    "Prepared",
    "Sentence",
    "explain",
    "explained",
    "find_matches",
    "judge",
    "keys_of",
    "likeness",
    "prepare",
    "read_facts",
    "sweep",
    "why_kind",
]
