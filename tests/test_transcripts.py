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
CASES = SHARED.parent / "cases" / "text"
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
        (
            lines({"id": "a", "turns": [turn(text="so much " * 9, start_s=0, end_s=90_000)]}),
            "look like milliseconds (18 words until 90000)",
        ),
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
                "results channels "
                "alternatives utterances phrases recognizedPhrases nBest display offsetInTicks "
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
        ("bad,agent,hello then,1,90000", "the times look like milliseconds"),
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


# ------------------------------------------------------------------ odd turns of every format


def test_a_turn_of_nobody_is_said_by_unknown(tmp_path: Path) -> None:
    (entry,) = read(tmp_path, "speaker,text\n,hello\nann,hi\n", "in.csv")
    assert [turn.speaker for turn in dialogue(entry).turns] == ["unknown", "ann"]
    (entry,) = read(tmp_path, lines({"id": "a", "turns": [turn(speaker=None), turn(speaker=" ")]}))
    assert [turn.speaker for turn in dialogue(entry).turns] == ["unknown", "unknown"]


def test_half_an_emoji_is_a_lost_character(tmp_path: Path) -> None:
    text = '{"id": "a", "turns": [{"speaker": "ann", "text": "so \\ud83d"}]}\n'
    (entry,) = read(tmp_path, text)
    assert dialogue(entry).turns[0].text == "so \ufffd"


def test_turns_are_put_in_order_of_time_with_all_that_came_beside_them(tmp_path: Path) -> None:
    rows = ("ann,one,0,1,x", "ann,three,4,5,y", "bob,two,2,3,z")
    found = []
    for order in ((0, 1, 2), (0, 2, 1)):
        text = "speaker,text,start,end,note\n" + "\n".join(rows[n] for n in order)
        (entry,) = read(tmp_path, text, "in.csv")
        found.append((dialogue(entry), entry.given["turns"]))
    assert found[0] == found[1]
    assert [turn["note"] for turn in found[0][1]] == ["x", "z", "y"]
    (entry,) = read(tmp_path, lines({"id": "a", "turns": [turn(start_s=4, end_s=5), turn()]}))
    assert dialogue(entry).turns[0].span == Span(4, 5)  # not all have times


@pytest.mark.parametrize(
    "table",
    [
        "speaker,text,start_ms,end_ms\nann,hello,500,1500\n",
        "speaker,text,start,end\nann,hello,0:00.5,00:00:01.500\n",
        'speaker,text,start,end\nann,hello,"0:00,5","0:01,5"\n',
    ],
)
def test_times_in_milliseconds_and_as_a_clock(tmp_path: Path, table: str) -> None:
    (entry,) = read(tmp_path, table, "in.csv")
    assert dialogue(entry).turns[0].span == Span(0.5, 1.5)


def test_clock_times_in_json(tmp_path: Path) -> None:
    timed = turn(start_s="01:00:02.25", end_s="1:00:03.5")
    (entry,) = read(tmp_path, lines({"id": "a", "turns": [timed]}))
    assert dialogue(entry).turns[0].span == Span(3602.25, 3603.5)


def test_a_long_hold_is_not_taken_for_milliseconds(tmp_path: Path) -> None:
    talk = [turn(text="please hold the line for me now " * 3, start_s=0, end_s=9)]
    talk.append(turn(text="thank you for waiting all this time", start_s=1200, end_s=1203))
    (entry,) = read(tmp_path, lines({"id": "a", "turns": talk + talk}))
    assert entry.error is None


# ------------------------------------------------------------------ captions with names


def test_subrip(tmp_path: Path) -> None:
    text = (
        "1\n00:00:01,000 --> 00:00:02,500\nAnn Lee: Good morning\n\n"
        "2\n00:00:03,000 --> 00:00:04,000\nand welcome\n\n"
        "3\n00:00:05,000 --> 00:00:07,000\n- [Bob]: Hi\n- Ann Lee: Hello\n"
    )
    (entry,) = read(tmp_path, text, "call.srt")
    assert [(t.speaker, t.text) for t in dialogue(entry).turns] == [
        ("Ann Lee", "Good morning"),
        ("Ann Lee", "and welcome"),
        ("Bob", "Hi"),
        ("Ann Lee", "Hello"),
    ]
    assert dialogue(entry).turns[0].span == Span(1, 2.5)


def test_webvtt_with_names_in_the_text(tmp_path: Path) -> None:
    text = "WEBVTT\n\n00:01.000 --> 00:02.000\nAgent: At 10:30 then\n"
    (entry,) = read(tmp_path, text)
    (said,) = dialogue(entry).turns
    assert (said.speaker, said.text) == ("Agent", "At 10:30 then")


# ------------------------------------------------------------------ other recognisers


def timed(word: str, at: float, **more: Any) -> dict[str, Any]:
    return {"word": word, "start": at, "end": at + 0.4, **more}


DEEPGRAM = {
    "metadata": {"channels": 2},
    "results": {
        "channels": [
            {"alternatives": [{"words": [timed("hello", 0.0, punctuated_word="Hello.")]}]},
            {"alternatives": [{"words": [timed("hi", 1.0), timed("there", 3.0)]}]},
        ]
    },
}

UTTERANCES = {
    "results": {
        "channels": [{"alternatives": []}],
        "utterances": [
            {"start": 0.0, "end": 0.4, "transcript": "Hello.", "speaker": 0,
             "words": [timed("hello", 0.0)]},
            {"start": 1.0, "end": 3.4, "transcript": "hi there", "speaker": 1},
        ],
    }
}  # fmt: skip

