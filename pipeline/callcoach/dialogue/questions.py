"""The agent's questions: what they leave to the customer, and whether they were asked before."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from callcoach.config.language import QuestionsConfig
from callcoach.dialogue.phrasebook import Matcher
from callcoach.dialogue.question_forms import Asked, find_asked
from callcoach.dialogue.sentence_embeddings import Encoder
from callcoach.model.language import Question, QuestionKind, Utterance
from callcoach.model.party import Role
from callcoach.text.content_words import content
from callcoach.text.phrases import spelled_out

_TIMES_ASKED = re.compile(r"^(?:since when|how long|when (?:did|was|were))\b")
_TIMES_TOLD = re.compile(
    r"\bsince (?!then\b)\w+|\bfor (?:\w+ ){1,3}(?:days?|weeks?|months?|years?|hours?)\b"
    r"|\b(?:days?|weeks?|months?|years?|hours?) ago\b"
)
# The customer did not hear the question: asking again is the answer to that.
_NOT_HEARD = re.compile(
    r"^(?:sorry|pardon|excuse me|what|huh|come again|(?:i )?did not (?:catch|hear|get)|"
    r"(?:can|could) you (?:please )?(?:repeat|say))(?: .*)?$"
)
# The same is asked of something else.
# "Should we get you in at eight, then?" takes the answer up.
_PROPOSES = re.compile(r"(?:(?:so|and|okay|then|well) )*(?:should|shall) (?:we|i)\b")
_ANOTHER = re.compile(r"\b(?:as well|also|too|other|another|second|now)\b")
# "Is that the green one?", "when does she take it?": what is meant was named by the customer.
_POINTS_BACK = frozenset("it that she he those".split())


@dataclass(frozen=True)
class _Found:
    index: int
    asked: Asked
    stems: frozenset[str]
    marks: frozenset[str]
    before: frozenset[str]  # content words of the turn before it


@dataclass(frozen=True)
class _Said:
    """What the customer said in each turn, "" in the turns of others, and its content words.

    ``first`` is the turn in which anybody used a content word first.
    """

    texts: tuple[str, ...]
    stems: tuple[frozenset[str], ...]
    first: Mapping[str, int]

    @classmethod
    def of(cls, utterances: Sequence[Utterance]) -> _Said:
        first: dict[str, int] = {}
        texts, stems = [], []
        for index, turn in enumerate(utterances):
            own = content(turn.text)
            for stem in own:
                first.setdefault(stem, index)
            customer = turn.role is Role.CUSTOMER and re.search(r"\w", turn.text)
            texts.append(spelled_out(turn.text) if customer else "")
            stems.append(frozenset(own) if customer else frozenset())
        return cls(tuple(texts), tuple(stems), first)

    def last(self, before: int, config: QuestionsConfig) -> tuple[frozenset[str], frozenset[str]]:
        """Content words of the customer's last turns, and those of them that were new then.

        As many turns as it takes to say something: "yes, exactly" does not.
        """
        found: frozenset[str] = frozenset()
        turns = 0
        for index in range(before - 1, -1, -1):
            if not self.texts[index]:
                continue
            found |= self.stems[index]
            turns += 1
            if len(found) >= config.content_words or turns == config.back_turns:
                break
        else:
            index = 0
        return found, frozenset(stem for stem in found if self.first[stem] >= index)

    def told(self, found: _Found, config: QuestionsConfig) -> bool:
        """Whether the customer had given the answer unasked: a time, or what identifies them."""
        asked = " ".join(found.asked.words)
        told = list(zip(self.texts, self.stems, strict=True))[: found.index]
        if _TIMES_ASKED.match(asked):
            return any(len(found.stems & own) >= 2 and _TIMES_TOLD.search(t) for t, own in told)
        details = "|".join(word for word in found.asked.words if word in config.detail_words)
        if not details or not asked.startswith("what is your"):
            return False
        own_detail = re.compile(rf"\bmy (?:\w+ )?(?:{details}) is\b")
        return any(own_detail.search(text) for text, _ in told)


def find_questions(
    utterances: Sequence[Utterance],
    matcher: Matcher,
    encoder: Encoder | None,
    config: QuestionsConfig,
) -> tuple[Question, ...]:
    """Find the agent's questions, in order.

    Each is ``open`` or ``closed``; one that asks about what the customer has just said is listed
    a second time as ``clarifying``. One that was asked before, with an answer of the customer
    between, or that asks for what the customer has told already, is listed as ``repeated`` alone;
    ``repeats`` is the turn that asked it first, ``None`` where nobody had asked.

    Parameters
    ----------
    utterances
        All turns in order.
    matcher
        The phrase book with the family ``question``.
    encoder
        For likeness of meaning; ``None`` compares words alone.
    config
        Limits.
    """
    result: list[Question] = []
    earlier: list[_Found] = []
    said = _Said.of(utterances)
    for index, turn in enumerate(utterances):
        if turn.role is not Role.AGENT:
            continue
        for found in _found_in(turn, index, matcher, config):
            if "courtesy" in found.marks:
                continue
            formula = "formula" in found.marks
            first = None if formula else _first_asked(found, earlier, said, encoder, config)
            told = "again" in found.marks or said.told(found, config)
            if first is not None or (told and not formula):
                kinds = [QuestionKind.REPEATED]
            else:
                kinds = [QuestionKind.OPEN if found.asked.open else QuestionKind.CLOSED]
                if not formula and _is_clarifying(found, *said.last(index, config), config):
                    kinds.append(QuestionKind.CLARIFYING)
            repeats = None if first is None else utterances[first.index].id
            for kind in kinds:
                result.append(Question(turn.id, kind, found.asked.quote, repeats))
            earlier.append(found)
    return tuple(result)


def _found_in(
    turn: Utterance, index: int, matcher: Matcher, config: QuestionsConfig
) -> list[_Found]:
    result = []
    for asked in find_asked(turn.text, config):
        marks = frozenset(kind for kind, _ in matcher.fired("question", [asked.quote]))
        before = frozenset(content(turn.text.partition(asked.quote)[0]))
        stems = frozenset(content(asked.quote))
        result.append(_Found(index, asked, stems, marks, before))
    return result


def _is_clarifying(
    found: _Found, said: frozenset[str], new: frozenset[str], config: QuestionsConfig
) -> bool:
    """Whether a question asks about what the customer said last, ``new`` being new words in it."""
    if not said:
        return False
    if "clarifying" in found.marks:
        return True
    words = found.asked.words
    if "preference" in found.marks or any(word in config.detail_words for word in words):
        return False
    # "It" means what was named last: by the agent in this turn, or else by the customer.
    own = found.before - said
    points_back = 2 * len(own) <= len(found.before) and _POINTS_BACK & set(words[:3])
    return bool(found.asked.statement or found.stems & new or points_back)


def _first_asked(
    found: _Found,
    earlier: Sequence[_Found],
    said: _Said,
    encoder: Encoder | None,
    config: QuestionsConfig,
) -> _Found | None:
    """The first earlier question that is the same and was answered since."""
    for other in earlier:
        if "formula" in other.marks or not _same(found, other, encoder, config):
            continue
        if _answered(said.texts[other.index + 1 : found.index]):
            return other
    return None


def _answered(texts: Sequence[str]) -> bool:
    said = [text for text in texts if text]
    return bool(said) and not all(_NOT_HEARD.fullmatch(text) for text in said)


def _same(later: _Found, first: _Found, encoder: Encoder | None, config: QuestionsConfig) -> bool:
    asked = " ".join(later.asked.words)
    if _ANOTHER.search(asked) or _PROPOSES.match(asked):
        return False
    shared = later.stems & first.stems
    if len(shared) >= 2 and len(shared) >= config.repeated_share * len(later.stems):
        return True
    if encoder is None or not shared:
        return False
    rows = encoder.encode([later.asked.quote, first.asked.quote])
    return bool(rows[0] @ rows[1] >= config.repeated_cosine)
