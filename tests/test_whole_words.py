"""Words and phrases of what Whisper aligns, in languages with spaces and without."""

from __future__ import annotations

import pytest

from callcoach.config.speech import SpeechConfig
from callcoach.model.analysis import ModelUse
from callcoach.model.speech import Activity, SpeechRegion, Word
from callcoach.speech.heard import PLAIN, Decoding, RecognizedClip, RecognizedWord
from callcoach.speech.languages import LanguageGuess, PartyLanguage
from callcoach.speech.transcribe import Transcript, transcribe
from callcoach.speech.whole_words import LONGEST_S, PAUSE_S
from doubles import Clips
from test_transcribe import call

CONFIG = SpeechConfig()


class Once:
    """Says the same in the first clip and nothing afterwards, whatever the language."""

    name = "once"
    model = ModelUse("transcription", "once", "0" * 64, "test")
    multilingual = True

    def __init__(self, heard: RecognizedClip) -> None:
        self._left = [heard]

    def transcribe(
        self, clips: Clips, language: str, decoding: Decoding = PLAIN
    ) -> tuple[RecognizedClip, ...]:
        silent = RecognizedClip((), -0.2, 0.01, 1.2)
        return tuple(self._left.pop() if self._left else silent for _ in clips)

    def languages(self, clips: Clips) -> tuple[LanguageGuess, ...]:
        raise AssertionError("the language is given")


def signs_of(text: str, start_s: float, each_s: float = 0.2) -> list[RecognizedWord]:
    """One item for each sign, one behind the other, as Whisper's alignment gives them."""
    return [
        RecognizedWord(start_s + i * each_s, start_s + (i + 1) * each_s, sign, 0.5 + 0.4 * (i % 2))
        for i, sign in enumerate(text)
    ]


def heard_as(items: list[RecognizedWord], code: str, *regions: tuple[float, float]) -> Transcript:
    audio, _ = call(60.0)
    activity = Activity("agent", tuple(SpeechRegion(a, b, "agent") for a, b in regions))
    heard = RecognizedClip(tuple(items), -0.2, 0.01, 1.2)
    spoken = (PartyLanguage("agent", code),)
    return transcribe(audio, [activity], Once(heard), CONFIG, spoken)


def texts(words: tuple[Word, ...]) -> list[str]:
    return [word.text for word in words]


def test_a_clip_of_chinese_is_phrases_in_their_places_and_not_one_word() -> None:
    # Two stretches of speech, 20 s apart in the call and a short pause apart in the clip.
    first = signs_of("您好,这里是客服", CONFIG.clip_pad_s)
    second = signs_of("请稍等", CONFIG.clip_pad_s + 2.0 + CONFIG.clip_pad_s * 2 + CONFIG.clip_gap_s)
    words = heard_as(first + second, "zh", (10.0, 12.0), (30.0, 31.0)).words
    assert texts(words) == ["您好,", "这里是客服", "请稍等"]
    assert [round(word.start_s, 2) for word in words] == [10.0, 10.6, 30.0]
    assert words[0].probability == pytest.approx(0.7)  # of 您 and 好


def test_a_number_is_a_phrase_of_its_own() -> None:
    words = heard_as(signs_of("号码是3579谢谢", 0.1), "ja", (10.0, 13.0)).words
    assert texts(words) == ["号码是", "3579", "谢谢"]


def test_foreign_words_keep_their_spaces() -> None:
    items = [
        *signs_of("我用", 0.1),
        RecognizedWord(0.5, 0.8, " Micro", 0.9),
        RecognizedWord(0.8, 1.0, "soft", 0.9),
        RecognizedWord(1.0, 1.3, " Word", 0.9),
        RecognizedWord(1.3, 1.4, "3", 0.9),
        RecognizedWord(1.4, 1.5, ".", 0.9),
        RecognizedWord(1.5, 1.6, "5", 0.9),
    ]
    words = heard_as(items, "zh", (10.0, 13.0)).words
    assert texts(words) == ["我用", "Microsoft", "Word3.5"]


def test_a_phrase_ends_at_a_pause_and_is_never_long() -> None:
    items = signs_of("一二三", 0.1) + signs_of("四五六", 0.7 + PAUSE_S + 0.05)
    assert texts(heard_as(items, "zh", (10.0, 13.0)).words) == ["一二三", "四五六"]
    many = "的一是不了人我在有他这为之大来以个中上们"
    words = heard_as(signs_of(many, 0.1), "zh", (10.0, 15.0)).words
    assert "".join(texts(words)) == many
    assert max(word.duration_s for word in words) <= LONGEST_S + 1e-6


def test_signs_said_as_fast_as_people_speak_are_no_loop() -> None:
    # Nine signs a second: more than anybody has words, and usual for fast Japanese.
    text = "です" * 3 + "わかりましたありがとうございます"
    words = heard_as(signs_of(text, 0.1, 1 / 9), "ja", (10.0, 10.2 + len(text) / 9)).words
    assert "".join(texts(words)) == text


def test_a_loop_of_signs_costs_the_loop() -> None:
    said = signs_of("我要退款", 0.1)
    piled = [RecognizedWord(0.9, 0.92, sign, 0.3) for sign in "退款" * 30]
    result = heard_as(said + piled, "zh", (10.0, 11.0))
    assert "".join(texts(result.words)) == "我要退款"
    assert {word.reason for word in result.dropped} == {"repetition loop"}


def test_languages_with_spaces_keep_what_has_none_on_the_word_before() -> None:
    items = [RecognizedWord(0.2, 0.5, " um", 0.9), RecognizedWord(0.5, 0.8, "-acht", 0.9)]
    assert texts(heard_as(items, "de", (10.0, 12.0)).words) == ["um-acht"]
