"""Who is the agent, from what is said."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from callcoach.config.config import Config, load_config
from callcoach.config.language import RolesConfig
from callcoach.config.role_signs import Sign, read_signs, shipped_signs
from callcoach.dialogue.role_evidence import contradiction, roles_of, words_on_roles
from callcoach.dialogue.role_signs import GETS_DATA, GETS_DONE, OPENS, heard_signs, matches
from callcoach.dialogue.roles import RoleGuess, contradicts, guess_roles, weigh_roles
from callcoach.errors import ConfigError
from callcoach.model.party import RoleSource
from callcoach.model.speech import Activity, SpeechRegion, Word
from callcoach.speech.transcribe import Transcript
from drawing import words

CONFIG = RolesConfig()
SAMPLES = Path(__file__).parent.parent / "data_samples"
TRUTHS = sorted((SAMPLES / "truth").glob("*.json"))

Turns = Sequence[tuple[str, str]]

INBOUND = (
    ("x", "Thank you for calling Harbour Energy, this is Maya. How can I help?"),
    ("y", "Hello, I'm calling because my bill is wrong."),
)
SELLING = (
    ("x", "hello"),
    ("y", "yeah hi am I speaking to Mister Ford"),
    ("x", "yes speaking who's this"),
    ("y", "this is Kim I'm calling you from the finance department of Oakley Homes"),
    ("x", "okay what is it about"),
    ("y", "it's regarding your application we need your date of birth to go on"),
    ("x", "it's the 4th of May 1981"),
    ("y", "lovely thank you and are you still interested in the loan"),
)
MISHEARD = (
    ("x", "hole oh am I speaking with miss her ward"),
    ("y", "yes this is she"),
    (
        "x",
        "I'm calling from core kestrel all regarding your account it's the payment of nine t",
    ),
    ("y", "I lost my job so I can't pay my bill"),
    ("x", "I understand your case can you confirm your address"),
    ("y", "12 Mill Lane"),
)
STEERING = (
    ("x", "okay now go to the settings and click on network"),
    ("y", "okay done"),
    ("x", "do you see a green light on your router"),
    ("y", "yes I see it it says connected"),
    ("x", "unplug it for me and plug it back in"),
    ("y", "okay it's back on my internet is working"),
    ("x", "perfect is there anything else I can do"),
)


def said_by(turns: Turns) -> list[Word]:
    said: list[Word] = []
    for number, (speaker, text) in enumerate(turns):
        said += words(speaker, number * 5.0, number * 5.0 + 4.0, text)
    return said


def guess(*turns: tuple[str, str], config: RolesConfig = CONFIG) -> RoleGuess | None:
    return guess_roles(said_by(turns), ("x", "y"), config)


def truth_turns(path: Path) -> list[tuple[str, str]]:
    truth = json.loads(path.read_text(encoding="utf-8"))
    return [(turn["speaker"], turn["text"]) for turn in truth["turns"] if turn["text"]]


def test_a_greeting_and_a_reason_for_the_call() -> None:
    found = guess(*INBOUND)
    assert found is not None
    assert (found.agent, found.customer) == ("x", "y")
    assert found.confidence > 0.95
    assert found.plain
    assert {"thank you for calling", "how can i help", "i am calling because"} <= set(found.heard)


@pytest.mark.parametrize(
    ("turns", "agent"),
    [(INBOUND, "x"), (SELLING, "y"), (MISHEARD, "x"), (STEERING, "x")],
    ids=["inbound", "outbound", "misheard", "steering"],
)
def test_the_agent_is_told_by_more_than_a_greeting(turns: Turns, agent: str) -> None:
    found = guess(*turns)
    assert found is not None and found.agent == agent


def test_swapping_the_speakers_swaps_the_roles() -> None:
    for turns in (INBOUND, SELLING, MISHEARD, STEERING):
        here = guess(*turns)
        there = guess(*(("y" if s == "x" else "x", text) for s, text in turns))
        assert here is not None and there is not None
        assert (here.agent, here.customer) == (there.customer, there.agent)
        assert here.confidence == there.confidence
        assert here.heard == there.heard


@pytest.mark.parametrize(
    "turns",
    [
        (),
        (("x", "Good morning."), ("y", "Good morning, how was the weekend?")),
        (("x", "How can I help you?"), ("y", "No, how can I help you?")),
        (("x", "My account, yes."), ("y", "Right.")),
        (("x", "Could I have your name?"), ("y", "Why?")),
        (
            ("x", "so how are you doing these days"),
            ("y", "very well I've set up my own company with Chris"),
            ("x", "oh you hadn't mentioned that I bought a new car last week"),
            ("y", "really how much was it"),
            ("x", "too much you should have a look at it"),
            ("y", "I'm calling you from the train I can't hear you my phone is not working"),
        ),
    ],
)
def test_without_evidence_the_roles_stay_unknown(turns: tuple[tuple[str, str], ...]) -> None:
    assert guess(*turns) is None


def test_no_ordinary_sign_decides_alone() -> None:
    signs = shipped_signs()
    for name, sign in signs.agent.items():
        if sign.sure:
            continue
        line = next((s for s in sign.lines if not re.search(r"[()*#]", s)), None)
        if line is None:
            continue
        turns = [("x", line), ("y", "hm what a day")] * 9
        found = weigh_roles(said_by(turns), ("x", "y"), CONFIG)
        kinds = heard_signs(turns, ("x", "y"), signs)[0].times
        if set(kinds) & set(signs.agent) == {name}:
            assert found is not None and found.confidence < CONFIG.min_confidence, name


def test_lines_that_cancel() -> None:
    signs = shipped_signs()
    assert not matches("thank you for calling me back", signs.agent["greeting"])
    assert matches("thank you for calling the bank", signs.agent["greeting"])
    assert not matches("i am calling from home", signs.agent["calls_from"])
    assert not matches("can i speak to a manager", signs.agent["asks_who"])
    assert matches("can i speak to a manager", signs.customer["demands"])
    assert not matches("i am calling about your invoice", signs.customer["reason"])


def test_a_line_holds_choices_gaps_and_what_may_be_left_out() -> None:
    sign = Sign(reason="a test", lines=("(can|may) i please? have your * number",))
    assert matches("may i have your number", sign) == ("may i have your number",)
    assert matches("can i please have your new phone number", sign)
    assert not matches("can i have your a b c d number", sign)
    assert not matches("scan i have your number", sign)
    assert not matches("can i have your / number", sign)


def test_quotes_leave_out_what_may_be_private() -> None:
    turns = (
        ("x", "my name is Rosamund Pike from the bank how can I help you"),
        ("y", "hi I live at 4711 Elm Street and my number is 0800 555 1234"),
    )
    found = weigh_roles(said_by(turns), ("x", "y"), CONFIG)
    assert found is not None and found.heard
    text = " ".join(found.heard)
    assert not re.search(r"rosamund|pike|\d", text), text


def test_answers_tell_too() -> None:
    signs = shipped_signs()
    pair = ("x", "y")
    asked = (("x", "could you give me your account number"), ("y", "sure 4 0 1 1 8"))
    assert heard_signs(asked, pair, signs)[0].times[GETS_DATA] == 1
    assert (
        GETS_DATA
        not in heard_signs(
            (
                asked[0],
                ("y", "no why"),
            ),
            pair,
            signs,
        )[0].times
    )
    steered = (("x", "click on the blue button"), ("y", "okay done"))
    assert heard_signs(steered, pair, signs)[0].times[GETS_DONE] == 1
    opened = (("x", "Oakline Telecom"), ("y", "hi yes the line is dead since this morning"))
    assert heard_signs(opened, pair, signs)[0].times[OPENS] == 1
    assert OPENS not in heard_signs((("x", "hello"), opened[1]), pair, signs)[0].times


def test_a_listener_does_not_break_a_sentence() -> None:
    signs = shipped_signs()
    broken = (("x", "could I have"), ("y", "yeah"), ("x", "your name"))
    apart = (("x", "could I have"), ("y", "I was saying that it"), ("x", "your name"))
    assert "asks_data" in heard_signs(broken, ("x", "y"), signs)[0].times
    assert "asks_data" not in heard_signs(apart, ("x", "y"), signs)[0].times


def test_own_phrases_company_names_and_the_threshold_are_settings() -> None:
    turns = (("x", "Ahoy, this is the harbour."), ("y", "Yes."))
    assert guess(*turns) is None
    assert guess(*turns, config=RolesConfig(agent_phrases=("ahoy",))) is not None
    assert guess(*turns, config=RolesConfig(company_names=("the harbour",))) is not None
    assert guess(*turns, config=RolesConfig(agent_phrases=("ahoy",), min_confidence=0.95)) is None
    other = guess(("x", "Blub."), ("y", "Yes."), config=RolesConfig(customer_phrases=("blub",)))
    assert other is None  # a customer's phrase alone names no agent
    late = (("x", "well " * 60 + "the harbour"), ("y", "Yes."))
    assert guess(*late, config=RolesConfig(company_names=("the harbour",))) is None


def test_keys_of_earlier_versions_are_told(tmp_path: Path) -> None:
    path = tmp_path / "old.toml"
    path.write_text('[roles]\npoint = 0.7\nagent_openings = ["ahoy"]\n', encoding="utf-8")
    with pytest.raises(ConfigError, match=r"'roles\.point'.*take it out") as caught:
        load_config(path)
    assert "roles.agent_phrases" in str(caught.value)
    path.write_text("[role_signs]\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"under \[roles\]"):
        load_config(path)


def test_every_sign_has_a_weight_and_no_weight_is_against_its_sign() -> None:
    signs = shipped_signs()
    assert set(signs.weights) == {*signs.agent, *signs.customer, GETS_DATA, GETS_DONE, OPENS}
    assert all(weight > 0 for weight in signs.weights.values())


def test_other_weights_make_analyses_out_of_date() -> None:
    config = Config()
    lighter = config.role_signs.model_copy(update={"weights": {}})
    assert config.model_copy(update={"role_signs": lighter}).sha256 != config.sha256


def test_a_wrong_file_of_signs_is_told(tmp_path: Path) -> None:
    path = tmp_path / "signs.toml"
    path.write_text('[agent.x]\nreason = "r"\nlines = ["{nothing}"]\n', encoding="utf-8")
    with pytest.raises(ConfigError, match="unknown list"):
        read_signs(path, None)
    path.write_text("[agent.x]\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"reason|customer|lines"):
        read_signs(path, None)
    with pytest.raises(ConfigError, match="cannot read"):
        read_signs(tmp_path / "none.toml", None)


# --------------------------------------------------------------------------- a given map


def asked(turns: Turns, names: dict[str, str]) -> RoleGuess | None:
    """What the words say where the speakers have these names."""
    said = said_by([(names[who], text) for who, text in turns])
    parties = sorted(set(names.values()))
    activities = [Activity(name, (SpeechRegion(0.0, 1.0, name),)) for name in parties]
    return words_on_roles(Transcript(tuple(said), ()), activities, Config())


@pytest.mark.parametrize("path", TRUTHS, ids=lambda path: path.stem)
def test_a_wrong_map_of_a_sample_call_is_contradicted_and_a_right_one_is_not(path: Path) -> None:
    turns = truth_turns(path)
    right = asked(turns, {"agent": "agent", "customer": "customer"})
    roles = roles_of(True, None, right)
    assert (roles.source, roles.contradicted) == (RoleSource.MAP, False)
    assert contradiction(roles) == ()
    wrong = asked(turns, {"agent": "customer", "customer": "agent"})
    roles = roles_of(True, None, wrong)
    assert roles.contradicted
    (warning,) = contradiction(roles)
    assert warning.code == "roles_contradicted"
    assert "agent_channel" in warning.text and roles.heard[0] in warning.text


def test_unsure_words_contradict_nothing() -> None:
    names = {"x": "customer", "y": "agent"}
    few = (("x", "How can I help you?"), ("y", "Well."))
    said = asked(few, names)
    assert said is not None and said.agent == "customer"
    assert not contradicts(said, "agent")
    assert contradicts(asked(INBOUND, names), "agent")
    assert asked((), names) is None
    assert not contradicts(None, "agent")


def test_how_roles_are_known_is_said_in_every_case() -> None:
    said = asked(INBOUND, {"x": "speaker_1", "y": "speaker_2"})
    assert said is not None
    words_only = roles_of(False, said, said)
    assert words_only.source is RoleSource.WORDS
    assert words_only.confidence == round(said.confidence, 4)
    assert words_only.heard == said.heard[:6]
    unknown = roles_of(False, None, said)
    assert unknown.source is RoleSource.NONE and unknown.confidence is not None
    assert roles_of(False, None, None) == roles_of(False, None, None)
    assert roles_of(False, None, None).source is RoleSource.NONE
    assert roles_of(True, None, None).source is RoleSource.MAP
    assert roles_of(True, None, None).confidence is None
