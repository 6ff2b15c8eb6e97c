"""The voice in the reports: pictures, stretches, calmness, tension, and honest gaps."""

from __future__ import annotations

import dataclasses
import json
import re
from html import unescape

import pandas as pd
import pytest

import deliveries
import factory
from callcoach.call import CallAnalysis
from callcoach.delivery import (
    BaselineSource,
    CalmnessPart,
    Contribution,
    NamedStretch,
    StretchKind,
    Unmeasured,
    Usual,
    VoiceStretch,
)
from callcoach.document import to_json
from callcoach.reports import wording
from callcoach.reports.calmness import calmness_blocks, part_line
from callcoach.reports.columns import CALL_VOICE, COMPOSURE, STRETCH_VOICE
from callcoach.reports.facts import voice_reason
from callcoach.reports.stretches import SIGNS, numbered_stretches
from callcoach.reports.tables import build_tables
from callcoach.reports.tension import composure_part, tension_part
from callcoach.reports.voice_panel import AXES, PRESSED, Curve, Panel, voice_panels
from shipped import page_of, render_html, render_markdown

LENGTH_S = 200.0


def plain(text: str) -> str:
    return text.replace(wording.NBSP, " ").replace(wording.MINUS, "-")


def words_of(page: str) -> str:
    """What people read of a page."""
    body = re.sub(r"<style>.*?</style>", "", page, flags=re.S)
    return " ".join(plain(unescape(re.sub(r"<[^>]+>", " ", body))).split())


def drawn(
    *windows: VoiceStretch,
    stretches: tuple[NamedStretch, ...] = (),
    usual: tuple[Usual, ...] = (Usual("level_dbov", -25.0, 2.0, BaselineSource.OWN_CALL, 9),),
    **changes: object,
) -> CallAnalysis:
    """A call of 200 s with the agent's windows and nothing else."""
    base = factory.two_channels()
    agent = deliveries.voice("agent", windows=windows, stretches=stretches, usual=usual)
    call = dataclasses.replace(base.call, duration_s=LENGTH_S)
    return dataclasses.replace(base, call=call, voice=(agent,), **changes)


def panel_of(analysis: CallAnalysis) -> Panel:
    (panel,) = voice_panels(analysis)
    return panel


def curve_of(analysis: CallAnalysis, name: str) -> Curve:
    return next(curve for curve in panel_of(analysis).curves if curve.axis.name == name)


def level(start_s: float, value: float | None) -> VoiceStretch:
    return deliveries.stretch(start_s, start_s + 5.0, level_dbov=value)


def test_a_window_lands_at_its_time_and_value() -> None:
    # The scale: -27 (band's edge) to -11, margin 8 % of 16 dB above and below: -9.72 to -28.28.
    (run,) = curve_of(drawn(level(100.0, -11.0), level(105.0, -19.0)), "Level").runs
    assert [point.x for point in run] == [50.0, 51.25, 53.75, 55.0]
    assert run[0].y == run[1].y == pytest.approx(100 * 1.28 / 18.56, abs=0.01)
    assert run[2].y == run[3].y == pytest.approx(50.0, abs=0.01)


def test_the_line_breaks_where_there_is_no_window_or_no_value() -> None:
    windows = (level(0, -25), level(5, -25), level(15, -24), level(20, None), level(25, -24))
    runs = curve_of(drawn(*windows), "Level").runs
    assert [(run[0].x, run[-1].x) for run in runs] == [(0.0, 5.0), (7.5, 10.0), (12.5, 15.0)]
    drawn_lines = render_html(drawn(*windows)).split("<polyline")[1:]
    pitch, rate = (len(curve_of(drawn(*windows), name).runs) for name in ("Pitch", "Rate"))
    assert len(drawn_lines) == 3 + pitch + rate


def test_the_band_is_the_usual_one() -> None:
    curve = curve_of(drawn(level(0, -33.0), level(5, -17.0)), "Level")
    assert curve.band is not None
    assert curve.band.middle == pytest.approx(50.0)  # -25 lies between -33 and -17
    assert curve.band.height == pytest.approx(100 * 4 / 18.56, abs=0.02)  # twice the spread
    assert plain(curve.usual) == "usually -25.0 dB, mostly -27.0 to -23.0"
    unknown = curve_of(drawn(level(0, -33.0), usual=()), "Level")
    assert unknown.band is None and "not known" in unknown.usual


