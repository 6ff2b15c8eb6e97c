"""Transcripts made elsewhere: what is read from each format, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcoach.errors import SourceError
from callcoach.measure.dialogue import Dialogue
from callcoach.measure.entries import DialogueRecord
from callcoach.measure.transcript_formats import read_dialogues
from callcoach.model.timeline import Span

SHARED = Path(__file__).parent.parent.parent / "shared" / "data"
CALL_ANALYTICS = SHARED / "calls" / "aws_call_analytics_example.json"


def read(tmp_path: Path, text: str, name: str = "in.jsonl") -> tuple[DialogueRecord, ...]:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return read_dialogues(path)


def dialogue(entry: DialogueRecord) -> Dialogue:
    assert entry.dialogue is not None, entry.error
    return entry.dialogue


def turn(**keys: Any) -> dict[str, Any]:
    return {"speaker": "agent", "text": "hello", **keys}


def lines(*values: Any) -> str:
    return "".join(json.dumps(value) + "\n" for value in values)


# ------------------------------------------------------------------ JSON lines


def test_json_lines(tmp_path: Path) -> None:
    word = {"text": "hello", "start_s": 0.1, "end_s": 0.4}
    one = {"id": "a", "turns": [turn(start_s=0, end_s=1.5, words=[word])], "queue": "billing"}
    first, second = read(tmp_path, lines(one) + "\n" + lines({"id": 7, "turns": []}))
    said = dialogue(first)
    assert (said.id, said.speakers) == ("a", ("agent",))
    assert said.turns[0].span == Span(0, 1.5)
    assert [(w.text, w.start_s, w.end_s) for w in said.turns[0].words] == [("hello", 0.1, 0.4)]
    assert first.given["queue"] == "billing"
    assert (second.number, dialogue(second).id) == (3, "7")


def test_a_pretty_printed_dialogue_and_a_list_of_them(tmp_path: Path) -> None:
    one = {"id": "a", "turns": [turn()]}
    assert dialogue(read(tmp_path, json.dumps(one, indent=2))[0]).id == "a"
    found = read(tmp_path, json.dumps([one, {"id": "b", "turns": [turn()]}], indent=2))
    assert [dialogue(entry).id for entry in found] == ["a", "b"]


def test_line_separators_inside_texts_end_no_line(tmp_path: Path) -> None:
    text = json.dumps({"id": "a", "turns": [turn(text="one\u2028two\x85")]}, ensure_ascii=False)
    (entry,) = read(tmp_path, text + "\r\n")
    assert dialogue(entry).turns[0].text == "one\u2028two\x85"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "is not JSON"),
        ('{"id": "a", "turns": [], "x": NaN}', "NaN is not a JSON number"),
        ('{"id": "a", "turns": [], "x": 1e999}', "too large"),
        ("[" * 100_000, "is not JSON"),
        ("[]", "no JSON object"),
        ("{}", "has no turns"),
        (lines({"turns": []}), "has no id"),
        (lines({"id": " ", "turns": []}), "has no id"),
        (lines({"id": True, "turns": []}), "has no id"),
        (lines({"id": "a", "turns": {}}), "turns are no list"),
        (lines({"id": "a", "turns": ["hello"]}), "turn 1 is no object"),
        (lines({"id": "a", "turns": [turn(), {"text": "x"}]}), "turn 2: speaker is missing"),
        (lines({"id": "a", "turns": [turn(speaker=" ")]}), "speaker is empty"),
        (lines({"id": "a", "turns": [turn(text=3)]}), "text is no text"),
        (lines({"id": "a", "turns": [turn(start_s=1)]}), "must be numbers"),
        (lines({"id": "a", "turns": [turn(start_s="0", end_s="1")]}), "must be numbers"),
        (lines({"id": "a", "turns": [turn(start_s=2, end_s=1)]}), "0 <= start <= end"),
        (lines({"id": "a", "turns": [turn(start_s=-1, end_s=1)]}), "0 <= start <= end"),
        (lines({"id": "a", "turns": [turn(start_s=0, end_s=10**400)]}), "0 <= start <= end"),
        (lines({"id": "a", "turns": [turn(words={})]}), "words are no list"),
        (lines({"id": "a", "turns": [turn(words=["x"])]}), "turn 1, word 1 is no object"),
        (lines({"id": "a", "turns": [turn(words=[{"text": "x", "start_s": 1}])]}), "word 1: start"),
    ],
)
def test_a_bad_line_costs_only_itself(tmp_path: Path, line: str, said: str) -> None:
    good = lines({"id": "good", "turns": [turn()]})
    first, bad, last = read(tmp_path, good + line.strip() + "\n" + good)
    assert bad.dialogue is None and bad.error is not None
    assert said in bad.error
    assert (first.error, last.error, bad.number) == (None, None, 2)


def test_a_single_bad_line_is_a_bad_line(tmp_path: Path) -> None:
    (entry,) = read(tmp_path, lines({"id": "a"}))
    assert entry.error == "has no turns"


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\n",
        "path,speaker\na.wav,ann\n",
        "Agent: hello\nCustomer: hi\n",
        "speaker,words\nann,hi\n",
        "speaker,text\n",
        "speaker,text\nann\n",
        "Speaker,speaker,text\nann,bob,hi\n",
        "3\n",
        '"text"\n',
        "[]\n",
        json.dumps({"results": {"a": 1}}, indent=1),
        json.dumps({"segments": [{"start": 0, "end": 1, "text": "hi"}]}, indent=1),
        json.dumps({"Transcript": [{"Content": "hi"}]}, indent=1),
        "WEBVTT\n\n00:00.000 --> 00:01.000\nHello\n",
        "WEBVTT\n\nNOTE nothing\n",
        "WEBVTT\n\n00:01 --> 00:02\n<v Ann>Hello\n",
        "WEBVTT\n\n00:02.000 --> 00:01.000\n<v Ann>Hello\n",
    ],
)
def test_a_file_that_is_no_transcript_is_refused_in_one_line(tmp_path: Path, text: str) -> None:
    with pytest.raises(SourceError) as refused:
        read(tmp_path, text)
    assert "in.jsonl" in str(refused.value) and "\n" not in str(refused.value)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"RIFF\xff\xfe\x00\x01")
    for path in (tmp_path / "a.wav", tmp_path / "missing.jsonl", tmp_path):
        with pytest.raises(SourceError, match="cannot read"):
            read_dialogues(path)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                "id turns speaker text start_s end_s words segments Transcript Items Content "
                "ParticipantRole Type start word".split()
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@given(json_values)
def test_whatever_the_json_there_is_a_dialogue_or_a_reason(
    tmp_path_factory: pytest.TempPathFactory, value: Any
) -> None:
    path = tmp_path_factory.mktemp("fuzz") / "in.json"
    path.write_text(json.dumps(value), encoding="utf-8")
    try:
        entries = read_dialogues(path)
    except SourceError:
        return
    assert all((entry.dialogue is None) != (entry.error is None) for entry in entries)


# ------------------------------------------------------------------ WhisperX


def segment(speaker: str | None, start: float, end: float, text: str) -> dict[str, Any]:
    words = [{"word": w, "start": start, "end": end, "score": 0.9} for w in text.split()]
    words.append({"word": "42"})  # WhisperX aligns no digits
    named = {} if speaker is None else {"speaker": speaker}
    return {"start": start, "end": end, "text": f" {text} 42", "words": words, **named}


def test_whisperx(tmp_path: Path) -> None:
    given = {
        "segments": [segment("SPEAKER_00", 0.5, 1.5, "hello"), segment(None, 2, 3, "noise")],
        "word_segments": [],
        "language": "en",
    }
    (entry,) = read(tmp_path, json.dumps(given, indent=1), "call 7.json")
    said = dialogue(entry)
    assert (said.id, said.speakers) == ("call 7", ("SPEAKER_00",))
    assert [(t.speaker, t.text) for t in said.turns] == [
        ("SPEAKER_00", "hello 42"),
        ("unknown", "noise 42"),
    ]
    assert [w.text for w in said.turns[0].words] == ["hello"]
    assert set(entry.given) == {"id", "turns", "language"}


# ------------------------------------------------------------------ WebVTT


def test_webvtt(tmp_path: Path) -> None:
    text = (
        "\ufeffWEBVTT - a call\r\n\r\nSTYLE\r\n::cue { color: red }\r\n\r\n"
        "NOTE made by hand\r\n\r\n1\r\n00:01.000 --> 00:02.500 align:start\r\n"
        "<v Ann Lee>Good <i>morning</i> &amp; welcome</v>\r\n\r\n"
        "01:00:02.000 --> 01:00:04.000\r\n<v.loud Bob>Hi\r\nthere\r\n"
    )
    (entry,) = read(tmp_path, text, "call.txt")
    said = dialogue(entry)
    assert [(t.speaker, t.text, t.span) for t in said.turns] == [
        ("Ann Lee", "Good morning & welcome", Span(1, 2.5)),
        ("Bob", "Hi there", Span(3602, 3604)),
    ]
    assert said.id == "call"
    assert entry.given["turns"][0] == {
        "speaker": "Ann Lee",
        "text": "Good morning & welcome",
        "start_s": 1.0,
        "end_s": 2.5,
    }


def test_voices_in_one_cue_share_its_time(tmp_path: Path) -> None:
    text = "WEBVTT\n\n00:00.000 --> 00:04.000\n<v Ann>abc</v> <v Bob>d</v>\n"
    (entry,) = read(tmp_path, text)
    assert [(t.speaker, t.span) for t in dialogue(entry).turns] == [
        ("Ann", Span(0, 3)),
        ("Bob", Span(3, 4)),
    ]


# ------------------------------------------------------------------ Amazon Transcribe


def test_call_analytics(tmp_path: Path) -> None:
    items = [
        {"Type": "pronunciation", "Content": "Yes", "BeginOffsetMillis": 0, "EndOffsetMillis": 300},
        {"Type": "punctuation", "Content": "."},
    ]
    given = {
        "JobName": "job",
        "Transcript": [
            {
                "ParticipantRole": "AGENT",
                "Content": "Yes.",
                "BeginOffsetMillis": 0,
                "EndOffsetMillis": 400,
                "Items": items,
            }
        ],
        "Categories": {"MatchedCategories": []},
    }
    (entry,) = read(tmp_path, json.dumps(given, indent=1))
    said = dialogue(entry)
    assert (said.id, said.turns[0].speaker, said.turns[0].span) == ("job", "agent", Span(0, 0.4))
    assert [(w.text, w.end_s) for w in said.turns[0].words] == [("Yes.", 0.3)]
    assert set(entry.given) == {"id", "turns", "JobName", "Categories"}


@pytest.mark.skipif(not CALL_ANALYTICS.exists(), reason="needs the shared recordings")
def test_the_call_analytics_example() -> None:
    (entry,) = read_dialogues(CALL_ANALYTICS)
    said = dialogue(entry)
    assert (len(said.turns), said.speakers) == (37, ("agent", "customer"))
    assert said.turns[2].text == "Yeah. Mhm."
    assert all(t.span is not None and t.words for t in said.turns)


# ------------------------------------------------------------------ CSV


def test_csv(tmp_path: Path) -> None:
    text = (
        "\ufeffCall_ID,Speaker,TEXT,start_s,End_S,queue\r\n"
        'a,agent,"Hello, you",0,1.5,billing\r\n'
        "b,agent,Hi,,,sales\r\n"
        "\r\n"
        'a,customer,"two\nlines",2,3,billing\r\n'
    )
    first, second = read(tmp_path, text, "calls.csv")
    assert (first.number, second.number) == (2, 3)
    assert [(t.speaker, t.text, t.span) for t in dialogue(first).turns] == [
        ("agent", "Hello, you", Span(0, 1.5)),
        ("customer", "two\nlines", Span(2, 3)),
    ]
    assert (dialogue(first).id, dialogue(second).id) == ("a", "b")
    assert dialogue(second).turns[0].span is None
    assert first.given["turns"][0] == {
        "speaker": "agent",
        "text": "Hello, you",
        "start_s": 0.0,
        "end_s": 1.5,
        "queue": "billing",
    }


@pytest.mark.parametrize(
    "text",
    [
        "speaker;text;start;end\nagent;Hello, you;0,5;1,5\n",
        "speaker\ttext\tstart\tend\nagent\tHello, you\t0.5\t1.5\n",
        'end,start,"text","speaker"\n1.5,0.5,"Hello, you",agent\n',
    ],
)
def test_csv_of_every_usual_kind(tmp_path: Path, text: str) -> None:
    (entry,) = read(tmp_path, text, "call 7.csv")
    (said,) = dialogue(entry).turns
    assert (dialogue(entry).id, said.speaker, said.text) == ("call 7", "agent", "Hello, you")
    assert said.span == Span(0.5, 1.5)
    assert set(entry.given["turns"][0]) == {"speaker", "text", "start_s", "end_s"}


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("bad,agent,hello,soon,2", "row 3: 'soon' is no time in seconds"),
        ("bad,agent,hello,nan,2", "row 3: 'nan' is no time"),
        ("bad,agent,hello,1,", "row 3: start and end must be numbers"),
        ("bad,agent,hello,2,1", "row 3: the times must be 0 <= start <= end"),
        ("bad, ,hello,1,2", "row 3: the speaker is empty"),
        (" ,agent,hello,1,2", "row 3: the id is empty"),
    ],
)
def test_a_bad_row_costs_only_its_dialogue(tmp_path: Path, row: str, said: str) -> None:
    text = f"id,speaker,text,start,end\na,agent,hello,0,1\n{row}\na,customer,hi,1,2\n"
    good, bad = read(tmp_path, text, "in.csv")
    assert len(dialogue(good).turns) == 2
    assert bad.dialogue is None and bad.error is not None
    assert (bad.number, bad.error.startswith(said)) == (3, True), bad.error


def test_csv_and_json_lines_say_the_same(tmp_path: Path) -> None:
    turns = [turn(start_s=0.0, end_s=1.5), turn(speaker="customer", text="hi")]
    (by_json,) = read(tmp_path, lines({"id": "a", "turns": turns}))
    table = "id,speaker,text,start_s,end_s\na,agent,hello,0,1.5\na,customer,hi,,\n"
    (by_csv,) = read(tmp_path, table)
    assert by_csv.dialogue == by_json.dialogue
    assert by_csv.given == by_json.given


def test_a_cell_that_is_too_long_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"in\.csv is no CSV table"):
        read(tmp_path, f"speaker,text\nann,{'x' * 200_000}\n", "in.csv")
