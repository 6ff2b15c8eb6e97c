"""Calibration and fairness check as rows of a table; empty cells are ``None``."""

from __future__ import annotations

from callcoach.calibration.fairness import Fairness
from callcoach.calibration.resample import Estimate
from callcoach.calibration.result import Calibration, PracticeCalibration
from callcoach.calibration.reviewed import Opinions
from callcoach.reports.tables.rows import Row


def calibration_rows(calibration: Calibration) -> list[Row]:
    """One row for each practice; ``_low`` and ``_high`` are the ends of an interval.

    Shares and agreement are 0..1, bias and its limits points, machine minus people.
    """
    return [_practice_row(practice) for practice in calibration.practices]


def fairness_rows(fairness: Fairness) -> list[Row]:
    """One row for each group in each quantity of each practice or measure."""
    return [
        {
            "column": fairness.column,
            "name": item.name,
            "quantity": item.quantity.value,
            "group": item.group,
            "calls": item.calls,
            "value": item.value,
            "rest_calls": item.rest_calls,
            "rest": item.rest,
            "difference": item.difference,
            "difference_low": item.low,
            "difference_high": item.high,
            "stands_out": item.stands_out,
            "reason": item.reason,
        }
        for item in fairness.differences
    ]


def opinion_rows(opinions: Opinions) -> list[Row]:
    """One row for all findings, each practice and each code of it; shares are 0..1."""
    return [
        {
            "practice": row.practice,
            "code": row.code,
            "kind": None if row.kind is None else row.kind.value,
            "agree": row.agree,
            "disagree": row.disagree,
            "undecided": row.undecided,
            "precision": row.share,
            "precision_low": row.low,
            "precision_high": row.high,
            "agents_agree": row.agents_agree,
            "agents_disagree": row.agents_disagree,
        }
        for row in opinions.rows
    ]


def _practice_row(one: PracticeCalibration) -> Row:
    row: Row = {
        "practice": one.practice,
        "calls": one.calls,
        "raters": one.raters,
        "only_people": one.only_people,
        "only_machine": one.only_machine,
        "neither": one.neither,
        **_cells("agreement", one.agreement),
        **_cells("kappa", one.kappa),
        **_cells("weighted_kappa", one.weighted_kappa),
        **_cells("icc", one.icc),
        **_cells("bias", one.bias.mean),
        "limit_low": one.bias.low_limit,
        "limit_high": one.bias.high_limit,
    }
    for name, pairwise in (
        ("machine_to_rater", one.machine_to_rater),
        ("rater_to_rater", one.rater_to_rater),
    ):
        row[f"{name}_pairs"] = pairwise.pairs
        row |= _cells(f"{name}_kappa", pairwise.kappa)
        row |= _cells(f"{name}_weighted_kappa", pairwise.weighted_kappa)
        row |= _cells(f"{name}_icc", pairwise.icc)
    row |= {
        "bands": one.bands.words(),
        "by_people": " ".join(f"{s.name}={s.by_people:.3f}" for s in one.prevalence) or None,
        "by_machine": " ".join(f"{s.name}={s.by_machine:.3f}" for s in one.prevalence) or None,
        "may_be_automatic": None if one.automatic is None else one.automatic.may,
        "reason": None if one.automatic is None else one.automatic.reason,
        "suggested_edges": None,
        "suggested_weighted_kappa": None,
        "differs_most": " ".join(c.call_id for c in one.most_different) or None,
        "notes": "; ".join(one.notes) or None,
    }
    if one.suggestion is not None:
        row["suggested_edges"] = " ".join(f"{edge:g}" for edge in one.suggestion.edges)
        row["suggested_weighted_kappa"] = one.suggestion.kappa_after
    return row


def _cells(name: str, estimate: Estimate) -> Row:
    return {name: estimate.value, f"{name}_low": estimate.low, f"{name}_high": estimate.high}