def test_a_steady_voice_does_not_look_wild() -> None:
    curve = curve_of(drawn(level(0, -25.5), level(5, -24.5), usual=()), "Level")
    heights = [point.y for run in curve.runs for point in run]
    assert max(heights) - min(heights) < 7  # 1 of at least 16 dB


@pytest.mark.parametrize("name", [axis.name for axis in AXES])
def test_axes_have_few_ticks_inside_the_plot(name: str) -> None:
    for panel in voice_panels(factory.tense_call()):
        (curve,) = (curve for curve in panel.curves if curve.axis.name == name)
        assert 2 <= len(curve.ticks) <= 5
        assert all(0 <= tick.at <= 100 for tick in curve.ticks)
        ends = [tick.at for tick in panel.ticks]
        assert ends == sorted(ends) and ends[0] == 0.0 and 4 <= len(ends) <= 7


@pytest.mark.parametrize("seconds, last", [(1.0, "0:00"), (12.0, "0:10"), (7200.0, "2:00:00")])
def test_time_ticks_of_short_and_long_calls(seconds: float, last: str) -> None:
    base = drawn(level(0, -25))
    call = dataclasses.replace(base.call, duration_s=seconds)
    ticks = panel_of(dataclasses.replace(base, call=call)).ticks
    assert len(ticks) <= 7 and ticks[-1].label == last


def test_every_kind_of_stretch_has_a_row_a_sign_and_a_word() -> None:
    rows = [kind for axis in AXES for kind in axis.kinds] + list(PRESSED)
    assert sorted(rows) == sorted(StretchKind)
    assert set(SIGNS) == set(wording.STRETCH_WORDS) == set(StretchKind)


def test_every_stretch_is_marked_once_on_its_row_and_listed() -> None:
    analysis = factory.tense_call()
    kinds = {item.sign: item.stretch.kind for item in numbered_stretches(analysis)}
    assert set(kinds.values()) == set(StretchKind) and len(kinds) == 11
    signs = []
    for panel in voice_panels(analysis):
        for curve in panel.curves:
            assert {kinds[mark.sign] for mark in curve.marks} <= set(curve.axis.kinds)
            signs += [mark.sign for mark in curve.marks]
        assert {kinds[mark.sign] for mark in panel.pressed} <= set(PRESSED)
        signs += [mark.sign for mark in panel.pressed]
    assert sorted(signs) == sorted(kinds)
    lines = page_of(analysis).stretches
    assert [line.sign for line in lines] == list(kinds)
    report = render_markdown(analysis)
    for line in lines:
        assert line.turn is not None
        assert f'<td class="short sign">{line.sign}</td>' in render_html(analysis)
        assert f"| {line.sign} | {line.time} |" in report


def test_a_stretch_says_what_it_measured() -> None:
    raised = NamedStretch(20.0, 30.0, StretchKind.RAISED, "level_dbov", -18.2, -25.0, -19.0)
    slow = NamedStretch(40.0, 45.0, StretchKind.SLOW, "rate_syll_s", 3.0, 4.0, 3.1)
    flat = NamedStretch(60.0, 75.0, StretchKind.FLAT, "pitch_sd_st", 0.8, 2.4, 1.2)
    analysis = drawn(level(20, -18.2), stretches=(raised, slow, flat))
    first, second, third = page_of(analysis).stretches
    assert (first.sign, first.time, plain(first.length), first.who, first.what) == (
        "▲1", "0:20", "10.0 s", "Agent", "Louder than usual",
    )  # fmt: skip
    assert plain(first.value) == "-18.2 dB, usually -25.0 dB"
    assert plain(first.limit) == "listed at -19.0 dB or higher"
    assert plain(second.value) == "3.0 syll/s, usually 4.0 syll/s (-25 %)"
    assert plain(second.limit) == "listed at 3.1 syll/s or slower"
    assert (second.sign, third.sign) == ("▼2", "▬3")
    assert (
        plain(third.value) == "0.8 st of pitch spread"
        and third.what == "Little melody in the voice"
    )
    curve = curve_of(analysis, "Level")
    assert [(mark.x, mark.width, mark.level) for mark in curve.marks] == [(10.0, 5.0, 0)]
    assert "▲1 Louder than usual at 0:20 for 10.0 s" in plain(curve.label)


