"""Tagging calls by rules: every event, count, window and mistake."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcoach.coaching.categories import categorise, load_categories
from callcoach.config.categories import (
    Category,
    CategoryBook,
    CategoryRule,
    EventKind,
    read_categories,
)
from callcoach.config.files import shipped
from callcoach.errors import ConfigError
from callcoach.model.analysis import CallAnalysis
from callcoach.model.coaching import CategoryTag, FindingKind, Measurement
from callcoach.model.interaction import Silence, SilenceKind
from callcoach.model.timeline import Span
from factory import empty, mono, tense_call, two_channels


def book(*rules: CategoryRule, match: str = "all") -> CategoryBook:
    category = Category(name="it", text="It was so.", match=match, rule=rules)  # type: ignore[arg-type]
    return CategoryBook(name="test", version="1", category=(category,))


def tag(
    analysis: CallAnalysis, *rules: CategoryRule, match: str = "all", **values: float | None
) -> CategoryTag | None:
    measured = {name: measure(name, value) for name, value in values.items()}
    found = categorise(analysis, book(*rules, match=match), measured)
    return found[0] if found else None


def measure(name: str, value: float | None) -> Measurement:
    reason = "nothing to judge" if value is None else None
    return Measurement(name, value, reason, 3.0, FindingKind.SUGGESTION, 0.8)


def rule(event: str, **keys: Any) -> CategoryRule:
    return CategoryRule(event=event, **keys)  # type: ignore[arg-type]


CALL = two_channels()
TURNS = {turn.id: turn.span for turn in CALL.turns}


# ----------------------------------------------------------------- events


@pytest.mark.parametrize(
    "asked, moments",
    [
        (rule("interruption"), [Span(58.9, 60.2)]),
        (rule("interruption", role="customer"), [Span(58.9, 60.2)]),
        (rule("interruption", role="agent"), None),
        (rule("interruption", kind="attempted"), [Span(75.1, 76.4)]),
        (rule("interruption", kind=["interruption", "attempted"], at_least=2),
         [Span(58.9, 60.2), Span(75.1, 76.4)]),
        (rule("backchannel", role="agent"), [Span(9.1, 9.5)]),
        (rule("backchannel", role="customer"), None),
        (rule("dead_air"), [Span(41.0, 52.4)]),
        (rule("dead_air", min_s=11.4), [Span(41.0, 52.4)]),
        (rule("dead_air", min_s=11.5), None),
        (rule("dead_air", total_s=11.5), None),
        (rule("hold"), None),
        (rule("concern", kind="repeat_contact"), [TURNS["t2"]]),
        (rule("concern", kind="problem"), [TURNS["t2"], TURNS["t13"]]),
        (rule("concern", kind="threat"), None),
        (rule("response", kind="apologise"), [TURNS["t4"]]),
        (rule("response", kind=["apologise", "promise"]), [TURNS["t4"], TURNS["t14"]]),
        (rule("response", kind="dismiss"), None),
    ],
)  # fmt: skip
def test_every_event_is_found_where_it_was(asked: CategoryRule, moments: list[Span] | None) -> None:
    found = tag(CALL, asked)
    assert (list(found.moments) if found else None) == moments
    # The other way round, the call is tagged where it was not, and the other way round.
    turned = tag(CALL, asked.model_copy(update={"negate": True}))
    assert (turned is None) == (moments is not None)
    assert turned is None or turned.moments == ()


def test_closings_and_questions_count_by_kind() -> None:
    for event, items in (("closing", CALL.closing), ("question", CALL.questions)):
        kinds = {item.kind for item in items or ()}
        assert kinds
        for kind in kinds:
            expected = sum(item.kind is kind for item in items or ())
            assert tag(CALL, rule(event, kind=kind.value, at_least=expected))
            assert not tag(CALL, rule(event, kind=kind.value, at_least=expected + 1))
    assert not tag(replace(CALL, questions=()), rule("question"))


def test_announced_and_unexplained_waits() -> None:
    def waited(announced: bool | None) -> CallAnalysis:
        wait = Silence(41.0, 52.4, SilenceKind.DEAD_AIR, "agent", announced)
        return replace(CALL, silences=(wait,))

    assert tag(waited(True), rule("dead_air", kind="announced"))
    assert not tag(waited(True), rule("dead_air", kind="unexplained"))
    assert tag(waited(False), rule("dead_air", kind="unexplained"))
    for kind in ("announced", "unexplained"):  # nobody can tell
        assert not tag(waited(None), rule("dead_air", kind=kind))
        assert not tag(waited(None), rule("dead_air", kind=kind, negate=True))
    assert tag(waited(None), rule("dead_air"))


@pytest.mark.parametrize(
    "words, turn",
    [
        ("third time", "t2"),
        ("THIRD  time!", "t2"),
        ("it is four four", "t7"),
        ("it's four four", "t7"),  # the short form is the same
        ("you * twice", "t2"),
        ("you * March", None),  # more than three words between
        ("hird time", None),
        ("bill", "t2"),
        ("bills", None),
    ],
)
def test_phrases_are_whole_words(words: str, turn: str | None) -> None:
    asked = rule("phrase", role="customer", words=words)
    if words == "you * March":
        asked = rule("phrase", role="customer", words="calls * march")
    found = tag(CALL, asked)
    assert (found is not None) == (turn is not None)
    if found is not None and turn is not None:
        (moment,) = found.moments
        assert TURNS[turn].start_s <= moment.start_s < moment.end_s <= TURNS[turn].end_s
        assert moment.duration_s < TURNS[turn].duration_s / 2


def test_a_phrase_is_placed_by_its_words() -> None:
    said = [word for word in CALL.words if word.speaker == "customer" and word.text == "third"]
    (found,) = tag(CALL, rule("phrase", words="third time")).moments  # type: ignore[union-attr]
    assert found.start_s == said[0].start_s
    # Short forms count as their long ones, and the place stays right.
    late = [word for word in CALL.words if word.speaker == "agent" and word.text == "message"]
    (found,) = tag(CALL, rule("phrase", words="message when")).moments  # type: ignore[union-attr]
    assert found.start_s == late[0].start_s


def test_a_phrase_without_words_times_has_the_turns_time() -> None:
    (found,) = tag(replace(CALL, words=()), rule("phrase", words="third time")).moments  # type: ignore[union-attr]
    assert found == TURNS["t2"]


def test_a_turn_counts_once() -> None:
    turn = replace(CALL.turns[1], text="thank you thank you thanks, thank you so much")
    analysis = replace(CALL, turns=(turn,), words=())
    words = ["thank you", "thank", "thanks"]
    assert tag(analysis, rule("phrase", words=words))
    assert not tag(analysis, rule("phrase", words=words, at_least=2))


def test_phrases_know_who_said_them() -> None:
    assert tag(CALL, rule("phrase", words="account number", role="agent"))
    assert not tag(CALL, rule("phrase", words="account number", role="customer"))
    assert tag(CALL, rule("phrase", words="account number"))


# ----------------------------------------------------------------- how much, where


def test_counts_have_two_ends() -> None:
    many = len(CALL.acts or ())
    assert many > 2
    for at_least, at_most, met in (
        (None, None, True), (many, None, True), (many + 1, None, False), (0, None, True),
        (None, many, True), (None, many - 1, False), (many, many, True), (None, 0, False),
    ):  # fmt: skip
        asked = rule("response", at_least=at_least, at_most=at_most)
        assert (tag(CALL, asked) is not None) == met, (at_least, at_most)


@pytest.mark.parametrize(
    "window, met",
    [
        ({"to_s": 5.4}, False),  # t2 begins at 5.4 s: the end is outside
        ({"to_s": 5.5}, True),
        ({"from_s": 5.4}, True),
        ({"from_s": 5.5}, False),
        ({"from_s": 5.0, "to_s": 6.0}, True),
        ({"from_s": -99.56}, True),  # 104.96 s long: begins at 5.4 s
        ({"from_s": -99.5}, False),
        ({"from_s": -1000}, True),  # longer than the call: all of it
        ({"to_s": -99.5}, True),
        ({"to_s": -99.6}, False),
        ({"from_s": 0, "to_s": -90}, True),
        ({"to_share": 0.05}, False),
        ({"to_share": 0.06}, True),
        ({"from_share": 0.05}, True),
        ({"from_share": 0.06}, False),
        ({"from_share": 0.05, "to_share": 0.06}, True),
    ],
)
def test_windows_are_absolute_or_relative(window: dict[str, float], met: bool) -> None:
    found = tag(CALL, rule("concern", kind="repeat_contact", **window))
    assert (found is not None) == met


@given(st.floats(0, 104.9), st.floats(0, 1))
def test_a_window_and_its_rest_share_the_events_out(cut_s: float, share: float) -> None:
    whole = len(tag(CALL, rule("response")).moments)  # type: ignore[union-attr]
    for first, rest in (
        ({"to_s": cut_s}, {"from_s": cut_s}),
        ({"to_share": share}, {"from_share": share}),
    ):
        parts = [tag(CALL, rule("response", at_least=0, **keys)) for keys in (first, rest)]
        moments = [moment for part in parts if part is not None for moment in part.moments]
        if share < 1 or "to_s" in first:
            assert len(moments) == whole == len(set(moments))


def test_the_last_moment_is_in_a_window_to_the_end() -> None:
    turn = replace(CALL.turns[1], start_s=104.96, end_s=104.96)
    analysis = replace(CALL, turns=(turn,), words=())
    assert tag(analysis, rule("phrase", words="third time", from_share=0.9, to_share=1.0))


def test_measures_have_limits_that_are_outside() -> None:
    for value, above, below, met in (
        (0.5, 0.4, None, True), (0.5, 0.5, None, False), (0.5, None, 0.5, False),
        (0.5, None, 0.6, True), (0.5, 0.4, 0.6, True), (0.7, 0.4, 0.6, False),
    ):  # fmt: skip
        asked = rule("measure", measure="x", above=above, below=below)
        assert (tag(CALL, asked, x=value) is not None) == met
        assert (tag(CALL, asked.model_copy(update={"negate": True}), x=value) is None) == met


# ----------------------------------------------------------------- rules together


YES = rule("concern", kind="repeat_contact")
NO = rule("concern", kind="threat")
UNKNOWN = rule("measure", measure="missing", above=0.5)


def test_all_and_any() -> None:
    for rules, all_met, any_met in (
        ((YES,), True, True), ((NO,), False, False), ((UNKNOWN,), False, False),
        ((YES, NO), False, True), ((YES, UNKNOWN), False, True), ((NO, UNKNOWN), False, False),
        ((YES, YES), True, True),
    ):  # fmt: skip
        assert (tag(CALL, *rules) is not None) == all_met
        assert (tag(CALL, *rules, match="any") is not None) == any_met


def test_what_was_not_measured_never_tags_a_call() -> None:
    for event in EventKind:
        keys: dict[str, Any] = {}
        if event is EventKind.PHRASE:
            keys = {"words": "good morning", "role": "agent"}
        elif event is EventKind.MEASURE:
            keys = {"measure": "x", "below": 1.0}
        elif event in (EventKind.DEAD_AIR, EventKind.HOLD):
            continue  # silence needs no roles
        for negate in (False, True):
            asked = rule(event.value, negate=negate, **keys)
            assert tag(mono(), asked, x=None) is None, event
            if "role" not in keys:
                assert tag(mono(), asked) is None, event
    assert tag(empty(), rule("phrase", words="hello", role="agent", negate=True)) is None
    assert tag(mono(), rule("phrase", words="good morning"))  # whoever said it


def test_moments_are_those_of_the_rules_that_are_met() -> None:
    found = tag(CALL, rule("dead_air"), YES, rule("phrase", words="no such words", negate=True))
    assert found is not None
    assert found.moments == (TURNS["t2"], Span(41.0, 52.4))


def test_why_is_told_in_words() -> None:
    found = tag(
        CALL,
        rule("interruption", role="customer", to_s=60),
        rule("phrase", words=["recorded line"], role="agent", negate=True, to_share=0.5),
        rule("measure", measure="validated_share", below=0.5),
        validated_share=0.25,
    )
    assert found is not None
    assert found.why.replace("\u00a0", " ") == (
        "It was so. Why: customer, came in and took over in the first 60 s: 1 time; "
        "agent, said “recorded line” in the first 50 %: not heard; "
        "validated share 0.25, below 0.5."
    )


def test_names_come_in_the_order_of_the_book() -> None:
    categories = tuple(
        Category(name=name, text="x", rule=(YES,)) for name in ("zebra", "apple", "mango")
    )
    found = categorise(CALL, CategoryBook(name="b", version="1", category=categories), {})
    assert [one.name for one in found] == ["zebra", "apple", "mango"]


@given(st.floats(0, 1000))
def test_later_calls_have_the_same_tags(by_s: float) -> None:
    """Moments move with the call where no window is asked for."""
    moved = replace(
        CALL,
        call=replace(CALL.call, duration_s=CALL.call.duration_s + by_s),
        turns=tuple(replace(t, start_s=t.start_s + by_s, end_s=t.end_s + by_s) for t in CALL.turns),
        words=tuple(replace(w, start_s=w.start_s + by_s, end_s=w.end_s + by_s) for w in CALL.words),
    )
    for asked in (YES, rule("phrase", words="third time"), rule("response", kind="solve")):
        here, there = tag(CALL, asked), tag(moved, asked)
        assert here is not None and there is not None
        assert [m.start_s + by_s for m in here.moments] == [m.start_s for m in there.moments]


# ----------------------------------------------------------------- the file


def test_the_shipped_file_reads_and_tags_calls() -> None:
    shipped = load_categories(None)
    assert len(shipped.category) >= 10
    names = {one.name for one in categorise(CALL, shipped, {})}
    assert "Repeat contact" in names
    assert "Manager asked for" not in names
    assert "Manager asked for" in {one.name for one in categorise(tense_call(), shipped, {})}
    assert categorise(empty(), shipped, {}) == ()
    assert all(category.text.endswith(".") for category in shipped.category)


def test_the_hash_is_of_the_values(tmp_path: Path) -> None:
    text = shipped("categories.toml").read_text(encoding="utf-8")
    same = tmp_path / "same.toml"
    same.write_text("# a remark\n" + text, encoding="utf-8")
    other = tmp_path / "other.toml"
    other.write_text(text.replace("at_least = 3", "at_least = 4"), encoding="utf-8")
    ours = read_categories(shipped("categories.toml"))
    assert read_categories(same).sha256 == ours.sha256
    assert read_categories(other).sha256 != ours.sha256


HEAD = 'name = "x"\nversion = "1"\n'
ONE = HEAD + '[[category]]\nname = "One"\ntext = "t"\n'
RULE = ONE + "[[category.rule]]\n"


@pytest.mark.parametrize(
    "text, said",
    [
        ("name = \n", ["not valid TOML", "line 1"]),
        ('version = "1"\n', ["name is missing"]),
        ('name = "x"\nversion = 1\n', ["version = 1", "string"]),
        (HEAD + "[[categories]]\n", ["unknown key 'categories'", "'category'"]),
        (ONE, ["category 'One': rule is missing"]),
        (ONE + "rule = []\n", ["category 'One': rule"]),
        (ONE + 'mach = "all"\n', ["category 'One': unknown key 'mach'", "did you mean 'match'"]),
        (ONE + 'match = "some"\n', ["category 'One': match = 'some'", "'all' or 'any'"]),
        (HEAD + '[[category]]\ntext = "t"\n', ["category 1: name is missing"]),
        (RULE, ["category 'One', rule 1: event is missing"]),
        (RULE + 'event = "interrupt"\n', ["event = 'interrupt' is not known", "'interruption'"]),
        (RULE + 'event = "concern"\nkinds = "threat"\n', ["unknown key 'kinds'", "'kind'"]),
        (RULE + 'event = "concern"\nkind = "thread"\n', ["kind 'thread' is not known", "'threat'"]),
        (RULE + 'event = "hold"\nkind = "music"\n', ["kind does not go with the event 'hold'"]),
        (RULE + 'event = "concern"\nrole = "agent"\n', ["role does not go with"]),
        (RULE + 'event = "phrase"\nrole = "agnt"\nwords = "x"\n', ["role = 'agnt'", "'agent'"]),
        (RULE + 'event = "phrase"\n', ["needs words"]),
        (RULE + 'event = "phrase"\nwords = ["a", "* b"]\n', ["'* b'", "both sides"]),
        (RULE + 'event = "phrase"\nwords = "!?"\n', ["needs words"]),
        (RULE + 'event = "phrase"\nwords = 3\n', ["words = 3"]),
        (RULE + 'event = "concern"\nwords = "x"\n', ["words does not go with"]),
        (RULE + 'event = "concern"\nabove = 0.0\n', ["above goes with the event 'measure' only"]),
        (RULE + 'event = "concern"\nmin_s = 2\n', ["min_s does not go with"]),
        (RULE + 'event = "measure"\nabove = 1\n', ["needs measure"]),
        (RULE + 'event = "measure"\nmeasure = "a"\n', ["needs above or below"]),
        (RULE + 'event = "measure"\nmeasure = "a"\nabove = 2\nbelow = 1\n', ["above 2"]),
        (RULE + 'event = "measure"\nmeasure = "a"\nabove = 2\nat_least = 1\n', ["at_least"]),
        (RULE + 'event = "measure"\nmeasure = "validate_share"\nabove = 2\n',
         ["measure 'validate_share' is not known", "did you mean 'validated_share'"]),
        (RULE + 'event = "hold"\nat_least = 3\nat_most = 2\n', ["at_least 3 is more"]),
        (RULE + 'event = "hold"\nat_least = -1\n', ["at_least = -1"]),
        (RULE + 'event = "hold"\nfrom_s = 1\nto_share = 0.5\n', ["not in both"]),
        (RULE + 'event = "hold"\nfrom_s = 9\nto_s = 9\n', ["ends (9) before it begins (9)"]),
        (RULE + 'event = "hold"\nto_share = 1.5\n', ["to_share = 1.5"]),
        (RULE + 'event = "hold"\n[[category]]\nname = "one "\ntext = "t"\n'
         '[[category.rule]]\nevent = "hold"\n', ["two categories named 'one '"]),
        ('name = "x"\nversion = "1"\ncategory = 3\n', ["category"]),
        ('name = "x"\nversion = "1"\ncategory = ["a"]\n', ["category 1"]),
    ],
)  # fmt: skip
def test_mistakes_name_the_place_the_key_and_what_is_expected(
    tmp_path: Path, text: str, said: list[str]
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read_categories(path, ("validated_share", "a"))
    for part in [str(path), *said]:
        assert part in str(caught.value)


def test_all_mistakes_are_listed(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(RULE + 'event = "hold"\nkind = "a"\n[[category]]\nname = "b"\n')
    with pytest.raises(ConfigError) as caught:
        read_categories(path)
    lines = str(caught.value).splitlines()
    assert len(lines) == 3 and all(line.startswith(f"{path}: category") for line in lines)


def test_a_file_that_is_not_there_or_no_text(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot read the categories"):
        read_categories(tmp_path / "gone.toml")
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="not UTF-8"):
        read_categories(tmp_path / "bytes.toml")
