"""Other tools on the same pairs: what people would pick instead."""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from matching_set import HARD, SAME, LabelledSet, Numbers, titles_of
from rapidfuzz import fuzz, process

from tacoord.matching.facts import Facts

Scorer = Callable[[LabelledSet], Numbers]


def available() -> Iterator[tuple[str, Scorer]]:
    """The peers that are installed, with what scores all pairs of a set."""
    if _there("sklearn"):
        yield "TF-IDF of character 3-grams", tfidf
    yield "rapidfuzz token_set_ratio", token_set
    yield "rapidfuzz WRatio", weighted_ratio
    if _there("splink") and _there("pyarrow"):
        yield "splink (DuckDB, unsupervised)", splink
    if _there("dedupe"):
        yield "dedupe (cross-validated)", dedupe


def _there(name: str) -> bool:
    return importlib.util.find_spec(name) is not None


def tfidf(pairs: LabelledSet) -> Numbers:
    """Cosine of TF-IDF weights of the character 3-grams of the titles."""
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415

    matrix = (
        TfidfVectorizer(analyzer="char", ngram_range=(3, 3))
        .fit_transform(titles_of(pairs.collection))
        .tocsr()
    )
    return np.asarray(matrix[pairs.left].multiply(matrix[pairs.right]).sum(axis=1)).ravel()


def token_set(pairs: LabelledSet) -> Numbers:
    """`fuzz.token_set_ratio` of the titles."""
    return _by_titles(pairs, fuzz.token_set_ratio)


def weighted_ratio(pairs: LabelledSet) -> Numbers:
    """`fuzz.WRatio` of the titles."""
    return _by_titles(pairs, fuzz.WRatio)


def _by_titles(pairs: LabelledSet, scorer: Any) -> Numbers:
    titles = titles_of(pairs.collection)
    left, right = [titles[row] for row in pairs.left], [titles[row] for row in pairs.right]
    return np.asarray(process.cpdist(left, right, scorer=scorer), dtype=float)


def _columns(one: Facts) -> dict[str, Any]:
    """A record as plain columns, for tools that work on tables."""
    total = sum(budget.amount for budget in one.budgets) if one.budgets else None
    return {
        "title": " ".join(one.titles.values()).lower() or None,
        "description": " ".join(one.descriptions.values()).lower()[:500] or None,
        "country": ",".join(sorted(one.countries)) or None,
        "start": one.start.value.isoformat() if one.start else None,
        "end": one.end.value.isoformat() if one.end else None,
        "amount": round(total, 0) if total else None,
        "reporter": (one.reporter.name or "").lower() or None if one.reporter else None,
        "sector": ",".join(sorted({code for _, code in one.sectors})) or None,
        "partner": ",".join(sorted({(p.party.name or "").lower() for p in one.participants}))[:500]
        or None,
    }


def _with_lists(columns: dict[str, Any]) -> dict[str, Any]:
    """Columns of several values as lists beside them."""
    many = {"country": "countries", "sector": "sectors", "partner": "partners"}
    lists = {lists: (columns[one] or "").split(",") for one, lists in many.items()}
    return {
        **columns,
        **{name: [one for one in some if one] or None for name, some in lists.items()},
    }


def splink(pairs: LabelledSet) -> Numbers:
    """Match weights of splink: its own EM on all records, then the very pairs that are asked for."""
    import pyarrow as pa  # noqa: PLC0415
    import splink.comparison_library as cl  # noqa: PLC0415
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on  # noqa: PLC0415

    comparisons = [
        cl.JaroWinklerAtThresholds("title", [0.95, 0.88, 0.75]),
        cl.JaroWinklerAtThresholds("description", [0.95, 0.8]),
        cl.ArrayIntersectAtSizes("countries", [1]),
        cl.LevenshteinAtThresholds("start", [1, 3]),
        cl.LevenshteinAtThresholds("end", [1, 3]),
        cl.ExactMatch("amount"),
        cl.JaroWinklerAtThresholds("reporter", [0.9]),
        cl.ArrayIntersectAtSizes("sectors", [2, 1]),
        cl.ArrayIntersectAtSizes("partners", [2, 1]),
    ]
    rules = [
        block_on("title"),
        block_on("country", "start"),
        block_on("country", "amount"),
        block_on("start", "end"),
    ]
    rows = [{"unique_id": one.id, "pair": "", **_with_lists(_columns(one))} for one in pairs.facts]
    settings = SettingsCreator("dedupe_only", comparisons, rules)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        api = DuckDBAPI()
        linker = Linker(api.register(pa.Table.from_pylist(rows)), settings, log_level="ERROR")
        linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
        for rule in (block_on("title"), block_on("country", "start")):
            linker.training.estimate_parameters_using_expectation_maximisation(rule)
        trained = linker.misc.save_model_to_json()
        trained["blocking_rules_to_generate_predictions"] = [
            block_on("pair").get_blocking_rule("duckdb").as_dict()
        ]
        asked = _asked(pairs)
        told = [
            {
                "unique_id": f"{row}-{side}",
                "pair": str(row),
                **_with_lists(_columns(pairs.facts[at])),
            }
            for row in asked
            for side, at in (("l", pairs.left[row]), ("r", pairs.right[row]))
        ]
        judge = Linker(DuckDBAPI().register(pa.Table.from_pylist(told)), trained, log_level="ERROR")
        found = judge.inference.predict().as_pyarrow_table().to_pylist()
    scores = np.full(len(pairs.label), np.nan)
    for one in found:
        scores[int(one["unique_id_l"].partition("-")[0])] = one["match_weight"]
    return scores


def dedupe(pairs: LabelledSet) -> Numbers:
    """Probabilities of dedupe's comparisons and classifier, trained on the other folds' labels and near titles."""
    import dedupe as tool  # noqa: PLC0415
    from dedupe import variables  # noqa: PLC0415

    fields = [
        variables.String("title", has_missing=True),
        variables.String("description", has_missing=True),
        variables.ShortString("country", has_missing=True),
        variables.ShortString("start", has_missing=True),
        variables.ShortString("end", has_missing=True),
        variables.Price("amount", has_missing=True),
        variables.String("reporter", has_missing=True),
        variables.ShortString("sector", has_missing=True),
        variables.String("partner", has_missing=True),
    ]
    rows = [_columns(one) for one in pairs.facts]
    asked = _asked(pairs)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        table = tool.Dedupe(fields).data_model.distances(
            [(rows[pairs.left[row]], rows[pairs.right[row]]) for row in asked]
        )
        scores = np.full(len(pairs.label), np.nan)
        fold = pairs.folds(folds=5, seed=0)
        for one in range(5):
            touched = (fold[pairs.left[asked]] == one) | (fold[pairs.right[asked]] == one)
            labelled = np.isin(pairs.label[asked], (SAME, HARD)) | pairs.near[asked]
            classifier = tool.Dedupe(fields).classifier
            classifier.fit(
                table[labelled & ~touched],
                (pairs.label[asked] == SAME)[labelled & ~touched].astype(int),
            )
            mine = fold[pairs.left[asked]] == one
            scores[asked[mine]] = classifier.predict_proba(table[mine])[:, 1]
    return scores


def _asked(pairs: LabelledSet) -> np.ndarray:
    """The pairs that a figure needs: labelled, near, and the candidates of records with a partner."""
    partnered = np.unique(
        np.concatenate([side[pairs.label == SAME] for side in (pairs.left, pairs.right)])
    )
    rivals = np.isin(pairs.left, partnered) | np.isin(pairs.right, partnered)
    return np.flatnonzero((pairs.label >= 0) | pairs.near | (rivals & pairs.candidate))