def test_marks_that_would_cover_each_other_take_lines_of_their_own() -> None:
    def at(start_s: float) -> NamedStretch:
        return NamedStretch(
            start_s, start_s + 2.0, StretchKind.RAISED, "level_dbov", -18.0, -25.0, -19.0
        )

    curve = curve_of(drawn(stretches=tuple(map(at, (10, 14, 40, 190, 197)))), "Level")
    assert [mark.level for mark in curve.marks] == [0, 1, 0, 0, 1]
    assert [mark.edge for mark in curve.marks] == [False, False, False, True, True]
    assert curve.levels == 2
    crowded = curve_of(drawn(stretches=tuple(map(at, range(0, 190, 2)))), "Level")
    assert len(crowded.marks) == 95 and crowded.levels == 5
    assert {mark.level for mark in crowded.marks if not mark.sign} == {0}


def test_tense_turns_are_drawn_by_their_tension() -> None:
    analysis = factory.tense_call()
    for panel in voice_panels(analysis):
        assert [block.height for block in panel.tense if block.tense] == [53.0, 78.0, 94.0]
        assert len(panel.tense) == len(analysis.tension or ())
        assert "3 of 8 are tense, at 0:07, 0:23, 1:12" in panel.tense_label
    page = render_html(analysis)
    assert page.count('class="tense-bar"') == 2 * 3
    assert page.count('class="hatch" x=') == 2 * 3 * 3
    assert not panel_of(drawn(level(0, -25), tension=None)).tense


def test_pictures_are_described_in_words() -> None:
    page = render_html(factory.tense_call())
    labels = re.findall(r'role="img" aria-label="([^"]*)"', page)
    rate = next(label for label in labels if label.startswith("Agent, rate"))
    assert plain(rate).startswith(
        "Agent, rate over the call: usually 4.6 syll/s, mostly 4.2 to 4.9. Slower end 2.7 syll/s "
    )
    for axis in AXES:
        assert f">{axis.more}</text>" in page and f">{axis.less}</text>" in page
    assert page.count("<pattern") == 1


# --------------------------------------------------------------------------- calmness


@pytest.mark.parametrize(
    ("part", "value", "usual", "points", "what", "told"),
    [
        (CalmnessPart.PITCH, 37.9, 34.8, -14.2, "Pitch 3.1 st above own usual", "-14.2 points"),
        (CalmnessPart.RATE, 4.0, 5.0, 1.26, "Rate 20 % slower than own usual", "+1.3 points"),
        (CalmnessPart.LEVEL, -25.0, -25.01, 0.0, "Level as usual", "0.0 points"),
        (
            CalmnessPart.EFFORT, -9.0, -12.0, -8.0,
            "Effort 3.0 dB more pressed than own usual", "-8.0 points",
        ),
    ],
)  # fmt: skip
def test_a_part_of_calmness_in_words(
    part: CalmnessPart, value: float, usual: float, points: float, what: str, told: str
) -> None:
    line = part_line(Contribution(part, value, usual, points), 20.0, own_call=False)
    assert (plain(line.what), plain(line.points)) == (what, told)
    assert line.x + (line.width if points < 0 else 0) == 50.0
    assert line.width == pytest.approx(50 * abs(points) / 20)


@pytest.mark.parametrize(("own_call", "value"), [(True, 5.2), (False, 4.8)])
def test_points_that_the_mean_does_not_explain_are_ups_and_downs(
    own_call: bool, value: float
) -> None:
    line = part_line(Contribution(CalmnessPart.RATE, value, 5.0, -2.0), 20.0, own_call)
    change = "+4" if value > 5 else "-4"
    assert plain(line.what) == f"Rate: ups and downs, {change} % on average"


