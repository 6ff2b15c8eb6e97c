"""Settings of what is hidden: card numbers, accounts, names and the like."""

from __future__ import annotations

from callcoach.config.section import Section, setting
from callcoach.model.private import PrivateKind


class RedactionConfig(Section):
    """What is hidden in texts and silent in the copy of the sound."""

    on: bool = setting(True, "Hide private words in everything that is written.")
    kinds: tuple[PrivateKind, ...] = setting(
        tuple(PrivateKind), "What is hidden; the kinds that are left out stay readable."
    )
    keep_raw: bool = setting(
        False,
        "Also write calls/<id>/raw.json: the analysis as it was before anything was hidden, for "
        "your "
        "user alone. It holds every word that was heard.",
    )
    silence_unheard: bool = setting(
        True,
        "Speech in which no word was heard is silent in the copy of the sound too where something "
        "private was named or asked for, or where it may be digits. With false, whoever may open "
        "the page hears it.",
    )
    names_model: str = setting(
        "",
        "An installed spaCy pipeline that finds names of people (its name, or its folder). Without "
        "one, names are found by what is said around them.",
    )
    private_numbers: tuple[str, ...] = setting(
        (),
        "What your team calls numbers that belong to a customer, like 'locker number': treated as "
        "account numbers.",
    )
    kept_numbers: tuple[str, ...] = setting(
        (),
        "What your team calls numbers that are not private, like 'bay number'. Numbers of orders, "
        "tickets, parcels and models are kept in any case.",
    )
    metadata_kept: tuple[str, ...] = setting(
        (),
        "Columns of the manifest that are passed on as they are; in the others card numbers, "
        "e-mail "
        "addresses and phone numbers are hidden.",
    )
    turns_kept_open: int = setting(
        4,
        "A request ('may I have your card number?') makes numbers in this many following turns "
        "what "
        "was asked for, until something else is asked for. Turns that only listen do not count.",
        unit="turns",
        source="the development lines in tests/privacy: answers come at most three turns later",
        ge=1,
    )
    same_turn_words: int = setting(
        25,
        "Within a turn a number belongs to what was named at most this many words before it.",
        unit="words",
        source="about ten seconds of talk at 150 words a minute",
        ge=1,
    )
    echo_signs: int = setting(
        5,
        "This many digits of a private number are hidden wherever they come again in the call.",
        unit="digits",
        source="four digits may be a year or a price that is the same by chance",
        ge=3,
    )
    echo_turns: int = setting(
        3,
        "A read-back of fewer digits, at least three, is looked for within this many turns.",
        unit="turns",
        source="read-backs follow at once in the development lines in tests/privacy",
        ge=1,
    )
    birth_year_before: int = setting(
        2010,
        "A date with a day and a year before this one is taken for a date of birth wherever it is "
        "said.",
        source="who calls is mostly 16 or older; bills and orders are younger",
        ge=1900,
    )
    rare_name_zipf: float = setting(
        4.2,
        "Two words with capitals that are all somebody says are a name where one of them is rarer "
        "than this. Of the list of names, those of other languages and family names that stand "
        "alone count only where they are rarer.",
        unit="Zipf scale: log10 of uses in a billion words",
        source="wordfreq: forest 4.9, denied 4.4; Marcus 4.3, Gomez 4.0, Pettifer below 2",
        gt=0,
    )
    common_name_zipf: float = setting(
        5.2,
        "A name that is a word this common (Will, May) is hidden again later in the call only "
        "where a "
        "capital within a sentence shows that it is a name.",
        unit="Zipf scale: log10 of uses in a billion words",
        source="wordfreq: Jack 4.8, Mark 5.1, Hope 5.4, May 6.1",
        gt=0,
    )
