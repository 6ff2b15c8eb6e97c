"""Edges of bands that would bring the machine's bands closer to people's."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from callcoach.calibration.agreement import kappa_statistic, kappas_of_tables
from callcoach.calibration.bands import Bands, FloatArray, IntArray
from callcoach.calibration.resample import estimate
from callcoach.calibration.result import EdgeSuggestion
from callcoach.config.calibration import CalibrationConfig


def suggest_edges(
    machine: FloatArray, people: FloatArray, bands: Bands, config: CalibrationConfig
) -> EdgeSuggestion | None:
    """The edges for the machine's scores with the highest quadratic weighted kappa.

    People's bands stay as they are. What the edges are worth is measured by cross-validation: each
    fold gets the edges found on the others, and the kappa of all calls with these is compared with
    that of the given edges.

    Parameters
    ----------
    machine, people
        Scores 0..100 of the same calls, without gaps.
    bands
        The given bands.
    config
        Fewest calls, step of the edges, folds and least gain.

    Returns
    -------
    EdgeSuggestion or None
        ``None`` with too few calls, where people use one band alone, and without a gain: under
        ``config.min_gain``, or with 0 in its bootstrap interval.
    """
    if len(machine) < config.min_calls:
        return None
    wanted = bands.of(people)
    steps = np.arange(config.edge_step, 101, config.edge_step, dtype=float)
    choices = _by_distance(steps, bands.edges)
    fold = np.random.default_rng(config.seed).permutation(len(machine)) % config.folds
    predicted = np.zeros(len(machine), dtype=np.int64)
    for number in range(config.folds):
        rest = fold != number
        found = _best(machine[rest], wanted[rest], bands, choices)
        if found is None:
            return None
        predicted[~rest] = found.of(machine[~rest])
    edges = _best(machine, wanted, bands, choices)
    if edges is None or edges.edges == bands.edges:
        return None
    before = kappa_statistic(bands.of(machine), wanted, len(bands.names), quadratic=True)
    after = kappa_statistic(predicted, wanted, len(bands.names), quadratic=True)
    gain = estimate(lambda weights: after(weights) - before(weights), len(machine), config, "")
    if gain.value is None or gain.value < config.min_gain or gain.low is None or gain.low <= 0:
        return None
    once = np.ones((1, len(machine)))
    return EdgeSuggestion(edges.edges, float(before(once)[0]), float(after(once)[0]), len(machine))


def _by_distance(steps: FloatArray, given: tuple[float, ...]) -> FloatArray:
    """All choices of edges, those nearest to the given ones first: they win ties."""
    choices = np.array(list(combinations(steps, len(given))))
    apart = np.abs(choices - np.asarray(given)).sum(axis=1)
    return np.asarray(choices[np.argsort(apart, kind="stable")])


def _best(machine: FloatArray, wanted: IntArray, bands: Bands, choices: FloatArray) -> Bands | None:
    """The choice with the highest kappa; ``None`` where no kappa is defined."""
    count = len(bands.names)
    hot = np.eye(count)[wanted]
    edges = np.unique(choices)
    # How many calls of each of people's bands lie below each edge: tables of all choices follow.
    below = (machine[None, :] < edges[:, None]).astype(float) @ hot
    at_edges = below[np.searchsorted(edges, choices)]
    none = np.zeros((len(choices), 1, count))
    all_calls = np.broadcast_to(hot.sum(axis=0), none.shape)
    tables = np.diff(np.concatenate([none, at_edges, all_calls], axis=1), axis=1)
    kappas = kappas_of_tables(tables, quadratic=True)
    if np.isnan(kappas).all():
        return None
    kappas = np.where(np.isnan(kappas), -np.inf, np.round(kappas, 9))
    return Bands(tuple(map(float, choices[int(np.argmax(kappas))])), bands.names)