def test_calmness_says_what_it_is_made_of_and_compared_with() -> None:
    analysis = factory.tense_call()
    for block, speaker in zip(calmness_blocks(analysis), ("agent", "customer"), strict=True):
        (voice,) = (v for v in analysis.voice if v.speaker == speaker)
        assert block.value == wording.number(voice.calmness or 0.0, 0) and block.usual == "80"
        assert block.compared == "Compared with the rest of this call."
        assert len(block.parts) == len(CalmnessPart) and block.left_out == ""
    agent = deliveries.voice(
        "agent",
        baseline=BaselineSource.EARLIER_CALLS,
        usual=(
            Usual("pitch_median_st", 34.8, 0.9, BaselineSource.EARLIER_CALLS, 12),
            Usual("level_dbov", -24.1, 1.4, BaselineSource.OWN_CALL, 40),
        ),
    )
    (block,) = calmness_blocks(dataclasses.replace(analysis, voice=(agent,)))
    assert plain(block.compared).startswith("Compared with 12 earlier calls of this agent. The lev")
    assert "pitch movement" in block.left_out and "pitch spread" in block.left_out
    page = words_of(render_html(dataclasses.replace(analysis, voice=(agent,))))
    for expected in (
        "80 is their own usual delivery", "not what a person feels", "A flat voice is not a calm",
        "12 earlier calls of this agent",
    ):  # fmt: skip
        assert expected in page


# --------------------------------------------------------------------------- tension, composure


def test_tension_and_composure_are_told_with_their_evidence() -> None:
    analysis = factory.tense_call()
    for text in (words_of(render_html(analysis)), render_markdown(analysis)):
        for expected in (
            "3 of the 8 customer turns that could be judged count as tense",
            "Very tense, 0.94", "“sick of”", "voice 0.75, words 1.00",
            "After 3 tense moments of the customer: pitch +1.2 st, pitch movement +2.1 st/s, "
            "level +3.0 dB, rate +8 %, effort +0.9 dB, calmness -6 points against the rest of the "
            "call.",
            "24.1 s of the agent's speech right after these moments, against 80.2 s",
        ):  # fmt: skip
            assert expected in text, expected
    part = composure_part(analysis, page_of(analysis).lines)
    assert [link.time for link in part.links] == ["0:17", "0:35", "1:24"]
    assert all(link.turn for link in part.links)


def test_tension_without_tense_turns_and_without_turns() -> None:
    base = factory.two_channels(composure=None)
    turn = base.turns[1]
    calm = dataclasses.replace(base, tension=(deliveries.tension_of(turn, 0.31, voice=None),))
    summary = tension_part(calm, ()).summary
    assert plain(summary).startswith("None of the 1 customer turn") and "0.31" in summary
    none = tension_part(dataclasses.replace(base, tension=()), ())
    assert none.reason is None and none.summary == "The customer has no turn that could be judged."
    reason = composure_part(base, ()).reason
    assert reason == "too little of the agent's speech after tense turns"


# --------------------------------------------------------------------------- nothing measured


def unmeasured() -> CallAnalysis:
    """Both voices too short for every measure."""
    parts = ("tension", "composure", "listening")
    return factory.two_channels(
        voice=(
            deliveries.unmeasured_voice("customer", "CUSTOMER-REASON"),
            deliveries.unmeasured_voice("agent", "AGENT-REASON"),
        ),
        tension=None,
        composure=None,
        unmeasured=tuple(Unmeasured(part, f"{part.upper()}-REASON") for part in parts),
    )


def test_too_little_speech_is_none_with_a_reason_in_the_document() -> None:
    document = json.loads(to_json(unmeasured()))
    for voice in document["voice"].values():
        reasons = [Unmeasured(**item) for item in voice["unmeasured"]]
        for name in (*CALL_VOICE, "baseline"):
            assert voice[name] is None, name
            assert voice_reason(reasons, name), name
        for stretch in voice["timeline"]:
            own = [Unmeasured(**item) for item in stretch["unmeasured"]]
            for name in STRETCH_VOICE:
                assert stretch[name] is None and voice_reason(own, name), name
    assert document["tension"] is None and document["composure"] is None
    named = {item["measure"] for item in document["unmeasured"]}
    assert {"tension", "composure"} <= named


