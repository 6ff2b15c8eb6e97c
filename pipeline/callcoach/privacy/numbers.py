"""Private numbers: of cards, accounts, phones, and those that a state gives.

Digits and letters that one person says in a row are one number, over pauses, "mm-hm" and read-backs
of the other side. What number it is follows from its form (check digits, length, pattern) and from
what was asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from callcoach.config.privacy import RedactionConfig
from callcoach.model.private import PrivateKind
from callcoach.privacy.answers import Answers
from callcoach.privacy.conversation import Conversation, Private
from callcoach.privacy.cues import Cue, Cues
from callcoach.privacy.runs import CharacterSequence
from callcoach.text.spoken_numbers import SOUNDS, counts, iban, luhn

_MONTHS = frozenset(
    "january february march april may june july august september october november december".split()
)
_IS = frozenset("it's is its yes yeah okay uh um so oh sure".split())
_DATED = ("exp", "valid", "start date", "issue")  # on a card: "January twenty-nine", "two"
_COUNTING = tuple("".join(map(str, range(1, end + 1))) for end in range(3, 31))
_NINO = re.compile(r"(?![DFIQUV])[A-Z](?![DFIQUVO])[A-Z]\d{6}[A-D]")
_LICENCE = re.compile(r"[A-Z]{2,5}9{0,3}\d[0156]\d[0-3]\d{2}[A-Z9]{2}[A-Z0-9]{3}")
_MEDICARE = re.compile(r"[1-9][AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d[AC-HJKMNP-RT-Y]"
                       r"[AC-HJKMNP-RT-Y0-9]\d[AC-HJKMNP-RT-Y]{2}\d{2}")  # fmt: skip
_SSN = re.compile(r"(?!000|666|9)\d{3}[-.]\d{2}[-.]\d{4}")
_POSTCODE = re.compile(
    r"(?:[A-Z]{1,2}\d{1,2}[A-Z]?|GIR0)\d[ABD-HJLNP-UW-Z]{2}|[ABCEGHJ-NPRSTVXY]\d[A-Z]\d[A-Z]\d"
)
# "104, CF24 0AA", "1980, BN3 1AA"
_HOUSE_POSTCODE = re.compile(rf"\d{{0,4}}(?:{_POSTCODE.pattern})")
_HOUSE = re.compile(r"\b(?:(?:house|door|flat|apartment|unit) number|live (?:at|on))")
_TOLL_FREE = re.compile(
    r"(?:1?8(?:00|33|44|55|66|77|88)\d{7}|0(?:800|808|3\d\d|84[345]|87[012])\d+)"
)
_PHONES = re.compile(
    r"1?[2-9]\d{2}[2-9]\d{6}|0[1-9]\d{8,9}|(?:00)?44\d{9,10}|(?:00)?(?:33|34|39|49|31|353|61"
    r"|91)\d{8,11}"
)
_CARD_DIGITS = range(13, 20)  # ISO/IEC 7812-1
_YEAR = re.compile(r"(?:19|20)\d\d")
_BEFORE_YEAR = frozenset(
    "in since from until till year of model by during early late a the".split()
)
_DATE = re.compile(r"\d{1,4}[/.\-]\d{1,2}[/.\-](?:19|20)?\d\d\W*")
_OUR = frozenset("us our we're helpline hotline".split())


def _whole(
    call: Conversation, run: CharacterSequence, kind: PrivateKind
) -> tuple[tuple[int, int], ...]:
    """The places of a private number with what belongs to it at its edges.

    That is the month of an expiry date, and words that sound like digits where nothing else stands
    between them and the edge of the turn: "for two one, oh oh ate".
    """
    first, last = run.tokens[0], run.tokens[-1]
    own = call.tokens[first.turn]
    start = first.place
    figures = first.plain[:1].isdigit()  # who writes figures hears no "to" in the place of a two
    while not figures and start and own[start - 1].plain in SOUNDS and not own[start - 1].ends:
        start -= 1
    if start and own[start - 1].plain not in _IS:
        start = first.place
    if kind is PrivateKind.PHONE_NUMBER and start and own[start - 1].plain == "plus":
        start -= 1
    if kind is PrivateKind.CARD_NUMBER and start and own[start - 1].plain in _MONTHS:
        start -= 1
    closing = call.tokens[last.turn]
    end = last.place + 1
    while end < len(closing) and closing[end].plain in SOUNDS and not closing[end - 1].ends:
        end += 1
    if end < len(closing) and not closing[end - 1].ends:
        end = last.place + 1
    return (
        *((first.turn, place) for place in range(start, first.place)),
        *run.places,
        *((last.turn, place) for place in range(last.place + 1, end)),
    )


def find_numbers(
    call: Conversation, runs: Iterable[CharacterSequence], cues: Cues, config: RedactionConfig
) -> tuple[Private, ...]:
    """The private ones among the numbers of a call.

    Spelled letters that answer the question for a name or an e-mail are in it too, with that kind.
    """
    found: list[tuple[CharacterSequence, PrivateKind]] = []
    left: list[CharacterSequence] = []
    kept: list[str] = []  # signs of orders and the like: they stay when they are said again
    answers = Answers(call, cues)
    topic: PrivateKind | None = None
    topic_at: tuple[int, int] = (-1, -1)
    since = -1  # the last turn in which something of the topic was said
    for run in runs:
        start = run.tokens[0].at
        cue = cues.before(start)
        if cue is not None and cue.at > topic_at:
            topic, topic_at, since = cue.kind, cue.at, cue.at[0]
        near = (
            cue is not None
            and cue.at[0] == start[0]
            and start[1] - cue.end[1] <= config.same_turn_words
        )
        asked = near or (since >= 0 and cues.turns_since(since, start[0]) <= config.turns_kept_open)
        if cue is not None and cue.kind is None and not near and not _names_number(call, cue):
            asked = asked and len(run.digits) < _BY_LENGTH
        about = topic if asked else None
        bare = answers.bare(run.tokens[0], run.tokens[-1])
        behind = _named_after(call, run, cues)
        if behind is not None:
            about, asked = behind.kind, True
        named = (asked and cue is not None) or behind is not None
        named = named or (
            len(run.digits) not in _CARD_DIGITS
            and cues.beside_amount(start, config.same_turn_words)
        )
        stays = named and about is None
        if about is None and len(run.signs) >= _FEW and any(run.signs in k for k in kept):
            continue
        least = _LONG
        if not call.lines[run.tokens[0].turn].agent and not answers.explained(run.tokens[0]):
            least = _LEAST
        kind = _kind(call, run, about, behind or cue, named=named, bare=bare, least=least)
        if kind is None and cue is not None and cue.text in _EXTENSIONS:
            number = found[-1] if found else None
            if number and number[0].tokens[-1].turn == start[0] and number[1] is _PHONE:
                kind = _PHONE
        if kind is None and found and len(run.signs) >= _FEW:
            next_to = bare and not stays and start[0] - found[-1][0].tokens[-1].turn <= 1
            if next_to or _corrects(call, run, found[-1][0]):
                kind = found[-1][1]
        if kind is None and bare and not stays and answers.unprompted(run.tokens[0]):
            kind = _unnamed(call, run)
        if kind is None and stays and len(run.signs) >= _LEAST:
            kept.append(run.signs)
        if kind is None:
            left.append(run)
            continue
        found.append((run, kind))
        if kind is about:
            since = max(since, run.tokens[-1].turn)
    found += _echoes(call, found, left, kept, cues, config)
    return tuple(
        [Private(kind, _whole(call, run, kind)) for run, kind in found]
        + [
            Private(kind, (token.at,))  # "Q-U-I-N-N-Y" "quinny"
            for run, kind in found
            if run.spelled
            for own in call.tokens
            for token in own
            if token.plain == run.signs.lower()
        ]
    )


def _named_after(call: Conversation, run: CharacterSequence, cues: Cues) -> Cue | None:
    """What a number is called right after it: "4471, that's my account number"."""
    last = run.tokens[-1]
    if run.tokens[-1].text.endswith("?"):
        return None
    for cue in cues.within((last.turn, last.place + 1), (last.turn, last.place + 7)):
        between = [t.plain for t in call.tokens[last.turn][last.place + 1 : cue.at[1]]]
        if set(between) <= {
            "is", "that's", "my", "the", "was", "our", "his", "her", "your", "as", "it's", "on",
            "of", "are", "were", "last", "four", "digits", "for", "and",
        } and {"is", "that's", "was", "are", "it's", "were", "as"} & set(between):  # fmt: skip
            return cue
    return None


def _unnamed(call: Conversation, run: CharacterSequence) -> PrivateKind | None:
    """What signs are that are said alone, with no reason to stay."""
    if _is_quantity(call, run, None) or len(run.signs) < _FEW or run.amount:
        return None
    if not run.digits:
        return PrivateKind.NAME if run.spelled else None
    if _YEAR.fullmatch(run.digits) or len(run.digits) < _FEW or not run.digits.strip("0"):
        return None
    return PrivateKind.ACCOUNT_NUMBER


def _kind(
    call: Conversation,
    run: CharacterSequence,
    about: PrivateKind | None,
    cue: Cue | None,
    *,
    named: bool,
    bare: bool,
    least: int,
) -> PrivateKind | None:
    """What a number is, ``None`` for one that is not private.

    ``named`` tells whether it was asked for or named at all; with ``about = None`` it was then
    named as something that is not private. ``bare`` tells whether nothing else is said beside it;
    ``least`` is how many digits are private without a name.
    """
    kept = named and about is None
    by_form = _by_form(call, run, kept)
    if by_form is not None:
        return by_form
    digits = run.digits
    if about in (PrivateKind.NAME, PrivateKind.EMAIL):
        letters = run.signs.removeprefix("A") if run.tokens[0].text == "a" else run.signs
        spelled = run.letters == len(run.signs) and len(letters) > 1
        if spelled or (about is PrivateKind.EMAIL and run.letters and len(letters) > 1):
            return about
        if len(digits) < _LONG or kept:
            return None
        about = None
    if _is_quantity(call, run, about):
        return None
    few = about in _COUNTED and bare and bool(digits) and _asked(call, run, cue)
    few = few and not run.tokens[-1].text.endswith("?")
    if about is not None and (few or _fits(call, run, about, cue)):
        if about is PrivateKind.PHONE_NUMBER and _is_companys(call, run):
            return about if _is_own(call, run, cue) else None
        return about
    if kept or _is_companys(call, run):
        return None
    if _PHONES.fullmatch(digits) or (run.written.startswith("+") and len(digits) >= _LONG):
        return PrivateKind.PHONE_NUMBER
    if run.spelled:
        return PrivateKind.NAME
    if len(digits) >= (_LONG if _CODE.search(run.written) else least) and not run.amount:
        return PrivateKind.ACCOUNT_NUMBER
    if run.singles >= _SINGLES and len(digits) >= _FEW:
        return PrivateKind.ACCOUNT_NUMBER
    return None


def _names_number(call: Conversation, cue: Cue) -> bool:
    """Whether what is not private was named as a number, or asked for: no passing "my order"."""
    text = call.lines[cue.at[0]].text
    return _NUMBERED.search(cue.text) is not None or text.rstrip().endswith("?")


def _is_own(call: Conversation, run: CharacterSequence, cue: Cue | None) -> bool:
    """Whether a customer gives a phone number as their own: some personal ones begin like free
    ones.
    """
    if cue is None or call.lines[run.tokens[0].turn].agent is not False:
        return False
    turn, place = cue.at
    mine = "my" in [token.plain for token in call.tokens[turn][max(0, place - 1) : cue.end[1]]]
    return mine or (_asked(call, run, cue) and call.lines[turn].text.rstrip().endswith("?"))


def _asked(call: Conversation, run: CharacterSequence, cue: Cue | None) -> bool:
    """Whether the other side asked for what is said."""
    return (
        cue is not None and call.lines[cue.at[0]].speaker != call.lines[run.tokens[0].turn].speaker
    )


_NUMBERED = re.compile(r"\b(?:numbers?|no|id|codes?|isbn|sku|barcode|reading|readings|mileage)\b")
_CODE = re.compile(r"\b[A-Z]{2,}\b|[A-Za-z]\d|\d[A-Za-z]")  # written as one: mostly a model
_PHONE = PrivateKind.PHONE_NUMBER
_EXTENSIONS = ("extension", "ext")
_LINKS = frozenset("for by to then or".split())
_COUNTED = (
    PrivateKind.CARD_NUMBER,
    PrivateKind.ACCOUNT_NUMBER,
    PrivateKind.PHONE_NUMBER,
    PrivateKind.GOVERNMENT_ID,
)
_BY_LENGTH = 8  # digits: no amount
_LONG = 7  # digits: no price, year or time of day is said in so many
_LEAST = 5  # digits of a customer that nothing explains
_SINGLES = 6  # signs said one by one
_RANGE_DIGITS = 4
_HOUSE_DIGITS = 4
_HOUSE_WORDS = 3  # "I live at number twelve"
_COUNTED_TO = 4  # words: "one two three four"
_FEW = 3  # signs of a piece of what was asked for


def _by_form(call: Conversation, run: CharacterSequence, kept: bool) -> PrivateKind | None:
    signs, digits = run.signs, run.digits
    size = len(digits)
    letters = run.letters
    joined = re.sub(r"[^0-9a-zA-Z.\-]", "", run.written)
    if iban(signs):
        return PrivateKind.ACCOUNT_NUMBER
    if _NINO.fullmatch(signs) or _MEDICARE.fullmatch(signs) or _LICENCE.fullmatch(signs):
        return PrivateKind.GOVERNMENT_ID
    if _HOUSE_POSTCODE.fullmatch(signs):
        return PrivateKind.ADDRESS
    if letters > 2:
        return None
    windows = (digits[i : i + n] for n in (16, 15, 14, 13, 19) for i in range(size - n + 1))
    if size >= _CARD_DIGITS.start and any(w[0] in "23456" and luhn(w) for w in windows):
        return PrivateKind.CARD_NUMBER
    if kept:
        return None
    if size in _CARD_DIGITS:
        return PrivateKind.CARD_NUMBER if digits[0] in "3456" else PrivateKind.ACCOUNT_NUMBER
    if _SSN.search(joined) and size == 9:
        return PrivateKind.GOVERNMENT_ID
    return None


def _fits(call: Conversation, run: CharacterSequence, about: PrivateKind, cue: Cue | None) -> bool:
    """Whether a number can be what was asked for, or a piece of it."""
    digits, signs = run.digits, run.signs
    if about is PrivateKind.DATE_OF_BIRTH:
        if len(digits) == 2 and _answers_year(call, run):
            return True
        # "Seven, eleven, two thousand and eleven"
        return len(digits) >= _FEW and run.letters == 0 and (not run.amount or len(digits) > _FEW)
    if about is PrivateKind.ADDRESS:
        # The number of a house alone, where that was asked for: "I live at number twelve".
        if (
            cue is not None
            and len(digits) <= _HOUSE_DIGITS
            and run.letters <= 1
            and _HOUSE.search(cue.text)
        ):
            first = run.tokens[0]
            if cue.at[0] == first.turn:
                return 0 <= first.place - cue.end[1] <= _HOUSE_WORDS
            short = len(call.tokens[first.turn]) <= 2 * _HOUSE_WORDS
            return first.place <= _HOUSE_WORDS and (short or run.tokens[-1].text[-1] in ",.")
        return ((len(digits) == 5 or len(digits) == 9) and run.letters in (0, 2)) or (
            run.letters > 0 and _HOUSE_POSTCODE.fullmatch(signs) is not None
        )
    if _YEAR.fullmatch(digits) and len(run.tokens) <= 3 and about is not PrivateKind.CARD_NUMBER:
        return run.tokens[0].plain != digits or run.singles >= 4 or about is not None
    if about is PrivateKind.CARD_NUMBER and cue is not None and cue.text.startswith(_DATED):
        return len(digits) > (not cue.text.startswith("issue")) and run.letters <= 1
    if about in (PrivateKind.CARD_NUMBER, PrivateKind.PHONE_NUMBER):
        return len(digits) >= _FEW and run.letters <= 1
    return len(signs) >= _FEW and (bool(digits) or run.letters >= _FEW + 1)


def _corrects(call: Conversation, run: CharacterSequence, before: CharacterSequence) -> bool:
    """Whether a number puts right what the other side just read out: "No, it's 0142."."""
    turn = run.tokens[0].turn
    said_no = call.tokens[turn][0].plain in ("no", "nope", "sorry")
    near = turn == before.tokens[-1].turn + 1 and len(run.digits) >= _FEW
    return said_no and near and not _is_quantity(call, run, None)


def _answers_year(call: Conversation, run: CharacterSequence) -> bool:
    """Whether two digits are all that is said to "and the year?"."""
    turn = run.tokens[0].turn
    alone = len(call.tokens[turn]) <= len(run.tokens) + 1
    return alone and turn > 0 and "year" in [token.plain for token in call.tokens[turn - 1]]


def _is_quantity(call: Conversation, run: CharacterSequence, about: PrivateKind | None) -> bool:
    """Whether a number counts or measures something, or is a time, a price or a year."""
    last, first = run.tokens[-1], run.tokens[0]
    digits = run.digits
    if _DATE.fullmatch(run.written) and about is None:
        return True
    then = sum(token.plain == "then" for token in run.tokens)
    if about is None and (
        (then > 1 and run.singles < _SINGLES)
        or (len(run.tokens) >= _COUNTED_TO and not run.letters and digits in _COUNTING)
    ):
        return True  # "80, then 95, then 110"; counting to ten
    if about is None and len(run.tokens) == 1 and digits.endswith("000"):
        return True
    if (
        about is None
        and run.singles < _SINGLES
        and not run.letters
        and _LINKS & {t.plain for t in run.tokens}
    ):
        return True  # "in 2021 for 399", "40 by 60", "from 56 to 112"
    if len(digits) >= _BY_LENGTH:
        return False
    own = call.tokens[last.turn]
    after = [token.plain for token in own[last.place + 1 :]]
    if counts(after) and not last.text.endswith((",", ".")):
        return True
    if run.amount and about is None:
        return True
    if len(digits) <= _RANGE_DIGITS and any(token.plain in ("to", "or") for token in run.tokens):
        return True  # "8 to 10"
    before = call.tokens[first.turn][first.place - 1].plain if first.place else ""
    return (
        _YEAR.fullmatch(digits) is not None
        and len(run.tokens) <= 3
        and (before in _BEFORE_YEAR and about is not PrivateKind.DATE_OF_BIRTH)
    )


def _echoes(
    call: Conversation,
    found: Sequence[tuple[CharacterSequence, PrivateKind]],
    left: Sequence[CharacterSequence],
    kept: Sequence[str],
    cues: Cues,
    config: RedactionConfig,
) -> list[tuple[CharacterSequence, PrivateKind]]:
    """Numbers that repeat a private one, or a part of it: read-backs.

    One of ``kept`` may hold the digits of a short private one by chance.
    """
    result = []
    for run in left:
        signs = run.signs
        cue = cues.before(run.tokens[0].at)
        if len(signs) == 1 and len(run.tokens) > 2 and cue is not None and cue.kind is not None:
            near = run.tokens[0].turn - cue.at[0] <= 1
            if near and call.lines[cue.at[0]].speaker != call.lines[run.tokens[0].turn].speaker:
                result.append((run, cue.kind))  # "T as in tango?"
        if len(signs) < 2 or run.amount:
            continue
        for private, kind in found:
            if signs not in private.signs and (signs in kept or private.signs not in signs):
                continue
            turns = abs(run.tokens[0].turn - private.tokens[-1].turn)
            if len(signs) >= config.echo_signs or (
                len(signs) >= _FEW and turns <= config.echo_turns
            ):
                result.append((run, kind))
                break
    return result


def _is_companys(call: Conversation, run: CharacterSequence) -> bool:
    """Whether digits are a free number or one under which the agent's company is reached."""
    first = run.tokens[0]
    if _TOLL_FREE.fullmatch(run.digits):
        return True
    own = call.tokens[first.turn][max(0, first.place - 8) : first.place]
    return bool(call.lines[first.turn].agent) and bool(_OUR & {token.plain for token in own})
