"""What a copy of the sound must not hold: more than the hidden words, and not the whole call."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from callcoach.analysis.analyse import analyse
from callcoach.analysis.models import load_models
from callcoach.batch.publish.playback import with_playback
from callcoach.batch.retention.verify import check_folder
from callcoach.config.config import Config
from callcoach.config.privacy import RedactionConfig
from callcoach.model.analysis import CallAnalysis
from callcoach.model.party import Side
from callcoach.model.playback import Playback, PlaybackKind, Waveform
from callcoach.model.private import SilencedFor
from callcoach.model.recording import Recording
from callcoach.model.speech import SpeechRegion, Timing, Turn, Word
from callcoach.model.timeline import Span, intersections, merged, total_s
from callcoach.privacy.redaction import redact
from callcoach.privacy.silencing import silent_stretches
from callcoach.reports.call.silent_parts import silent_part
from callcoach.storage.output_folder import COPY_NAME, Store, write_file
from factory import two_channels
from shipped import SHIPPED
from spoken_digits import RATE_HZ, digit_call
from stored import stored
from test_redaction import call as told

CONFIG = RedactionConfig()
SECRET = "four oh one eight seven two two nine"

Heard = tuple[str, float, float]


def call(*turns: tuple[str, tuple[float, float], tuple[Heard, ...]]) -> CallAnalysis:
    """A call of turns: who, from when to when they speak, and the words that were heard of it."""
    base = told(())
    made = [
        Turn(start_s, end_s, f"t{n}", who, " ".join(text for text, _, _ in words))
        for n, (who, (start_s, end_s), words) in enumerate(turns, start=1)
    ]
    words = [
        Word(start_s, end_s, who, text, 0.9, Timing.MEASURED)
        for who, _, heard in turns
        for text, start_s, end_s in heard
    ]
    return replace(
        base,
        turns=tuple(made),
        words=tuple(words),
        activity=tuple(SpeechRegion(t.start_s, t.end_s, t.speaker) for t in made),
    )


def spread(text: str, start_s: float, end_s: float) -> tuple[Heard, ...]:
    """The words of a text evenly from one time to another."""
    words = text.split()
    step_s = (end_s - start_s) / len(words)
    return tuple(
        (word, start_s + n * step_s, start_s + (n + 0.9) * step_s) for n, word in enumerate(words)
    )


def is_silent(analysis: CallAnalysis, span: Span) -> bool:
    """Whether all of a stretch is silent, the margin of the copy left out."""
    return total_s(intersections((span,), silent_stretches(analysis))) > span.duration_s - 1e-6


ASK = ("agent", (1.0, 3.0), spread("What is your account number?", 1.0, 3.0))
SORRY = ("agent", (20.0, 22.0), spread("Thank you, let me look.", 20.0, 22.0))


def test_all_between_the_words_that_are_shown_is_silent() -> None:
    # The recogniser placed eight digits, said from 5 to 13 s, within one second of it.
    digits = spread(SECRET, 8.0, 9.0)
    before, after = spread("Sure, it's", 4.0, 5.0), spread("I hope that helps.", 13.0, 15.0)
    done = redact(call(ASK, ("customer", (4.0, 15.0), before + digits + after), SORRY), CONFIG)
    assert "four" not in done.turns[1].text
    assert is_silent(done, Span(5.0, 13.0))
    assert not silent_stretches(done)[0].overlaps(Span(4.0, 4.8))
    assert not any(span.overlaps(Span(13.5, 22.0)) for span in silent_stretches(done))


def test_a_word_that_was_stretched_over_digits_covers_none() -> None:
    heard = (("it's", 4.0, 11.0), *spread(SECRET, 11.0, 13.0))
    done = redact(call(ASK, ("customer", (4.0, 13.0), heard), SORRY), CONFIG)
    assert is_silent(done, Span(5.0, 13.0))


def test_digits_in_turns_of_their_own_are_silent_up_to_the_other_side() -> None:
    talk = [ASK]
    for n, word in enumerate(SECRET.split()):
        at_s = 4.0 + 1.5 * n
        heard = () if n in (2, 5) else ((word, at_s + 0.3, at_s + 0.35),)
        talk.append(("customer", (at_s, at_s + 0.5), heard))
    done = redact(call(*talk, SORRY), CONFIG)
    for n in range(8):
        assert is_silent(done, Span(4.0 + 1.5 * n, 4.5 + 1.5 * n)), n
    assert not any(span.overlaps(Span(20.0, 22.0)) for span in silent_stretches(done))


def test_what_was_not_heard_after_a_question_is_not_played() -> None:
    said = ("customer", (4.0, 9.0), spread("Yes, hang on", 4.0, 5.0))
    more = ("customer", (11.0, 13.0), ())
    done = redact(call(ASK, said, more, SORRY), CONFIG)
    assert is_silent(done, Span(5.0, 9.0)) and is_silent(done, Span(11.0, 13.0))
    assert {item.reason for item in done.silenced or ()} >= {SilencedFor.UNHEARD_ANSWER}
    assert not any(span.overlaps(Span(4.0, 4.9)) for span in silent_stretches(done))
    heard = redact(call(ASK, said, more, SORRY), RedactionConfig(silence_unheard=False))
    assert heard.silenced == ()


def test_a_question_for_nothing_private_silences_nothing() -> None:
    ask = ("agent", (1.0, 3.0), spread("What happened to the kettle?", 1.0, 3.0))
    said = ("customer", (4.0, 6.0), spread("It does not switch off.", 4.0, 6.0))
    hm = ("customer", (8.0, 8.4), ())
    assert redact(call(ask, said, hm, SORRY), CONFIG).silenced == ()


def test_words_beside_a_number_that_say_nothing_may_be_digits() -> None:
    heard = (*spread("Yes it is page for", 4.0, 6.5), *spread(SECRET, 6.5, 9.5))
    done = redact(call(ASK, ("customer", (4.0, 9.5), heard), SORRY), CONFIG)
    assert is_silent(done, Span(5.6, 9.5))
    assert not any(span.overlaps(Span(4.0, 5.0)) for span in silent_stretches(done))


@pytest.mark.parametrize(("pieces", "silent"), [(6, True), (3, False)])
def test_short_pieces_without_words_may_be_digits(pieces: int, silent: bool) -> None:
    talk = [("customer", (2.0 + n, 2.4 + n), ()) for n in range(pieces)]
    spoken = ("customer", (0.0, 1.0), spread("Hello there.", 0.0, 1.0))
    done = redact(call(spoken, *talk, SORRY), CONFIG)
    assert bool(done.silenced) is silent
    assert all(item.reason is SilencedFor.UNHEARD_SPEECH for item in done.silenced or ())


def test_long_speech_without_words_may_be_digits() -> None:
    spoken = ("customer", (0.0, 1.0), spread("Hello there.", 0.0, 1.0))
    done = redact(call(spoken, ("customer", (3.0, 6.0), ()), SORRY), CONFIG)
    assert is_silent(done, Span(3.0, 6.0))


def test_the_picture_of_the_sound_is_flat_where_it_is_silent() -> None:
    said = ("customer", (4.0, 12.0), spread(SECRET, 4.0, 12.0))
    analysis = call(ASK, said, SORRY)
    full = tuple(Waveform(who, 0.5, (50,) * 60) for who in ("agent", "customer"))
    done = redact(replace(analysis, waveform=full), CONFIG)
    assert done.waveform is not None
    for picture in done.waveform:
        assert [picture.levels[place] for place in (2, 10, 22, 42)] == [50, 0, 0, 50]


def test_the_page_says_where_and_why() -> None:
    said = ("customer", (4.0, 12.0), spread(SECRET, 4.0, 12.0))
    done = redact(call(ASK, said, SORRY), CONFIG)
    assert silent_part(replace(done, playback=None)) is None
    part = silent_part(replace(done, playback=Playback(PlaybackKind.COPY, "a", "audio/mp4")))
    assert part is not None
    assert [(one.clock, one.why) for one in part.stretches] == [("0:03", "private words")]


def test_verify_listens_to_the_copy(tmp_path: Path) -> None:
    out = tmp_path / "out"
    noise = np.random.default_rng(1).normal(0, 0.05, (8000 * 105, 2)).astype(np.float32)
    soundfile.write(tmp_path / "a.wav", noise, 8000)
    recording = Recording(tmp_path / "a.wav", "a")
    analysis = two_channels(redactions=(), silenced=redact(told(), CONFIG).silenced, playback=None)
    assert analysis.silenced
    analysis, _ = with_playback(
        replace(analysis, call=replace(analysis.call, id="a")),
        recording,
        Store(out).call_folder("a"),
        SHIPPED.reports,
        SHIPPED.audio,
    )
    store = stored(out, [analysis])
    place = f"calls/a/{COPY_NAME}"
    assert [fault for fault in check_folder(store) if fault.place == place] == []
    loud = replace(analysis, silenced=None)
    leaking, _ = with_playback(loud, recording, tmp_path / "other", SHIPPED.reports, SHIPPED.audio)
    assert leaking.playback is not None
    write_file(store.call_folder("a") / COPY_NAME, (tmp_path / "other" / COPY_NAME).read_bytes())
    (fault,) = [fault for fault in check_folder(store) if fault.place == place]
    assert "can be heard at" in fault.what


@pytest.mark.long
@pytest.mark.skipif(shutil.which("flite") is None, reason="needs flite")
@pytest.mark.parametrize("seed", [1, 3])
def test_no_digit_of_a_real_voice_is_heard(tmp_path: Path, seed: int) -> None:
    made = digit_call(seed, count=3, noise_db=-25.0 if seed == 3 else None)
    soundfile.write(tmp_path / "a.wav", made.samples, RATE_HZ)
    config = Config()
    recording = Recording(tmp_path / "a.wav", "a", agent_side=Side.LEFT)
    done = analyse(recording, load_models(config), config)
    quiet = silent_stretches(done, config.reports.silence_margin_s)
    digits = merged(span for number in made.numbers for span in number.spans)
    assert total_s(intersections(digits, quiet)) >= 0.98 * total_s(digits)
    spoken = merged(region for region in done.activity if region.speaker == "agent")
    assert total_s(intersections(spoken, quiet)) <= 0.25 * total_s(spoken)
