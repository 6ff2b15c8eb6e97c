"""What a conversation is about where a number or a name comes: what was asked for, what was named.

"May I have your card number?" makes the digits that follow a card number, over several turns, until
something else is asked for. "How much was it?" makes them an amount, which is not private.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from callcoach.model.private import PrivateKind
from callcoach.privacy.conversation import Conversation

_NUMBER = r"(?:numbers?|no|digits?|#|num)"
_DIGIT = r"(?:[a-z]{0,3}\d|one|two|three|four|five|six|seven|eight|nine|zero|oh|double|triple)"
_CUES: tuple[tuple[PrivateKind, str], ...] = (
    (
        PrivateKind.CARD_NUMBER,
        rf"(?:credit|debit|bank|payment|prepaid|gift|charge|visa|mastercard|amex|the|your|my|that"
        rf"|new|old|"
        rf"this|a|same|other|different|our|full|whole) card(?:'s)? {_NUMBER}"
        rf"|card {_NUMBER}|long {_NUMBER}|(?:sixteen|16)[ -]digit\w*"
        rf"|{_NUMBER} (?:on|across|from|at|along) (?:the )?(?:front|back|top|middle|signature)"
        rf"|{_NUMBER} (?:on|of|from|for) (?:the|your|my|that|this) (?:\w+ )?card"
        r"|card details|card(?: (?:on|file|the|one|i|we|you|have|here|that|which))* "
        r"(?:ends|ending)|issue number|(?:visa|mastercard|amex|maestro)(?: card)? "
        r"(?:ending|ends|number)|security code|cvv2?|cvc|csc|c v v|c v c"
        r"|(?:three|3|four|4)[ -]digit (?:security )?code|start date (?:if|and|or)"
        r"|code (?:on|from|at) (?:the |your )?(?:back|front|reverse|signature)"
        r"|(?:three|3|four|4)(?:[ -]digits?)? (?:code |numbers )?(?:on|at) the (?:back|front)"
        r"|exp(?:ir\w+)?(?: date)?|valid (?:until|thru|through|from)|start date of the card"
        r"|(?:credit|debit) card (?:is|it's)|(?:visa|mastercard|amex|american express)(?: card)?",
    ),
    (
        PrivateKind.ACCOUNT_NUMBER,
        rf"(?:account|customer|client|member|membership|policy|patient|subscriber|user|contract|"
        rf"agreement|mandate|meter|loyalty|rewards?|frequent flyer|flyer|booking|reservation|claim|"
        rf"claims|confirmation|student|employee|staff|payroll|roll|loan|mortgage|routing|transit|"
        rf"institution|sort|ref|reference|record|profile|login|registration|file|hospital|chart|"
        rf"mpan|mprn|supply|insurance|group|plan|iban|swift|bic)(?: card)? (?:{_NUMBER}|codes?"
        rf"|ids?|"
        rf"references?)"
        rf"|(?:account|booking|reservation|claim|policy|customer|your|my|the|a|payment) "
        rf"(?:reference|ref)"
        rf"|(?:one|{_NUMBER}) (?:that )?end(?:s|ing)(?: in| with)?"
        r"|last (?:two|three|four|five|six|[2-6])"
        r"|(?:of|on|for) (?:the|your|my|this|that) account|(?:the|that|which|what) account "
        r"(?:ending|ends)"
        r"|reference|ibans?|i b a n|routing|sort ?code|account (?:is|ending|ends)"
        rf"|(?:policy|claim|account|booking|membership|reservation)(?= (?:[a-z]{{1,3}} )?{_DIGIT})"
        r"|customer id|member id|user id|client id|user ?name|policy is|pin(?: (?:number|code))?"
        r"|p i n|pass ?(?:code|word|phrase)s?|one[ -]time (?:code|pass\w+)|verification code"
        r"|(?:security|access|memorable|telephone banking) (?:number|word|pin)|pnr",
    ),
    (
        PrivateKind.PHONE_NUMBER,
        rf"(?:phone|telephone|mobile|cell|cellphone|cell phone|landline|home|work|contact|callback|"
        rf"call back|fax|daytime|evening|whatsapp|office|alternative|alternate|best|tel)(?: "
        rf"phone)? "
        rf"{_NUMBER}|{_NUMBER} (?:we can|i can|you can|to|where|for us to|that we can|they can"
        rf"|can i|"
        rf"can we|i'm|i am|you're|you are|you were)(?: \w+)? (?:reach|call|ring|get|contact|text"
        rf"|phone|"
        rf"use|calling|dial|on)|(?:call|ring|reach|text|phone|contact|get) (?:me|you|him|her|us"
        rf"|them|my \w+|"
        rf"the \w+)(?: back)? (?:on|at|under|through)|(?:calling|phoning|ringing) (?:you )?from"
        rf"|area code"
        rf"|best {_NUMBER}|(?:my|your) (?:mobile|cell|phone|landline|telephone)(?: is|'s)?"
        rf"|(?:my|his|her|your) number(?:'s| is)|(?:what's|what is) (?:your|the best|a good) number"
        rf"|(?:a|good|another|different) number for (?:you|him|her|me)",
    ),
    (
        PrivateKind.DATE_OF_BIRTH,
        r"(?:date|day|year|month|place|of (?:your|his|her|their)|of) birth"
        r"|birth ?(?:date|day|year)s?|dob|d o b|born|when were you born|how old",
    ),
    (
        PrivateKind.GOVERNMENT_ID,
        r"social(?: security)?(?! (?:media|worker|care|housing|network|distanc))(?: (?:number"
        r"|no))?|ssn|"
        r"s s n|national insurance|n i number|ni number|nino|passport|driv\w+'?s? li[cs]en[cs]e|"
        r"driving permit|li[cs]en[cs]e number|medicare|medicaid|nhs number|n h s number"
        r"|tax(?:payer)? "
        r"(?:id|identification|file|reference)(?: number)?|itin|ein|national (?:id|identity)|"
        r"identity card|id card|green card|visa number|residence permit|tfn|sin number|"
        r"social insurance|health card|health insurance card|state id|government id",
    ),
    (
        PrivateKind.ADDRESS,
        r"(?<!e )(?<!email )(?<!e-mail )(?<!mail )(?<!ip )(?<!mac )(?<!web )(?<!email or )"
        r"(?:(?:home|billing|shipping|delivery|postal|mailing|street|full|current|new|old|"
        r"previous|forwarding|property|service|your|my|correspondence|residential|the|permanent) )"
        r"address(?! (?:that|this|the|your|these|it|book|bar))|(?<!e )(?<!email )(?<!mail "
        r")address (?:is|on|for|with|we)"
        r"|post ?code|zip(?: ?code)?|postal code|where (?:do |are )?you (?:now )?liv(?:e|ing)"
        r"|city and state|and (?:the |your )?(?:town|city|suburb|county)"
        r"|(?:which|what) (?:address|property|city|town)|(?:i|we) live (?:at|on|in)"
        r"|first line|house (?:number|name)(?: (?:and|or) (?:the |your )?(?:post ?code"
        r"|zip(?: code)?))?|door number|flat number|apartment number|unit number"
        r"|moved to|where (?:should|shall|do) (?:we|i) (?:send|ship|deliver)|(?:ship|send|deliver"
        r"|mail|"
        r"post) (?:it|them|that|this|the \w+) to|p o box|po box|street name|name of the street",
    ),
    (
        PrivateKind.EMAIL,
        r"e[ -]?mails?(?: address(?:es)?)?|e mail(?: address)?|mail address",
    ),
    (
        PrivateKind.NAME,
        r"(?:(?:your|the|full|what) )?names? (?:on|for|of) (?:the|your|this|that|my) (?:account"
        r"|card|"
        r"policy|booking|order|reservation)|what name is (?:the|your|this|it)(?: \w+)?"
        r"|(?:your|the|his|her|their|my|a|full|first|last|middle|maiden|family|sur|given|second|"
        r"account holder's|cardholder's|whose|what|which) names?(?! (?:of the (?:product|shop"
        r"|store|"
        r"company|item|street|game|file|app|model|website|road)))|surname|last name|first name|"
        r"maiden name|who (?:am i|do i have|is|'s) (?:speaking|talking|calling|the pleasure)(?: "
        r"with| to)?|"
        r"who's calling|(?:card|account|policy) ?holder(?!'s)|whom am i speaking|under what name|"
        r"name on|"
        r"(?:booking|reservation|table|order|account|appointment|it|that)(?:'s| is)? under$|"
        r"(?:am i|i'm|i am) (?:speaking|talking) (?:with|to)",
    ),
)
# Things that are private when nothing more exact is named: "your frog number".
_GENERIC: tuple[tuple[PrivateKind, str], ...] = (
    (
        PrivateKind.ACCOUNT_NUMBER,
        rf"(?:your|my|his|her|their) (?:\w+ ){{0,2}}(?:{_NUMBER}|codes?|ids?)"
        r"|(?:they|you|she|he) gave me|to quote|ref"
        r"|(?:end|start|begin|finish)(?:ing|(?:s|es) (?:in|with))(?: in| with)?"
        r"|(?:ends|starts|begins)(?= \d)",
    ),
    (
        PrivateKind.NAME,
        r"(?<!device )(?<!product )(?<!file )(?<!brand )(?<!model )(?<!company )(?<!domain )"
        r"(?<!network )(?<!plan )(?<!street )(?<!item )(?<!wifi )name(?= please| again|$)"
        r"|and you are|who's (?:this|that)|who is (?:this|that)|who have i got"
        r"|who (?:should|shall) i",
    ),
    (PrivateKind.EMAIL, r"(?:before|after) the at|inbox|mailbox"),
    (PrivateKind.ADDRESS, r"whereabouts|where (?:are|should|shall|to)"),
)
_KEPT = (
    r"(?:order|ticket|case|tracking|parcel|consignment|model|serial|part|product|item|version"
    r"|error|"
    r"flight|train|bus|room|gate|platform|extension|ext|invoice|bill|job|work order|lot|batch|sku|"
    r"discount|promo|promotion|voucher|coupon|status|fault|style|isbn|fault|lottery|winning|"
    r"article|stock|catalogue|catalog|store|branch|shop|channel)(?: code| codes| number| numbers| "
    r"no| id)(?: (?:on|across|from|at|along) (?:the )?(?:front|back|top|middle|side|bottom))?"
    r"|(?:device|product|file|brand|model|company|domain|network|plan|wifi|display) name"
    r"|orders?|tracking|invoice|model|error code|version|extension|barcode|tickets?|serial"
    r"|(?:your|the|this) case|flight"
    r"|how (?:much|many|long|far|often|big|old is (?:the|your)|fast|soon)|what (?:time|year|size|"
    r"temperature|speed|price|amount|model|version|day|date|make)|which (?:year|model|day|time"
    r"|date|"
    r"version|size|make)|meter reading|readings?|mileage"
)
# Words beside which a number is an amount or the like, unless something private was just asked for.
_WEAK = (
    r"total|balance|amount|price|cost|costs|charged|charge|paid|payment of|fee|refund of|miles|"
    r"speed|temperature|channel|press|dial|step|page|between|bandwidth|resolution|percent|degrees|"
    r"score|deposit|limit|reads|shows|says|displays|count"
)


@dataclass(frozen=True)
class Cue:
    """A thing that was named or asked for: ``kind`` is ``None`` for one that is not private.

    ``at`` and ``end`` are places ``(turn, word)``, the end outside.
    """

    at: tuple[int, int]
    end: tuple[int, int]
    kind: PrivateKind | None
    text: str


class Cues:
    """The cues of a call, to be asked for by place."""

    def __init__(
        self, call: Conversation, private: Iterable[str] = (), kept: Iterable[str] = ()
    ) -> None:
        own = "|".join(re.escape(name.lower()) for name in private)
        others = "|".join(re.escape(name.lower()) for name in kept)
        patterns: list[tuple[PrivateKind | None, re.Pattern[str]]] = []
        if others:
            patterns.append((None, _compiled(others)))
        if own:
            patterns.append((PrivateKind.ACCOUNT_NUMBER, _compiled(own)))
        patterns += [(kind, pattern) for kind, pattern in _PATTERNS]
        patterns.append((None, _KEPT_PATTERN))
        self._cues = sorted(
            (
                cue
                for turn in range(len(call.lines))
                for cue in _of_turn(call, turn, patterns, _GENERIC_PATTERNS)
            ),
            key=lambda cue: cue.at,
        )
        self._weak = [
            cue
            for turn in range(len(call.lines))
            for cue in _of_turn(call, turn, [(None, _WEAK_PATTERN)])
        ]
        self._starts = [cue.at for cue in self._cues]
        # Turns that say something, counted: how far back a question lies.
        self._said = [0]
        for turn in range(len(call.lines)):
            self._said.append(
                self._said[-1] + (not call.light(turn) and not _asks_back(call, turn))
            )

    def learn(self, kind: PrivateKind, after: Iterable[tuple[int, int]]) -> None:
        """Take what was found at some places as named there: what follows may be more of it."""
        for turn, place in after:
            cue = Cue((turn, place), (turn, place + 1), kind, "")
            index = bisect_left(self._starts, cue.at)
            self._cues.insert(index, cue)
            self._starts.insert(index, cue.at)

    def before(self, at: tuple[int, int]) -> Cue | None:
        """The last cue that ends before a place."""
        index = bisect_left(self._starts, at)
        for cue in reversed(self._cues[max(0, index - 3) : index]):
            if cue.end <= at:
                return cue
        return None

    def beside_amount(self, at: tuple[int, int], words: int) -> bool:
        """Whether a word like "charged" stands at most some words before a place, in its turn."""
        return any(c.at[0] == at[0] and 0 <= at[1] - c.end[1] <= words for c in self._weak)

    def within(self, start: tuple[int, int], end: tuple[int, int]) -> tuple[Cue, ...]:
        """The cues that begin at or after a place and before another."""
        return tuple(self._cues[bisect_left(self._starts, start) : bisect_right(self._starts, end)])

    def turns_since(self, earlier: int, later: int) -> int:
        """Turns between two that say more than "mm-hm"."""
        return self._said[later] - self._said[min(earlier + 1, later)]


def _asks_back(call: Conversation, turn: int) -> bool:
    """Whether a turn asks what a question means, or tells: "Mine or my wife's?", "Hers."."""
    if turn == 0:
        return False
    own, before = call.tokens[turn], call.tokens[turn - 1]
    if call.lines[turn].agent is False:
        return bool(own) and own[-1].text.endswith("?")
    asked_back = call.lines[turn - 1].agent is False and before and before[-1].text.endswith("?")
    return bool(asked_back) and not any(token.text.endswith("?") for token in own)


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w'-])(?:{pattern})(?![\w-])")


_GENERIC_PATTERNS = tuple((kind, _compiled(pattern)) for kind, pattern in _GENERIC)
_PATTERNS = tuple((kind, _compiled(pattern)) for kind, pattern in _CUES)
_KEPT_PATTERN = _compiled(_KEPT)
_WEAK_PATTERN = _compiled(_WEAK)


def _of_turn(
    call: Conversation,
    turn: int,
    patterns: Iterable[tuple[PrivateKind | None, re.Pattern[str]]],
    rest: Iterable[tuple[PrivateKind | None, re.Pattern[str]]] = (),
) -> list[Cue]:
    words = [token.plain.replace(".", "") for token in call.tokens[turn]]
    text = " ".join(words)
    starts = [0]
    for word in words:
        starts.append(starts[-1] + len(word) + 1)
    taken: list[Cue] = []
    found = [
        (match.start(), match.end(), kind)
        for kind, pattern in patterns
        for match in pattern.finditer(text)
    ]
    generic = [
        (match.start(), match.end(), kind)
        for kind, pattern in rest
        for match in pattern.finditer(text)
    ]
    # The longest wins: "name on the card" beats "card", "order number" beats "number".
    found = sorted(found, key=lambda item: (item[0] - item[1], item[0]))
    for start, end, kind in (*found, *sorted(generic, key=lambda item: item[0] - item[1])):
        first = bisect_right(starts, start) - 1
        last = bisect_left(starts, end)
        if all(last <= cue.at[1] or cue.end[1] <= first for cue in taken):
            taken.append(Cue((turn, first), (turn, last), kind, text[start:end]))
    return taken
