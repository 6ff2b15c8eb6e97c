"""Transcripts with measures: ``callcoach measure dialogue``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from callcoach.cli.main import main
from callcoach.config.config import Config
from callcoach.dialogue.phrasebook import Matcher
from callcoach.dialogue.understand import NO_SENTENCES
from callcoach.measure.dialogue import Dialogue, SaidTurn, SaidWord
from callcoach.measure.dialogue_words import NO_ROLES, measure_words, speaker_roles
from callcoach.measure.dialogues import OF_TURNS, measure_dialogue, measured_line
from callcoach.measure.entries import DialogueRecord
from callcoach.measure.transcript_formats import read_dialogues
from callcoach.model.interaction import OverlapKind, SilenceKind
from callcoach.model.timeline import Span

CONFIG = Config()
WORDS = Matcher(CONFIG.phrases, None, CONFIG.matching)
SHARED = Path(__file__).parent.parent.parent / "shared" / "data"
CALL_ANALYTICS = SHARED / "calls" / "aws_call_analytics_example.json"
HARPER_VALLEY = SHARED / "dialogue" / "harper_valley"


def said(speaker: str, start_s: float, end_s: float, text: str = "some words here") -> SaidTurn:
    return SaidTurn(speaker, text, Span(start_s, end_s))


def spoken(speaker: str, *words: tuple[str, float, float]) -> SaidTurn:
    return SaidTurn(
        speaker,
        " ".join(text for text, _, _ in words),
        Span(words[0][1], words[-1][2]),
        tuple(SaidWord(start_s, end_s, text) for text, start_s, end_s in words),
    )


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["measure", "dialogue", *(str(a) for a in arguments)])


def results(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


# ------------------------------------------------------------------ measures


def test_an_interruption_by_turn_times() -> None:
    found = measure_dialogue(
        Dialogue("d", (said("customer", 0, 5), said("agent", 3.8, 8), said("customer", 9, 12))),
        CONFIG,
    )
    assert found.overlaps is not None and found.times == "turns"
    (event,) = found.overlaps
    assert (event.kind, event.incomer) == (OverlapKind.INTERRUPTION, "agent")
    assert (event.start_s, event.end_s) == pytest.approx((3.8, 5))
    assert found.listening is not None
    customer = found.listening.party("customer")
    assert customer is not None and (customer.long_turns, customer.uncut_share) == (2, 0.5)


def test_word_times_are_finer_than_turn_times() -> None:
    # The turns overlap, the words do not.
    turns = (
        spoken("a", ("one", 0, 1), ("two", 6, 7)),
        spoken("b", ("three", 2, 3), ("four", 4, 5)),
    )
    assert measure_dialogue(Dialogue("d", turns), CONFIG).overlaps == ()
    bare = tuple(SaidTurn(t.speaker, t.text, t.span) for t in turns)
    assert measure_dialogue(Dialogue("d", bare), CONFIG).overlaps != ()
    mixed = measure_dialogue(Dialogue("d", (turns[0], bare[1])), CONFIG)
    assert mixed.times == "mixed"


def test_silences_lie_between_the_first_and_the_last_word() -> None:
    found = measure_dialogue(
        Dialogue(
            "d", (said("a", 20, 22, "One moment please."), said("b", 30, 31), said("a", 40, 41))
        ),
        CONFIG,
    )
    assert found.silences is not None
    assert [(s.kind, s.start_s, s.end_s, s.announced) for s in found.silences] == [
        (SilenceKind.DEAD_AIR, 22, 30, True),
        (SilenceKind.DEAD_AIR, 31, 40, True),
    ]


@pytest.mark.parametrize(
    ("turns", "reason"),
    [
        ((), "nothing is said"),
        ((SaidTurn("a", " "),), "nothing is said"),
        ((SaidTurn("a", "hello"), SaidTurn("b", "hi")), "the turns have no times"),
        ((said("a", 0, 1), SaidTurn("b", "hi")), "1 of 2 turns have no times"),
    ],
)
def test_without_times_there_is_a_reason(turns: tuple[SaidTurn, ...], reason: str) -> None:
    found = measure_dialogue(Dialogue("d", turns), CONFIG)
    assert (found.overlaps, found.silences, found.listening, found.times) == (None,) * 4
    reasons = {u.measure: u.reason for u in found.unmeasured}
    assert reasons["overlaps"] == reasons["silences"] == reasons["listening"] == reason


@pytest.mark.parametrize(("speakers", "said_so"), [("a", "1 speaker is"), ("abc", "3 speakers")])
def test_overlaps_need_two_speakers(speakers: str, said_so: str) -> None:
    turns = tuple(said(name, 2 * i, 2 * i + 2.5) for i, name in enumerate(speakers))
    found = measure_dialogue(Dialogue("d", turns), CONFIG)
    assert found.overlaps is None and found.silences == ()
    assert any(u.measure == "overlaps" and said_so in u.reason for u in found.unmeasured)
    assert found.listening is not None and found.listening.parties == ()


def test_an_unnamed_speaker_fills_silences_and_takes_part_in_nothing_else() -> None:
    turns = (said("a", 0, 2), said("unknown", 1, 9), said("b", 9.5, 12))
    found = measure_dialogue(Dialogue("d", turns), CONFIG)
    assert found.overlaps == ()
    assert found.silences is not None
    assert all(s.kind is not SilenceKind.DEAD_AIR for s in found.silences)


def test_words_without_length_are_no_speech() -> None:
    turns = (spoken("a", ("hi", 1, 1)), spoken("b", ("ho", 2, 2)))
    found = measure_dialogue(Dialogue("d", turns), CONFIG)
    assert found.overlaps is None
    assert "the times have no length" in {u.reason for u in found.unmeasured}


@pytest.mark.parametrize("text", ["[noise]", "<Laughter> [background noise]", "()"])
def test_sounds_in_brackets_are_no_speech(text: str) -> None:
    turns = (said("a", 0, 2), said("b", 3, 5, text), said("b", 7, 8, "[PII] <unk>"))
    found = measure_dialogue(Dialogue("d", turns), CONFIG)
    assert found.silences is not None
    assert [(s.start_s, s.end_s) for s in found.silences] == [(2, 7)]


times = st.tuples(st.integers(0, 300), st.integers(0, 60)).map(
    lambda pair: Span(pair[0] / 10, (pair[0] + pair[1]) / 10)
)


@given(
    st.lists(st.tuples(st.sampled_from(["a", "b", "unknown"]), times, st.booleans()), max_size=12)
)
def test_any_times_give_a_line(turns: list[tuple[str, Span, bool]]) -> None:
    dialogue = Dialogue(
        "d",
        tuple(
            SaidTurn(s, "yes", t, (SaidWord(t.start_s, t.end_s, "yes"),) if w else ())
            for s, t, w in turns
        ),
    )
    line = measured_line(
        DialogueRecord(1, {"id": "d", "turns": [{} for _ in turns]}, dialogue), CONFIG, WORDS
    )
    assert json.loads(line)["id"] == "d"


def turns_of(*texts: tuple[str, str]) -> Dialogue:
    return Dialogue("d", tuple(SaidTurn(speaker, text) for speaker, text in texts))


@pytest.mark.parametrize(
    ("names", "roles"),
    [
        (("Agent 1", "CALLER"), ("agent", "customer")),
        (("therapist", "client_2"), ("agent", "customer")),
        (("Priya", "customer"), ("agent", "customer")),
        (("ann", "bob"), ("agent", "customer")),  # by the greeting
    ],
)
def test_roles_by_name_or_by_what_is_said(names: tuple[str, str], roles: tuple[str, str]) -> None:
    dialogue = turns_of(
        (names[0], "Thank you for calling, how can I help you?"), (names[1], "My order is late.")
    )
    assert tuple(speaker_roles(dialogue, CONFIG).values()) == roles


def test_without_roles_the_words_tell_only_paraphrases() -> None:
    dialogue = turns_of(("ann", "It is broken."), ("bob", "It is late."), ("cy", "Yes."))
    found = measure_words(dialogue, WORDS, CONFIG)
    assert found.language is None
    reasons = {u.measure: u.reason for u in found.unmeasured}
    assert reasons["concerns"] == NO_ROLES and reasons["paraphrase"] == NO_SENTENCES
    assert {turn.concern for turn in found.turns} == {None}


@pytest.mark.slow
def test_turns_are_named_by_their_own_ids(tmp_path: Path) -> None:
    turns = [
        {"id": "x1", "speaker": "agent", "text": "How can I help you?"},
        {"id": "x2", "speaker": "customer", "text": "My washing machine is broken again."},
        {"id": "x3", "speaker": "agent", "text": "So your washing machine has broken again."},
    ]
    out = tmp_path / "out.jsonl"
    assert run(write(tmp_path / "in.jsonl", {"id": "c", "turns": turns}), "-o", out).exit_code == 0
    (line,) = results(out)
    assert line["turns"][2]["restates_turn"] == "x2"
    assert line["turns"][2]["paraphrase"] > 0.5
    assert line["turns"][0]["paraphrase"] is None
    assert [c["turn"] for c in line["concerns"]] == ["x2"]
    assert "open" in line["turns"][0]["question"]


# ------------------------------------------------------------------ the command


def write(path: Path, *values: Any) -> Path:
    path.write_text("".join(json.dumps(v) + "\n" for v in values), encoding="utf-8")
    return path


GIVEN = {
    "id": "call-1",
    "queue": {"name": "billing", "half": "\ud83d"},
    "overlaps": "mine",
    "turns": [
        {
            "speaker": "customer",
            "text": "It broke again and my",
            "start_s": 0,
            "end_s": 5,
            "mood": 3,
        },
        {"speaker": "agent", "text": "Yes but I", "start_s": 3.8, "end_s": 8, "concern": "x"},
    ],
}


def test_what_came_in_comes_out_again(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    result = run(write(tmp_path / "in.jsonl", GIVEN), "-o", out)
    assert result.exit_code == 0, result.output
    assert "1 of 1 dialogues measured" in result.output
    (line,) = results(out)
    assert line["queue"] == GIVEN["queue"] and line["input_overlaps"] == "mine"
    assert line["turns"][0] == {
        **GIVEN["turns"][0],  # type: ignore[dict-item,index]
        **dict.fromkeys(OF_TURNS),
        "concern": ["problem"],
    }
    assert line["turns"][1]["input_concern"] == "x" and line["turns"][1]["concern"] is None
    assert line["turns"][1]["restates_turn"] == 0 and 0 <= line["turns"][1]["paraphrase"] < 0.5
    assert line["turns"][1]["response"] == ["ignore"] or line["turns"][1]["response"] == []
    assert line["roles"] == {"customer": "customer", "agent": "agent"}
    assert [concern["turn"] for concern in line["concerns"]] == [0]
    assert line["times"] == "turns"
    (event,) = line["overlaps"]
    assert (event["kind"], event["incomer"], event["start_s"]) == ("interruption", "agent", 3.8)
    assert line["silences"] == []
    assert line["listening"]["parties"][0]["speaker"] == "customer"
    assert line["unmeasured"] == []
    assert oct(out.stat().st_mode & 0o777) == "0o600"
    # What came out is a transcript too.
    again = tmp_path / "again.jsonl"
    assert run(out, "-o", again).exit_code == 0
    assert results(again)[0]["overlaps"] == line["overlaps"]


def test_a_bad_line_is_an_error_entry(tmp_path: Path) -> None:
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    write(source, GIVEN, {"id": "bad", "turns": 3}, GIVEN)
    source.write_text(source.read_text() + "{oops\n")
    result = run(source, "-o", out)
    assert result.exit_code == 3
    assert "2 of 4 dialogues measured" in result.output and "Traceback" not in result.output
    assert "line 2: its turns are no list" in result.output
    found = results(out)
    assert [line.get("error") is None for line in found] == [True, False, True, False]
    assert (found[1]["id"], found[1]["line"], found[3]["line"]) == ("bad", 2, 4)


@pytest.mark.parametrize("content", ["", "no transcript at all\n", "WEBVTT\n\n00:x --> y\nhi\n"])
def test_a_bad_file_is_said_in_one_line(tmp_path: Path, content: str) -> None:
    (tmp_path / "in.jsonl").write_text(content)
    result = run(tmp_path / "in.jsonl", "-o", tmp_path / "out.jsonl")
    assert result.exit_code == 2
    assert result.output.startswith("callcoach: ") and result.output.count("\n") == 1
    assert not (tmp_path / "out.jsonl").exists()


def test_deep_nesting_is_no_traceback(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    for depth in (300, 800, 980, 1500, 50_000):
        deep = "[" * depth + "]" * depth
        good = json.dumps(GIVEN)
        source.write_text(f'{good}\n{{"id": "a", "turns": [], "x": {deep}}}\n')
        result = run(source, "-o", tmp_path / "out.jsonl")
        assert result.exit_code in (0, 3), result.output
        assert len(results(tmp_path / "out.jsonl")) == 2 if depth < 900 else True


def test_settings_reach_it(tmp_path: Path) -> None:
    config = tmp_path / "mine.toml"
    config.write_text("[overlaps]\nmin_s = 2.0\n")
    out = tmp_path / "out.jsonl"
    source = write(tmp_path / "in.jsonl", GIVEN)
    assert run(source, "-o", out, "--config", config).exit_code == 0
    assert results(out)[0]["overlaps"] == []


# ------------------------------------------------------------------ real material


@pytest.mark.skipif(not CALL_ANALYTICS.exists(), reason="needs the shared recordings")
def test_listening_in_the_call_analytics_example() -> None:
    (entry,) = read_dialogues(CALL_ANALYTICS)
    assert entry.dialogue is not None
    found = measure_dialogue(entry.dialogue, CONFIG)
    assert found.overlaps is not None and found.times == "words"
    listening = {e.text for e in found.overlaps if e.kind is OverlapKind.BACKCHANNEL}
    assert {"Yeah.", "Mhm."} <= listening
    # Of the two that the source reports one is an answer in a pause, over which nobody speaks, the
    # other an "uh" at the moment at which the customer starts again and speaks on.
    assert not [e for e in found.overlaps if e.kind is OverlapKind.INTERRUPTION]
    reported = entry.given["ConversationCharacteristics"]["Interruptions"]
    assert reported["TotalCount"] == 2  # the source's own judgement passes through


@pytest.mark.skipif(not HARPER_VALLEY.exists(), reason="needs the shared recordings")
def test_harper_valley(tmp_path: Path) -> None:
    values = [
        {
            "id": path.stem,
            "turns": [
                {
                    "speaker": item["speaker_role"],
                    "text": item["human_transcript"],
                    "start_s": item["offset_ms"] / 1000,
                    "end_s": (item["offset_ms"] + item["duration_ms"]) / 1000,
                }
                for item in json.loads(path.read_text(encoding="utf-8"))
            ],
        }
        for path in sorted(HARPER_VALLEY.glob("*.json"))
    ]
    out = tmp_path / "out.jsonl"
    assert run(write(tmp_path / "in.jsonl", *values), "-o", out).exit_code == 0
    for line in results(out):
        assert line["overlaps"] is not None and line["silences"]
        for party in line["listening"]["parties"]:
            assert 0.2 < party["speech_share"] < 0.8
            assert party["answers"] >= 1
            assert party["answer_median_s"] is None or -0.5 < party["answer_median_s"] < 5
