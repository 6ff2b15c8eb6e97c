"""Private words are hidden in every text of an analysis, and nothing else changes."""

from __future__ import annotations

import dataclasses
import importlib.util
import re
import stat
from dataclasses import replace
from enum import Enum
from pathlib import Path
from typing import Any

import pytest

from callcoach.batch.publish.call_files import raw_keeper
from callcoach.config.config import Config
from callcoach.config.privacy import RedactionConfig
from callcoach.errors import WeightsError
from callcoach.model.analysis import CallAnalysis
from callcoach.model.private import PrivateKind
from callcoach.model.recording import MetadataItem
from callcoach.model.speech import DroppedWord, SpeechRegion, Timing, Turn, Word
from callcoach.privacy.names_model import name_finder
from callcoach.privacy.redaction import redact
from callcoach.storage.analysis_json import from_json, to_json
from callcoach.storage.output_folder import Store
from coached import coached, scored
from factory import empty, mono, tense_call, two_channels, words_of

CONFIG = RedactionConfig()
CARD = "four two four two, 4242 4242, forty two 42"
TALK = (
    ("agent", "May I have the card number, please?"),
    ("customer", f"Sure, it is {CARD}."),
    ("agent", "Thank you. That is 4242-4242-4242-4242, and the bill is 84 pounds."),
    ("customer", "Yes. My name is Gudrun Halle, and I waited forty two minutes."),
)
SECRET = re.compile(r"4242|four two four two|forty two 42|Gudrun|Halle")


def call(talk: tuple[tuple[str, str], ...] = TALK, **changes: Any) -> CallAnalysis:
    """A call in which this is said; all that was found in other words is left out."""
    turns, at_s = [], 1.0
    for number, (speaker, text) in enumerate(talk, start=1):
        end_s = at_s + 0.4 * len(text.split())
        turns.append(Turn(at_s, end_s, f"t{number}", speaker, text))
        at_s = end_s + 0.5
    blank = dict.fromkeys(
        "concerns responses paraphrases questions findings gist acts closing arc scorecard "
        "categories tension composure".split()
    )
    base = two_channels(
        turns=tuple(turns),
        words=tuple(word for turn in turns for word in words_of(turn)),
        activity=tuple(SpeechRegion(t.start_s, t.end_s, t.speaker) for t in turns),
        overlaps=(),
        dropped_words=(),
        **blank,
    )
    return replace(base, **changes)


def texts(value: Any) -> list[str]:
    """Every text in a value, but for those of enums."""
    if isinstance(value, Enum):
        return []
    if isinstance(value, str):
        return [value]
    if isinstance(value, tuple):
        return [text for item in value for text in texts(item)]
    if dataclasses.is_dataclass(value):
        return [t for f in dataclasses.fields(value) for t in texts(getattr(value, f.name))]
    return []


