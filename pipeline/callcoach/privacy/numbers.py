"""Private numbers: of cards, accounts, phones, and those that a state gives.

Digits and letters that one person says in a row are one number, over pauses, "mm-hm" and read-backs
of the other side. What number it is follows from its form (check digits, length, pattern) and from
what was asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from callcoach.playback import PrivateKind
from callcoach.privacy.conversation import Conversation, Private, Token
from callcoach.privacy.cues import Cue, Cues
from callcoach.privacy.spoken import SOUNDS, Atom, iban, luhn, read
from callcoach.settings.privacy import RedactionConfig

_MOST_JOINTS = 3
_UNITS = frozenset(
    "pound pounds quid dollar dollars euro euros cent cents pence p percent minute minutes "
    "minute's "
    "hour hours day days week weeks month months year years second seconds o'clock am pm a.m p.m "
    "degrees "
    "miles mile kilometres kilometers km metres meters feet foot inch inches megabits megabit mb "
    "gb "
    "gigabytes gigabyte megabytes mbps watts kilowatts units items item people times person bucks "
    "pieces boxes bags kilos kilograms grams pounds' litres liters bedrooms rooms channels options "
    "calls emails tickets orders nights guests adults children kids cards bottles packs weeks' "
    "days' "
    "steps points grand k of working business "
    "january february march april may june july august september october november december "
    "monday tuesday wednesday thursday friday saturday sunday".split()
)
_MONTHS = frozenset(
    "january february march april may june july august september october november december".split()
)
_IS = frozenset("it's is its yes yeah okay uh um so oh sure".split())
_WHICH = frozenset(
    "the this that which another other right wrong new old last first same only my your".split()
)
_DATED = ("exp", "valid", "start date", "issue")  # on a card: "January twenty-nine", "two"
_COUNTING = "".join(map(str, range(1, 31)))
_NINO = re.compile(r"(?![DFIQUV])[A-Z](?![DFIQUVO])[A-Z]\d{6}[A-D]")
_LICENCE = re.compile(r"[A-Z]{2,5}9{0,3}\d[0156]\d[0-3]\d{2}[A-Z9]{2}[A-Z0-9]{3}")
_MEDICARE = re.compile(r"[1-9][AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d[AC-HJKMNP-RT-Y]"
                       r"[AC-HJKMNP-RT-Y0-9]\d[AC-HJKMNP-RT-Y]{2}\d{2}")  # fmt: skip
_SSN = re.compile(r"(?!000|666|9)\d{3}[-.]\d{2}[-.]\d{4}")
_POSTCODE = re.compile(
    r"(?:[A-Z]{1,2}\d{1,2}[A-Z]?|GIR0)\d[ABD-HJLNP-UW-Z]{2}|[ABCEGHJ-NPRSTVXY]\d[A-Z]\d[A-Z]\d"
)
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
# Letters that recognisers write in capitals and that name something; no part of a number.
_CAPITALS = frozenset(
    "PIN SSN DOB IBAN ZIP NHS CVV CVC ID TV PO UK US USA OK AM PM VAT HP NI BT AC PC IT SIM USB "
    "GPS "
    "WIFI HDMI LED ATM IP MAC MPAN CEO HR FAQ ASAP EU NY LA DC VIN REF NO NEW THE AND".split()
)
_OUR = frozenset("us our we're helpline hotline".split())


@dataclass(frozen=True)
class Run:
    """Digits and letters that one person says in a row.

    ``signs`` are all of them; ``digits`` the digits alone, a letter O among them read as 0.
    ``singles`` counts signs that were said one by one. ``written`` is the text as transcribed.
    """

    tokens: tuple[Token, ...]
    signs: str
    singles: int
    amount: bool
    written: str

    @property
    def digits(self) -> str:
        """The digits."""
        return re.sub(r"\D", "", re.sub(r"(?<![A-Z])O(?![A-Z])|(?<=\d)O|O(?=\d)", "0", self.signs))

    @property
    def letters(self) -> int:
        """How many letters."""
        return sum(sign.isalpha() for sign in self.signs)

    @property
    def places(self) -> tuple[tuple[int, int], ...]:
        """Where its words are."""
        return tuple(token.at for token in self.tokens)


def find_runs(call: Conversation) -> tuple[Run, ...]:
    """All numbers and spelled words of a call, in order of their first word."""
    runs = [run for flow in call.flows for run in _runs_of(flow)]
    return tuple(sorted(runs, key=lambda run: run.tokens[0].at))


def _runs_of(flow: Sequence[Token]) -> list[Run]:
    words = [token.plain for token in flow]
    runs: list[Run] = []
    current: list[tuple[int, Atom]] = []
    joints = 0
    place = 0
    while place <= len(flow):
        atom = read(words, place) if place < len(flow) else None
        if atom is None and place < len(flow):
            atom = _capitals(flow[place])
        if atom is not None and not atom.joint:
            current.append((place, atom))
            joints = 0
        elif atom is not None and current and joints < _MOST_JOINTS:
            joints += 1
        elif current:
            runs += _run(flow, current)
            current, joints = [], 0
        elif atom is None and not current:
            joints = 0
        place += atom.count if atom else 1
    return runs


def _closes(flow: Sequence[Token], place: int) -> bool:
    """Whether a sentence or a turn ends with a word."""
    return flow[place].ends or place + 1 == len(flow) or flow[place + 1].turn != flow[place].turn


def _capitals(token: Token) -> Atom | None:
    """Letters written together in capitals: "QQ", "MORGA"."""
    word = token.text.strip('.,?!;:()"')
    if 1 < len(word) <= 6 and word.isalpha() and word.isupper() and word not in _CAPITALS:
        return Atom(word, 1, weak=True)
    return None


def _run(flow: Sequence[Token], atoms: list[tuple[int, Atom]]) -> list[Run]:
    """The run of some atoms; plain words at its edges ("a", "I", "mike") are no part of it."""

    def strong(index: int) -> bool:
        place, atom = atoms[index]
        if not atom.weak:
            return True
        beside = [atoms[i] for i in (index - 1, index + 1) if 0 <= i < len(atoms)]
        near = [a for p, a in beside if p in (place - a.count, place + atom.count)]
        if len(atom.signs) > 1:
            return any(not a.weak and any(s.isdigit() for s in a.signs) for a in near)
        if atom.signs == "A" and near and index == len(atoms) - 1 and _closes(flow, place):
            return True  # no article ends a sentence
        if flow[min(place + 1, len(flow) - 1)].plain in ("dash", "hyphen", "slash"):
            return index + 1 < len(atoms)
        if atom.signs in "AI" and len(flow[place].plain) == 1:
            # "a 4" is an article: a letter only where it is written as one, among its like.
            return len(near) == 2 or (any(a.single and a.signs.isalpha() for a in near))
        return any(a.single and (a.signs.isalpha() or len(near) == 2) for a in near)

    kept = [item for index, item in enumerate(atoms) if strong(index)]
    while kept and flow[kept[0][0]].plain == "one" and _points(flow, kept[0][0]):
        kept = kept[1:]  # "that's my old one"
    while len(kept) > 1 and _exclaimed(flow, kept[0][0]):
        kept = kept[1:]
    while kept and kept[0][1].signs == "I":
        kept = kept[1:]
    while (
        kept
        and kept[-1][1].signs == "I"
        and flow[kept[-1][0]].text == "I"
        and (kept[-1][0] + 1 < len(flow) and flow[kept[-1][0] + 1].turn == flow[kept[-1][0]].turn)
    ):
        kept = kept[:-1]  # "... B, I think"
    if not kept:
        return []
    first, (last, end) = kept[0][0], kept[-1]
    tokens = tuple(flow[first : last + end.count])
    return [
        Run(
            tokens,
            "".join(atom.signs for _, atom in kept),
            sum(atom.single for _, atom in kept),
            any(atom.amount for _, atom in kept),
            " ".join(token.text for token in tokens),
        )
    ]


def _points(flow: Sequence[Token], place: int) -> bool:
    """Whether "one" stands for a thing: "the new one"."""
    return place > 0 and flow[place - 1].plain in _WHICH and _closes(flow, place)


def _exclaimed(flow: Sequence[Token], place: int) -> bool:
    """Whether "oh" is no zero: "Oh. Four two", "Oh, 118"."""
    token = flow[place]
    figures = flow[place + 1].plain[:1].isdigit()
    return token.plain == "oh" and (token.ends or (token.text.endswith(",") and figures))


def _whole(call: Conversation, run: Run, kind: PrivateKind) -> tuple[tuple[int, int], ...]:
    """The places of a private number with what belongs to it at its edges.

    That is the month of an expiry date, and words that sound like digits where nothing else stands
    between them and the edge of the turn: "for two one, oh oh ate".
    """
    first, last = run.tokens[0], run.tokens[-1]
    own = call.tokens[first.turn]
    start = first.place
    while start and own[start - 1].plain in SOUNDS and not own[start - 1].ends:
        start -= 1
    if start and own[start - 1].plain not in _IS:
        start = first.place
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
    call: Conversation, runs: Iterable[Run], cues: Cues, config: RedactionConfig
) -> tuple[Private, ...]:
    """The private ones among the numbers of a call.

    Spelled letters that answer the question for a name or an e-mail are in it too, with that kind.
    """
    found: list[tuple[Run, PrivateKind]] = []
    left: list[Run] = []
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
        about = topic if asked else None
        behind = _named_after(call, run, cues)
        if behind is not None:
            about, asked = behind.kind, True
        kind = _kind(
            call,
            run,
            about,
            behind or cue,
            named=(asked and cue is not None)
            or behind is not None
            or cues.beside_amount(start, config.same_turn_words),
        )
        if kind is None and found and _corrects(call, run, found[-1][0]):
            kind = found[-1][1]
        if kind is None:
            left.append(run)
            continue
        found.append((run, kind))
        if kind is about:
            since = max(since, run.tokens[-1].turn)
    found += _echoes(found, left, cues, config)
    return tuple(Private(kind, _whole(call, run, kind)) for run, kind in found)


def _named_after(call: Conversation, run: Run, cues: Cues) -> Cue | None:
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


def _kind(
    call: Conversation, run: Run, about: PrivateKind | None, cue: Cue | None, *, named: bool
) -> PrivateKind | None:
    """What a number is, ``None`` for one that is not private.

    ``named`` tells whether it was asked for or named at all; with ``about = None`` it was then
    named as something that is not private.
    """
    kept = named and about is None
    by_form = _by_form(call, run, kept)
    if by_form is not None:
        return by_form
    digits = run.digits
    if about in (PrivateKind.NAME, PrivateKind.EMAIL):
        spelled = run.letters == len(run.signs) and run.letters > 1
        if spelled or (about is PrivateKind.EMAIL and run.letters and len(run.signs) > 1):
            return about
        if len(digits) < _LONG or kept:
            return None
        about = None
    if _is_quantity(call, run, about):
        return None
    if about is not None and _fits(call, run, about, cue):
        if about is PrivateKind.PHONE_NUMBER and _is_companys(call, run):
            return None
        return about
    if kept or _is_companys(call, run):
        return None
    if _PHONES.fullmatch(digits) or (run.written.startswith("+") and len(digits) >= _LONG):
        return PrivateKind.PHONE_NUMBER
    if len(digits) >= _LONG and not run.amount:
        return PrivateKind.ACCOUNT_NUMBER
    if run.singles >= _SINGLES and len(digits) >= _SINGLES:
        return PrivateKind.ACCOUNT_NUMBER
    return None


_LONG = 7  # digits: no price, year or time of day is said in so many
_SINGLES = 6  # digits said one by one
_RANGE_DIGITS = 4
_HOUSE_DIGITS = 4
_HOUSE_WORDS = 3  # "I live at number twelve"
_FEW = 3  # signs of a piece of what was asked for


def _by_form(call: Conversation, run: Run, kept: bool) -> PrivateKind | None:
    signs, digits = run.signs, run.digits
    size = len(digits)
    letters = run.letters
    joined = re.sub(r"[^0-9a-zA-Z.\-]", "", run.written)
    if iban(signs):
        return PrivateKind.ACCOUNT_NUMBER
    if _NINO.fullmatch(signs) or _MEDICARE.fullmatch(signs) or _LICENCE.fullmatch(signs):
        return PrivateKind.GOVERNMENT_ID
    if _POSTCODE.fullmatch(signs):
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


def _fits(call: Conversation, run: Run, about: PrivateKind, cue: Cue | None) -> bool:
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
            run.letters > 0 and _POSTCODE.fullmatch(signs) is not None
        )
    if _YEAR.fullmatch(digits) and len(run.tokens) <= 3 and about is not PrivateKind.CARD_NUMBER:
        return run.tokens[0].plain != digits or run.singles >= 4 or about is not None
    if about is PrivateKind.CARD_NUMBER and cue is not None and cue.text.startswith(_DATED):
        return len(digits) > (not cue.text.startswith("issue")) and run.letters <= 1
    if about in (PrivateKind.CARD_NUMBER, PrivateKind.PHONE_NUMBER):
        return len(digits) >= _FEW and run.letters <= 1
    return len(signs) >= _FEW and (bool(digits) or run.letters >= _FEW + 1)


def _corrects(call: Conversation, run: Run, before: Run) -> bool:
    """Whether a number puts right what the other side just read out: "No, it's 0142."."""
    turn = run.tokens[0].turn
    said_no = call.tokens[turn][0].plain in ("no", "nope", "sorry")
    near = turn == before.tokens[-1].turn + 1 and len(run.digits) >= _FEW
    return said_no and near and not _is_quantity(call, run, None)


def _answers_year(call: Conversation, run: Run) -> bool:
    """Whether two digits are all that is said to "and the year?"."""
    turn = run.tokens[0].turn
    alone = len(call.tokens[turn]) <= len(run.tokens) + 1
    return alone and turn > 0 and "year" in [token.plain for token in call.tokens[turn - 1]]


def _is_quantity(call: Conversation, run: Run, about: PrivateKind | None) -> bool:
    """Whether a number counts or measures something, or is a time, a price or a year."""
    last, first = run.tokens[-1], run.tokens[0]
    digits = run.digits
    if _DATE.fullmatch(run.written) and about is None:
        return True
    then = sum(token.plain == "then" for token in run.tokens)
    if about is None and (then > 1 or (digits.startswith("1234") and digits in _COUNTING)):
        return True  # "80, then 95, then 110"; counting to ten
    if about is None and run.singles < _SINGLES and any(t.plain == "for" for t in run.tokens):
        return True  # "in 2021 for 399"
    if len(digits) >= 8:
        return False
    own = call.tokens[last.turn]
    after = [token.plain for token in own[last.place + 1 :]]
    if _counts(after) and not last.text.endswith((",", ".")):
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


def _counts(after: Sequence[str]) -> bool:
    """Whether a unit follows a number: "pounds", "or twenty years"."""
    if after[:1] and after[0] in ("or", "to") and len(after) > 1:
        atom = read(after, 1)
        if atom is not None and not atom.joint:
            after = after[1 + atom.count :]
    return bool(after) and after[0] in _UNITS


def _echoes(
    found: Sequence[tuple[Run, PrivateKind]],
    left: Sequence[Run],
    cues: Cues,
    config: RedactionConfig,
) -> list[tuple[Run, PrivateKind]]:
    """Numbers that repeat a private one, or a part of it: read-backs."""
    result = []
    for run in left:
        signs = run.signs
        if len(signs) < 2 or run.amount:
            continue
        for private, kind in found:
            if signs not in private.signs and private.signs not in signs:
                continue
            turns = abs(run.tokens[0].turn - private.tokens[-1].turn)
            if len(signs) >= config.echo_signs or (
                len(signs) >= _FEW and turns <= config.echo_turns
            ):
                result.append((run, kind))
                break
    return result


def _is_companys(call: Conversation, run: Run) -> bool:
    """Whether digits are a free number or one under which the agent's company is reached."""
    first = run.tokens[0]
    if _TOLL_FREE.fullmatch(run.digits):
        return True
    own = call.tokens[first.turn][max(0, first.place - 8) : first.place]
    return bool(call.lines[first.turn].agent) and bool(_OUR & {token.plain for token in own})
