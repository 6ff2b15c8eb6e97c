"""Calibration and fairness check as plain text, every number with what it is."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from callcoach.calibration.fairness import SHARES, Fairness, GroupDifference, Quantity
from callcoach.calibration.resample import Estimate
from callcoach.calibration.result import Calibration, PairwiseAgreement, PracticeCalibration
from callcoach.calibration.reviewed import Opinions, Precision
from callcoach.text.formatting import clean, count, number, percent, signed

_LABEL = 20
_WIDTH = 100
QUANTITY_WORDS = {
    Quantity.SCORE: "mean score",
    Quantity.MEASURE: "mean",
    Quantity.MEASURED: "share of calls with a value",
    Quantity.BIAS: "machine minus people, points",
    Quantity.AGREEMENT: "same band as people, share of calls",
    Quantity.KAPPA: "kappa with people",
}


def calibration_text(calibration: Calibration) -> str:
    """The comparison with people for a terminal: an overview, then practice by practice."""
    lines = [
        "Machine scores beside people's scores",
        f"{count(calibration.calls, 'call', 'calls')} scored by "
        f"{count(len(calibration.raters), 'rater', 'raters')} and analysed. In brackets: "
        f"{percent(calibration.confidence)} intervals.",
    ]
    unknown = calibration.unknown_calls
    if unknown:
        shown = ", ".join(clean(name) for name in unknown[:3]) + (" ..." if unknown[3:] else "")
        lines.append(f"Not analysed and left out: {count(len(unknown), 'call', 'calls')}: {shown}")
    lines += [f"Note: {clean(note)}" for note in calibration.notes]
    lines += ["", *_overview(calibration.practices)]
    for practice in calibration.practices:
        lines += ["", *_practice(practice)]
    return "\n".join(lines) + "\n"


def _overview(practices: Sequence[PracticeCalibration]) -> Iterator[str]:
    width = max([len("practice"), *(len(clean(p.practice)) for p in practices)]) + 2
    yield f"{'practice':<{width}}{'calls':>5}  {'same band':<9}  {'kappa':<22}may be automatic"
    for one in practices:
        same = "-" if one.agreement.value is None else percent(one.agreement.value)
        automatic = "-" if one.automatic is None else "yes" if one.automatic.may else "no"
        kappa = _interval(one.kappa, 2)
        yield f"{clean(one.practice):<{width}}{one.calls:>5}  {same:<9}  {kappa:<22}{automatic}"


def _practice(one: PracticeCalibration) -> Iterator[str]:
    name = clean(one.practice)
    yield f"{name}: {count(one.calls, 'call', 'calls')} scored by machine and people"
    apart = [
        (one.only_people, "only people scored"),
        (one.only_machine, "only the machine scored"),
        (one.neither, "neither scored"),
    ]
    if any(calls for calls, _ in apart):
        yield _line("left out", ", ".join(f"{calls} {what}" for calls, what in apart if calls))
    if one.calls:
        yield _line("bands", one.bands.words())
        for share in one.prevalence:
            yield _line(
                f"  {clean(share.name)}",
                f"{percent(share.by_people)} of calls by people, "
                f"{percent(share.by_machine)} by machine",
            )
        yield _line("same band", f"{_shares(one.agreement)} of calls")
        yield _line("kappa", _estimate(one.kappa, 2))
        yield _line("weighted kappa", _estimate(one.weighted_kappa, 2))
        yield _line("ICC(2,1) of scores", _estimate(one.icc, 2))
        yield from _bias(one)
        yield from _pairs("machine to a rater", one.machine_to_rater)
        yield from _pairs("rater to rater", one.rater_to_rater)
    for call in one.most_different:
        yield _line(
            "differs most" if call is one.most_different[0] else "",
            f"{clean(call.call_id)}: machine {call.machine:.0f}, people {call.people:.0f} "
            f"({signed(call.difference, 0)})",
        )
    if one.automatic is not None:
        verdict = "yes" if one.automatic.may else "no"
        yield _line("may be automatic", f"{verdict}: {one.automatic.reason}")
    if one.suggestion is not None:
        edges = " and ".join(f"{edge:g}" for edge in one.suggestion.edges)
        given = " and ".join(f"{edge:g}" for edge in one.bands.edges)
        yield _line(
            "suggestion",
            f"bands of the machine's scores at {edges} instead of {given}: weighted kappa on "
            f"calls not used to find them {one.suggestion.kappa_after:.2f}, now "
            f"{one.suggestion.kappa_before:.2f}. Nothing was changed.",
        )
    for note in one.notes:
        yield _line("note", clean(note))


def _bias(one: PracticeCalibration) -> Iterator[str]:
    mean = one.bias.mean
    if mean.value is None:
        return
    text = f"machine minus people {signed(mean.value, 1)} points"
    if mean.low is not None and mean.high is not None:
        text += f" [{signed(mean.low, 1)} to {signed(mean.high, 1)}]"
    yield _line("bias", text)
    if one.bias.low_limit is not None and one.bias.high_limit is not None:
        yield _line(
            "",
            f"95 % of calls differ by {signed(one.bias.low_limit, 0)} to "
            f"{signed(one.bias.high_limit, 0)} points",
        )


def _pairs(label: str, pairwise: PairwiseAgreement) -> Iterator[str]:
    if not pairwise.pairs:
        yield _line(label, pairwise.kappa.reason or "")
        return
    yield _line(
        label,
        f"kappa {_interval(pairwise.kappa, 2)}, weighted {_interval(pairwise.weighted_kappa, 2)}, "
        f"ICC {_interval(pairwise.icc, 2)}; mean of {count(pairwise.pairs, 'pair', 'pairs')}",
    )


# ----------------------------------------------------------------- opinions


def opinions_text(opinions: Opinions) -> str:
    """How often people agreed with the findings, for a terminal."""
    lines = ["What people said of the findings, coaches and QA only"]
    text = (
        "Right: the share of the findings that they agreed with, each finding counted once, by "
        "the majority; those they were unsure about are left out. In brackets: "
        f"{percent(opinions.confidence)} interval. Only findings that somebody looked at are here: "
        "what the machine missed is not."
    )
    lines.append(textwrap.fill(text, _WIDTH))
    if opinions.gone:
        lines.append(
            f"Left out: {count(opinions.gone, 'opinion', 'opinions')} on findings that the "
            "reports no longer have."
        )
    names = [(_opinion_name(row), row) for row in opinions.rows]
    width = max([len("finding"), *(len(name) for name, _ in names)]) + 2
    lines.append("")
    if names:
        lines.append(f"{'finding':<{width}}{'agree':>5}  {'disagree':>8}  {'unsure':>6}  right")
    else:
        lines.append("Nobody has judged a finding yet.")
    lines += [
        f"{name:<{width}}{row.agree:>5}  {row.disagree:>8}  {row.undecided:>6}  {_right(row)}"
        for name, row in names
    ]
    agents = opinions.rows[0] if opinions.rows else None
    if agents is not None and agents.agents_agree + agents.agents_disagree:
        lines.append(
            f"Agents on their own calls, not counted above: {agents.agents_agree} agree, "
            f"{agents.agents_disagree} disagree."
        )
    return "\n".join(lines) + "\n"


def _opinion_name(row: Precision) -> str:
    if row.practice is None:
        return "all findings"
    return clean(row.practice) if row.code is None else f"  {clean(row.code)}"


def _right(row: Precision) -> str:
    return _shares(Estimate(row.share, row.low, row.high, row.agree + row.disagree))


# ----------------------------------------------------------------- fairness


def fairness_text(fairness: Fairness) -> str:
    """The groups that differ, for a terminal; the table has all comparisons."""
    sizes = ", ".join(f"{clean(name)} {calls}" for name, calls in fairness.groups)
    lines = [f"Groups of calls by {clean(fairness.column)}: {sizes or 'none'}"]
    if fairness.left_out:
        lines.append(f"Without a group, left out: {count(fairness.left_out, 'call', 'calls')}")
    lines += [f"Note: {clean(note)}" for note in fairness.notes]
    if fairness.comparisons:
        found = _told(fairness)
        text = (
            f"{count(fairness.comparisons, 'comparison', 'comparisons')} of a group with the rest; "
            f"in about {number(fairness.by_chance, 1)} of them the "
            f"{percent(fairness.confidence)} interval would leave out 0 by chance alone, "
            f"in {len(found)} it does. Numbers of the same calls often differ together. "
            "A difference does not say why: listen to calls of both sides before you conclude."
        )
        lines.append(textwrap.fill(text, _WIDTH))
        lines += ["", *(_group_line(item) for item in found)] if found else []
    return "\n".join(lines) + "\n"


def _told(fairness: Fairness) -> list[GroupDifference]:
    """What stands out; of two groups only the first, the second mirrors it."""
    first = fairness.groups[0][0] if len(fairness.groups) == 2 else None
    return [d for d in fairness.differences if d.stands_out and first in (None, d.group)]


def _group_line(item: GroupDifference) -> str:
    digits = 2 if item.quantity in (*SHARES, Quantity.KAPPA) else 1
    values = [item.value, item.rest, item.difference, item.low, item.high]
    value, rest, difference, low, high = (0.0 if v is None else v for v in values)
    return textwrap.fill(
        f"{clean(item.name)}, {QUANTITY_WORDS[item.quantity]}: {clean(item.group)} "
        f"{number(value, digits)} ({item.calls} calls), rest {number(rest, digits)} "
        f"({item.rest_calls} calls), difference {signed(difference, digits)} "
        f"[{signed(low, digits)} to {signed(high, digits)}]",
        _WIDTH,
        subsequent_indent="  ",
    )


# ----------------------------------------------------------------- pieces


def _line(label: str, text: str) -> str:
    first = f"  {label:<{_LABEL}}"
    rest = " " * len(first)
    return textwrap.fill(text, _WIDTH, initial_indent=first, subsequent_indent=rest) or first


def _interval(estimate: Estimate, digits: int) -> str:
    """``0.71 [0.52 to 0.88]``, ``0.71`` or ``-``."""
    if estimate.value is None:
        return "-"
    text = number(estimate.value, digits)
    if estimate.low is None or estimate.high is None:
        return text
    return f"{text} [{number(estimate.low, digits)} to {number(estimate.high, digits)}]"


def _estimate(estimate: Estimate, digits: int) -> str:
    """The same, with the reason for what is missing."""
    why = "value" if estimate.value is None else "interval"
    reason = f" (no {why}: {estimate.reason})" if estimate.reason else ""
    return _interval(estimate, digits) + reason


def _shares(estimate: Estimate) -> str:
    if estimate.value is None:
        return "-"
    text = percent(estimate.value)
    if estimate.low is None or estimate.high is None:
        return text
    return f"{text} [{percent(estimate.low)} to {percent(estimate.high)}]"