def filled(value: Any, secret: str, ids: frozenset[str]) -> Any:
    """A value with a secret in every text that names no part of the analysis."""
    if isinstance(value, Enum) or value in ids if isinstance(value, str) else False:
        return value
    if isinstance(value, str):
        return f"{value} and {secret} too"
    if isinstance(value, tuple):
        return tuple(filled(item, secret, ids) for item in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        changes = {
            f.name: filled(getattr(value, f.name), secret, ids) for f in dataclasses.fields(value)
        }
        return replace(value, **changes)
    return value


def test_words_turns_and_redactions_fit_each_other() -> None:
    before = call()
    after = redact(before, CONFIG)
    assert [turn.text for turn in after.turns] == [
        "May I have the card number, please?",
        "Sure, it is [card number].",
        "Thank you. That is [card number], and the bill is 84 pounds.",
        "Yes. My name is [name], and I waited forty two minutes.",
    ]
    for turn in after.turns:
        own = [w.text for w in after.words if w.speaker == turn.speaker and turn.overlaps(w)]
        assert " ".join(own) == turn.text
    hidden = next(word for word in after.words if word.text.startswith("[card"))
    pieces = [w for w in before.words if w.start_s >= hidden.start_s and w.end_s <= hidden.end_s]
    assert " ".join(w.text for w in pieces) == f"{CARD}."
    assert after.redactions is not None
    first = after.redactions[0]
    assert (first.speaker, first.kind) == ("customer", PrivateKind.CARD_NUMBER)
    assert first.span == hidden.span
    assert [r.kind.value for r in after.redactions] == ["card number", "card number", "name"]


@pytest.mark.parametrize("secret", ["4242 4242 4242 4242", "four two four two four two", CARD])
def test_no_text_of_an_analysis_keeps_a_secret(secret: str) -> None:
    base = scored(quote="two payments")
    said = call()
    whole = replace(base, turns=said.turns, words=said.words)
    ids = frozenset(
        [party.id for party in whole.call.parties]
        + [turn.id for turn in whole.turns]
        + [concern.id for concern in whole.concerns or ()]
    )
    skipped = {"turns", "words", "call", "provenance"}
    changes = {
        f.name: filled(getattr(whole, f.name), secret, ids)
        for f in dataclasses.fields(whole)
        if f.name not in skipped
    }
    whole = replace(whole, **changes)
    assert sum(secret in text for text in texts(whole)) > 50
    after = redact(whole, CONFIG)
    assert [text for text in texts(after) if SECRET.search(text)] == []


def test_a_quote_that_cuts_a_number_in_the_middle_shows_none_of_it() -> None:
    whole = call(categories=None)
    quoted = scored(quote="it is four two four two, 4242")
    after = redact(replace(quoted, turns=whole.turns, words=whole.words), CONFIG)
    assert after.findings is not None
    assert after.findings[0].quote == "it is [card number]"
    quoted = scored(quote="42. Thank you")
    after = redact(replace(quoted, turns=whole.turns, words=whole.words), CONFIG)
    assert after.findings is not None and after.findings[0].quote == "42. Thank you"
    overlap = replace(quoted.overlaps[0], text="two four", cut_off="forty two")  # type: ignore[index]
    number, waiting = whole.turns[1], whole.turns[3]
    at_number = replace(overlap, start_s=number.start_s + 1.2, end_s=number.start_s + 3.0)
    at_waiting = replace(overlap, start_s=waiting.end_s - 1.2, end_s=waiting.end_s, text="minutes")
    after = redact(replace(whole, overlaps=(at_number, at_waiting)), CONFIG)
    assert after.overlaps is not None
    assert after.overlaps[0].text == "[card number]"
    assert after.overlaps[1].cut_off == "forty two"


def test_redacting_twice_changes_nothing() -> None:
    once = redact(call(), CONFIG)
    assert redact(once, CONFIG) is once
    again = redact(replace(once, redactions=None), CONFIG)
    assert again.turns == once.turns and again.words == once.words and again.redactions == ()


def test_what_is_stored_reads_back() -> None:
    after = redact(call(), CONFIG)
    stored = from_json(to_json(after), "here")
    assert [turn.text for turn in stored.turns] == [turn.text for turn in after.turns]
    assert stored.redactions is not None and len(stored.redactions) == 3
    assert not SECRET.search(to_json(after))


@pytest.mark.parametrize("make", [two_channels, mono, empty, tense_call])
def test_scores_and_findings_stay(make: Any) -> None:
    before = make()
    after = redact(before, CONFIG)
    assert coached(after).scorecard == coached(before).scorecard
    assert after.redactions is not None


def test_off_and_single_kinds() -> None:
    whole = call()
    assert redact(whole, CONFIG.model_copy(update={"on": False})) is whole
    names = redact(whole, CONFIG.model_copy(update={"kinds": (PrivateKind.NAME,)}))
    assert names.redactions is not None
    assert {r.kind for r in names.redactions} == {PrivateKind.NAME}
    assert names.turns[1] == whole.turns[1] and "Gudrun" not in names.turns[3].text


def test_nothing_private_leaves_the_call_as_it_is() -> None:
    whole = call((("agent", "How much was it?"), ("customer", "84 pounds, twice, on March 4th.")))
    after = redact(whole, CONFIG)
    assert after == replace(whole, redactions=(), silenced=())


def test_words_that_were_dropped_are_hidden_too() -> None:
    dropped = (
        DroppedWord(4.0, 4.4, "agent", "four", "the other side leaking in"),
        DroppedWord(4.4, 4.8, "agent", "two", "the other side leaking in"),
        DroppedWord(60.0, 60.5, "agent", "you", "no speech under it"),
        DroppedWord(70.0, 70.5, "customer", "4242-4242-4242-4242", "no speech under it"),
    )
    after = redact(call(dropped_words=dropped), CONFIG)
    assert [word.text for word in after.dropped_words] == [
        "[card number]", "[card number]", "you", "[card number]",
    ]  # fmt: skip


def test_metadata_is_redacted_by_form_but_for_kept_columns() -> None:
    items = (
        MetadataItem("queue", "billing"),
        MetadataItem("contact", "gudrun@example.com, 07700 900123"),
        MetadataItem("paid_with", "4242424242424242"),
        MetadataItem("customer_id", "88213"),
    )
    whole = call()
    whole = replace(whole, call=replace(whole.call, metadata=items))
    after = redact(whole, CONFIG).call.metadata
    assert [item.value for item in after] == [
        "billing", "[e-mail], [phone number]", "[card number]", "88213",
    ]  # fmt: skip
    kept = CONFIG.model_copy(update={"metadata_kept": ("contact", "paid_with")})
    assert redact(whole, kept).call.metadata == items


def test_names_of_files_are_warned_about_and_stay() -> None:
    whole = call()
    whole = replace(whole, call=replace(whole.call, source_name="07700900123_in.wav"))
    after = redact(whole, CONFIG)
    assert after.call.source_name == "07700900123_in.wav"
    (warning,) = [w for w in after.warnings if w.code == "private_id"]
    assert "file" in warning.text and "07700" not in warning.text
    assert not [w for w in redact(call(), CONFIG).warnings if w.code == "private_id"]


def test_a_word_of_no_turn_does_not_move_the_others() -> None:
    whole = call()
    lost = Word(0.1, 0.3, "customer", "Hello", 0.9, Timing.MEASURED)
    after = redact(replace(whole, words=(lost, *whole.words)), CONFIG)
    assert after.words[0] == lost
    assert not SECRET.search(" ".join(word.text for word in after.words))


def test_the_raw_analysis_is_private_to_the_user(tmp_path: Path) -> None:
    store = Store(tmp_path / "out")
    whole = call()
    raw_keeper(store)(whole)
    path = store.call_folder(whole.call.id) / "raw.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert (
        from_json(path.read_text(encoding="utf-8"), "raw").turns[1].text == f"Sure, it is {CARD}."
    )


def test_a_model_for_names_that_is_not_there_is_told() -> None:
    assert name_finder(CONFIG) is None
    missing = CONFIG.model_copy(update={"names_model": "no_such_pipeline"})
    with pytest.raises(WeightsError, match="names_model"):
        name_finder(missing)


@pytest.mark.skipif(importlib.util.find_spec("spacy") is None, reason="needs spaCy")
def test_a_spacy_pipeline_finds_names(tmp_path: Path) -> None:
    import spacy

    pipeline = spacy.blank("en")
    ruler = pipeline.add_pipe("entity_ruler")
    ruler.add_patterns([{"label": "PERSON", "pattern": "Solveig"}])  # type: ignore[attr-defined]
    pipeline.to_disk(tmp_path / "names")
    finder = name_finder(CONFIG.model_copy(update={"names_model": str(tmp_path / "names")}))
    assert finder is not None and finder.names("Then Solveig came.") == ((5, 12),)


def test_the_settings_belong_to_the_analysis() -> None:
    other = Config().model_copy(update={"redaction": CONFIG.model_copy(update={"on": False})})
    assert other.sha256 != Config().sha256