ASSEMBLYAI = {
    "id": "x",
    "text": "Hello. hi there",
    "utterances": [
        {"speaker": "A", "text": "Hello.", "start": 0, "end": 400,
         "words": [{"text": "Hello.", "start": 0, "end": 400}]},
        {"speaker": "B", "text": "hi there", "start": 1000, "end": 3400},
    ],
}  # fmt: skip

AZURE_BATCH = {
    "recognizedPhrases": [
        {"channel": 0, "offsetInTicks": 0.0, "durationInTicks": 4_000_000.0,
         "nBest": [{"display": "Hello.", "words": [
             {"word": "hello", "offsetInTicks": 0, "durationInTicks": 4_000_000}]}]},
        {"channel": 1, "offsetInTicks": 10_000_000, "durationInTicks": 24_000_000,
         "nBest": [{"display": "hi there"}]},
    ]
}  # fmt: skip

AZURE_FAST = {
    "durationMilliseconds": 4000,
    "phrases": [
        {"speaker": 1, "offsetMilliseconds": 0, "durationMilliseconds": 400, "text": "Hello.",
         "words": [{"text": "Hello.", "offsetMilliseconds": 0, "durationMilliseconds": 400}]},
        {"speaker": 2, "offsetMilliseconds": 1000, "durationMilliseconds": 2400,
         "text": "hi there"},
    ],
}  # fmt: skip


def google(word: str, start: str | None, end: str, **more: Any) -> dict[str, Any]:
    return {"word": word, "endTime": end, **({} if start is None else {"startTime": start}), **more}


GOOGLE = {
    "results": [
        {"alternatives": [{"words": [google("Hello.", None, "0.400s")]}]},
        {"alternatives": [{"words": [
            google("Hello.", None, "0.400s", speakerTag=1),
            google("hi", "1s", "1.400s", speakerTag=2),
            google("there", "1.5s", "3.400s", speakerTag=2)]}]},
    ]
}  # fmt: skip

GOOGLE_CHANNELS = {
    "results": [
        {"channelTag": 1, "alternatives": [{"words": [google("Hello.", "0s", "0.400s")]}]},
        {"channelTag": 2, "alternatives": [{"words": [
            google("hi", "1s", "1.400s"), google("there", "1.5s", "3.400s")]}]},
    ]
}  # fmt: skip


@pytest.mark.parametrize(
    ("value", "names"),
    [
        (UTTERANCES, ("speaker_0", "speaker_1")),
        (ASSEMBLYAI, ("A", "B")),
        (AZURE_BATCH, ("channel_0", "channel_1")),
        (AZURE_FAST, ("speaker_1", "speaker_2")),
        (GOOGLE, ("speaker_1", "speaker_2")),
        (GOOGLE_CHANNELS, ("channel_1", "channel_2")),
    ],
)
def test_the_json_of_recognisers(
    tmp_path: Path, value: dict[str, Any], names: tuple[str, str]
) -> None:
    (entry,) = read(tmp_path, json.dumps(value, indent=1), "call 7.json")
    said = dialogue(entry)
    assert [(t.speaker, t.text, t.span) for t in said.turns] == [
        (names[0], "Hello.", Span(0, 0.4)),
        (names[1], "hi there", Span(1, 3.4)),
    ]
    (word,) = said.turns[0].words
    assert (word.text.strip(".").lower(), word.start_s, word.end_s) == ("hello", 0.0, 0.4)
    assert said.id == "call 7"


def test_words_alone_become_turns_at_pauses(tmp_path: Path) -> None:
    (entry,) = read(tmp_path, json.dumps(DEEPGRAM), "call.json")
    assert [(t.speaker, t.text) for t in dialogue(entry).turns] == [
        ("channel_0", "Hello."),
        ("channel_1", "hi"),
        ("channel_1", "there"),
    ]
    assert set(entry.given) == {"id", "turns", "metadata"}


@pytest.mark.parametrize(
    "value",
    [
        {"results": {"channels": [{"alternatives": [{"words": [timed("hi", 0.0)]}]}]}},
        {"utterances": [{"text": "hi", "start": 0, "end": 400}]},
        {"phrases": [{"text": "hi", "offsetMilliseconds": 0, "durationMilliseconds": 4}]},
        {"results": [{"alternatives": [{"words": [google("hi", "0s", "1s")]}]}]},
        {"results": [{"alternatives": [{"words": [google("hi", "soon", "1s")]}]}]},
        {"results": [3]},
        {"phrases": [{"offsetMilliseconds": "0"}]},
    ],
)
def test_a_recogniser_that_names_nobody_is_told(tmp_path: Path, value: dict[str, Any]) -> None:
    with pytest.raises(SourceError, match=r"in\.json"):
        read(tmp_path, json.dumps(value, indent=1), "in.json")


# ------------------------------------------------------------------ files that people sent


@pytest.mark.skipif(not CASES.is_dir(), reason="no shared data")
def test_transcripts_that_people_sent(tmp_path: Path) -> None:
    (entry,) = read_dialogues(CASES / "nobody_named.csv")
    assert [turn.speaker for turn in dialogue(entry).turns] == ["unknown", "Customer"]
    found = [
        dialogue(read_dialogues(CASES / f"turns_{name}.csv")[0]).turns
        for name in ("channel_by_channel", "in_order")
    ]
    assert found[0] == found[1]
    assert [e.error for e in read_dialogues(CASES / "half_an_emoji.jsonl")] == [None] * 3