def test_too_little_speech_is_missing_with_a_reason_in_the_tables() -> None:
    tables = build_tables([unmeasured()])
    call = tables.calls.iloc[0]
    for name in CALL_VOICE:
        assert call[f"agent_{name}"] is pd.NA and call[f"customer_{name}"] is pd.NA
    for name in ("agent_baseline", "customer_tension_peak", "customer_tense_turns", *COMPOSURE):
        assert call[name] is pd.NA, name
    assert list(tables.voice.scope) == ["call", "t1", "call", "t1"]
    for _, row in tables.voice.iterrows():
        for name in (*CALL_VOICE, "pitch_slope_st_s", *(f"points_{p}" for p in CalmnessPart)):
            assert row[name] is pd.NA, name
        for group in deliveries.GROUPS:
            assert f"{group}: " in row.unmeasured
    assert len(tables.stretches) == len(tables.tension) == 0


def test_too_little_speech_is_not_measured_with_a_reason_on_the_pages() -> None:
    html, report = words_of(render_html(unmeasured())), render_markdown(unmeasured())
    rows = len(page_of(unmeasured()).voice)
    assert rows == len(CALL_VOICE) + 1
    for text in (html, report):
        # The rows of the table, three curves, the stretches and calmness.
        assert text.count("AGENT-REASON") == text.count("CUSTOMER-REASON") == rows + 3 + 1 + 1
        assert text.count("Not measured: TENSION-REASON") == 1
        assert text.count("Not measured: COMPOSURE-REASON") == 1
        assert "None were found" not in text.split("Stretches outside")[1].split("Calmness of")[0]
        assert "no reason" not in text
    assert "<polyline" not in render_html(unmeasured())


def test_a_call_with_values_but_without_windows_says_why_nothing_is_drawn() -> None:
    analysis = drawn()
    for curve in panel_of(analysis).curves:
        assert curve.reason == "no part of the call has enough speech" and not curve.runs
    assert "no part of the call has enough speech" in render_html(analysis)


@pytest.mark.parametrize(
    ("measure", "group"),
    [
        ("pitch_trend_st_min", "pitch"),
        ("active_level_dbov", "level"),
        ("active_factor", "level"),
        ("level_trend_db_min", "level"),
        ("rate_wpm", "rate"),
        ("pauses", "pauses"),
        ("pause_s", "pauses"),
        ("effort_db", "effort"),
        ("baseline", "calmness"),
    ],
)
def test_reasons_by_group(measure: str, group: str) -> None:
    other = Unmeasured("x", "other")
    assert voice_reason((other, Unmeasured(group, "why")), measure) == "why"
    assert voice_reason((Unmeasured(group, "why"), Unmeasured(measure, "own")), measure) == "own"
    assert voice_reason((other,), measure) is None


# --------------------------------------------------------------------------- tables


def test_the_tables_hold_the_delivery() -> None:
    analysis = factory.tense_call()
    tables = build_tables([analysis])
    (call,) = (row for _, row in tables.calls.iterrows())
    assert (call.customer_tension_peak, call.customer_tense_turns) == (0.94, 3)
    assert (call.composure_pitch_st, call.composure_level_db) == (1.2, 3.0)
    assert (call.composure_rate_percent, call.composure_calmness) == (8.043, -5.9)
    assert call.agent_baseline == "own_call" and call.agent_pauses == 7
    voice = tables.voice
    agent = next(v for v in analysis.voice if v.speaker == "agent")
    windows = voice[(voice.speaker == "agent") & (voice.scope == "window")]
    assert len(windows) == len(agent.windows)
    assert list(windows.start_s) == [window.start_s for window in agent.windows]
    points = [f"points_{part}" for part in CalmnessPart]
    full = windows[windows[points].notna().all(axis=1)]
    assert (80 + full[points].sum(axis=1) - full.calmness).abs().max() < 0.01
    assert windows.pauses.isna().all() and windows.speech_s.notna().all()
    (whole,) = (
        row for _, row in voice[(voice.speaker == "agent") & (voice.scope == "call")].iterrows()
    )
    assert whole.windows == len(agent.windows) and whole.active_factor == 0.4713
    short = voice[(voice.scope == "window") & voice.pitch_median_st.isna()]
    assert len(short) > 0 and short.unmeasured.str.contains("pitch: not enough evidence").all()
    assert set(tables.stretches.kind) == {kind.value for kind in StretchKind}
    assert list(tables.tension[tables.tension.tension > 0.9].phrases) == [
        "joke; waited; nobody; sick of"
    ]
