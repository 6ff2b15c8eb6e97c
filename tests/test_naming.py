"""A person says who the agent is: all that depends on it follows, and lasts."""

from __future__ import annotations

import csv
import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result

import factory
from callcoach.analysis.agent_naming import NAMED, NamingError, told_of, with_agent
from callcoach.analysis.interpretation import interpreted
from callcoach.analysis.models import Models
from callcoach.batch.retention.purge import RetentionRule, plan_purge
from callcoach.batch.retention.verify import check_folder
from callcoach.batch.run import agent_naming as naming_in_store
from callcoach.batch.run import worker
from callcoach.batch.run.agent_naming import NOBODY, name_agent
from callcoach.cli.main import main
from callcoach.coaching.coach import PARTS
from callcoach.config.config import Config, load_config
from callcoach.config.interaction import SilencesConfig
from callcoach.dialogue.phrasebook import Matcher
from callcoach.errors import ConfigError
from callcoach.model.agent_statement import AgentStatement
from callcoach.model.analysis import CallAnalysis
from callcoach.model.party import Role, Roles, RoleSource
from callcoach.model.speech import Activity, SpeechRegion
from callcoach.model.timeline import Span
from callcoach.model.voice import BaselineSource
from callcoach.privacy.redaction import redact
from callcoach.reports.call.agent_naming import naming_part
from callcoach.reports.tables.rows import call_row, part_rows
from callcoach.speech.coverage import WORDS_MISSING, Missing, missing_warnings
from callcoach.storage.agent_statements import read_told, told_path
from callcoach.storage.analysis_json import from_json, to_json
from callcoach.storage.ledger import Ledger
from callcoach.storage.output_folder import Store
from callcoach.storage.run_settings import keep_settings, settings_for
from coached import coached
from doubles import ToldEngine, clip_of
from shipped import open_recording, purge, render_html, render_markdown
from test_batch import CONFIG, fake_models, make_call, run  # noqa: F401

PLAIN = Config()
ONE, TWO = "first_call", "second_call"
MATCHER = Matcher(PLAIN.phrases, None, PLAIN.matching)


def mapped(analysis: CallAnalysis) -> CallAnalysis:
    """The call as a run with a channel map gives it, stored and read again."""
    return stored(interpreted(analysis, MATCHER, PLAIN))


def stored(analysis: CallAnalysis) -> CallAnalysis:
    return from_json(to_json(analysis), "here")


def named(analysis: CallAnalysis, agent: str | None, **more: str) -> CallAnalysis:
    return with_agent(analysis, agent, MATCHER, PLAIN, **more)


def without_source(analysis: CallAnalysis) -> str:
    """The call's document without who said who is who."""
    warnings = tuple(one for one in analysis.warnings if one != NAMED)
    return to_json(dataclasses.replace(analysis, roles=None, warnings=warnings))


CALLS = [factory.two_channels(), factory.tense_call()]


# ------------------------------------------------------------------ the pure part


@pytest.mark.parametrize("analysis", CALLS)
def test_naming_the_agent_gives_what_the_channel_map_gives(analysis: CallAnalysis) -> None:
    unknown = stored(factory.unnamed(analysis))
    agent = next(
        after.id
        for after, before in zip(unknown.call.parties, analysis.call.parties, strict=True)
        if before.role is Role.AGENT
    )
    after = named(unknown, agent)
    assert without_source(after) == without_source(mapped(analysis))
    assert after.roles is not None and after.roles.source is RoleSource.PERSON
    assert NAMED in after.warnings and "roles_unknown" not in {w.code for w in after.warnings}


@pytest.mark.parametrize("analysis", CALLS)
def test_swapped_twice_is_as_before(analysis: CallAnalysis) -> None:
    right = mapped(analysis)
    wrong = named(right, "customer")
    by_id = {turn.id: turn.speaker for turn in right.turns}
    assert all(turn.speaker != by_id[turn.id] for turn in wrong.turns)
    assert {c.turn for c in wrong.concerns or ()} != {c.turn for c in right.concerns or ()}
    assert without_source(named(wrong, "customer")) == without_source(right)
    assert without_source(named(right, "agent")) == without_source(right)


def test_every_part_has_the_new_names() -> None:
    text = to_json(factory.unnamed())
    document = from_json(text, "here")
    for name in ("agent", "customer"):
        assert f'"speaker": "{name}"' not in text and f'"after": "{name}"' not in text
        assert f'"incomer": "{name}"' not in text and f'"holder": "{name}"' not in text
        assert f'"id": "{name}"' not in text
    assert {voice.speaker for voice in document.voice} == {"speaker_1", "speaker_2"}


def test_a_warning_that_says_of_whom_it_speaks_says_it_anew() -> None:
    base = factory.two_channels()
    parties = tuple(dataclasses.replace(p, wordless_s=4.0) for p in base.call.parties)
    missing = [Missing(party.id, (Span(1, 4),)) for party in parties]
    warnings = (*base.warnings, *missing_warnings(parties, missing))
    call = dataclasses.replace(base.call, parties=parties)
    swapped = named(dataclasses.replace(base, call=call, warnings=warnings), "customer")
    expected = missing_warnings(swapped.call.parties, [
        dataclasses.replace(one, speaker=party.id)
        for one, party in zip(missing, swapped.call.parties, strict=True)
    ])  # fmt: skip
    assert [w for w in swapped.warnings if w.code == WORDS_MISSING] == list(expected)
    assert expected != missing_warnings(parties, missing)


def test_a_voice_compared_with_earlier_calls_is_compared_anew() -> None:
    base = factory.tense_call()
    voice = tuple(
        dataclasses.replace(v, baseline=BaselineSource.EARLIER_CALLS, usual=(), calmness=1.0)
        if v.speaker == "agent"
        else v
        for v in base.voice
    )
    after = named(dataclasses.replace(base, voice=voice), "customer")
    customer = next(v for v in after.voice if v.speaker == "customer")
    assert customer.baseline is BaselineSource.OWN_CALL and customer.calmness != 1.0


def test_words_against_the_map_no_longer_count_once_a_person_has_said_it() -> None:
    doubtful = dataclasses.replace(
        factory.two_channels(), roles=Roles(RoleSource.MAP, 0.99, ("how can I help",), True)
    )
    assert named(doubtful, "agent").roles == Roles(
        RoleSource.PERSON, 0.99, ("how can I help",), False
    )


def test_nobody_is_named_where_one_voice_is_heard_or_the_name_is_wrong() -> None:
    with pytest.raises(NamingError, match="one voice only"):
        named(factory.mono(), "everyone")
    with pytest.raises(NamingError, match="no speaker 'speaker_3'; it has customer and agent"):
        named(factory.two_channels(), "speaker_3")
    with pytest.raises(NamingError, match="at once"):
        named(factory.two_channels(), "agent", customer="agent")


def test_of_three_people_the_customer_is_named_too() -> None:
    base = factory.unnamed()
    third = dataclasses.replace(base.call.parties[0], id="speaker_3")
    call = dataclasses.replace(base.call, parties=(*base.call.parties, third))
    three = dataclasses.replace(base, call=call)
    with pytest.raises(NamingError, match="--customer and one of speaker_1 and speaker_3"):
        named(three, "speaker_2")
    after = named(three, "speaker_2", customer="speaker_3")
    assert [party.id for party in after.call.parties] == ["speaker_1", "agent", "customer"]


def test_what_is_private_by_the_new_roles_is_hidden_too() -> None:
    base = factory.two_channels()
    first = dataclasses.replace(base.turns[0], text="My name is Tabitha Oakes.")
    assert first.speaker == "agent"
    words = tuple(word for word in base.words if word.start_s >= first.end_s)
    words = (*factory.words_of(first), *words)
    call = dataclasses.replace(base, turns=(first, *base.turns[1:]), words=words)
    before = redact(call, PLAIN.redaction)
    after = named(before, "customer")
    # An agent gives a name to everybody who calls, a customer's is private.
    assert "Tabitha" in to_json(before) and "Tabitha" not in to_json(after)
    assert before.redactions is not None and after.redactions is not None
    assert len(after.redactions) == len(before.redactions) + 1
    assert any(one.overlaps(first) for one in after.redactions)
    assert after.warnings[-1] == NAMED


# ------------------------------------------------------------------ finding the agent again


def activity(name: str, *spans: tuple[float, float]) -> Activity:
    return Activity(name, tuple(SpeechRegion(*span, name) for span in spans))


def test_the_agent_is_found_again_whatever_the_voices_are_called() -> None:
    told = told_of(mapped(factory.two_channels()))
    turns = factory.two_channels().turns
    for first, second in (("agent", "customer"), ("customer", "agent")):
        spans = {
            name: [(t.start_s + 0.1, t.end_s) for t in turns if t.speaker == name]
            for name in (first, second)
        }
        heard = [activity("speaker_1", *spans[first]), activity("speaker_2", *spans[second])]
        assert told.names(heard) == {"speaker_1": first, "speaker_2": second}


def test_a_person_is_not_found_again_where_the_voices_are_others() -> None:
    told = AgentStatement("0" * 64, (Span(0, 5),), (Span(6, 9),))
    assert told.names([activity("everyone", (0, 9))]) is None
    assert told.names([activity("a", (20, 30)), activity("b", (31, 40))]) is None
    nobody = AgentStatement("0" * 64, (), ())
    heard = [activity("agent", (0, 5)), activity("customer", (6, 9))]
    assert nobody.names(heard) == {"agent": "speaker_1", "customer": "speaker_2"}


# ------------------------------------------------------------------ both people are shown


def test_with_unknown_roles_each_persons_concerns_and_questions_are_found() -> None:
    known, unknown = mapped(factory.two_channels()), factory.unnamed()
    customer = {turn.id for turn in known.turns if turn.speaker == "customer"}
    agent = {turn.id for turn in known.turns if turn.speaker == "agent"}
    assert known.concerns and known.questions and unknown.concerns and unknown.questions
    assert {c.turn for c in unknown.concerns} >= {c.turn for c in known.concerns}
    assert {c.turn for c in unknown.concerns} & customer
    assert [q for q in unknown.questions if q.turn in agent] == list(known.questions)
    assert {q.turn for q in unknown.questions} & customer
    assert all(concern.tension is None for concern in unknown.concerns)
    order = [turn.id for turn in unknown.turns]
    for found in (unknown.concerns, unknown.questions):
        places = [order.index(item.turn) for item in found]
        assert places == sorted(places)


def test_with_unknown_roles_what_needs_roles_has_a_reason_and_nobody_is_scored() -> None:
    after = coached(factory.unnamed())
    reasons = {item.measure: item.reason for item in after.unmeasured}
    for part in (
        "responses",
        "acts",
        "paraphrases",
        "closing",
        "gist",
        "arc",
        "tension",
        "findings",
    ):
        assert getattr(after, part) is None and "not known" in reasons[part]
    assert not {"concerns", "questions"} & reasons.keys()
    assert after.scorecard is not None and after.scorecard.overall is None
    assert not set(PARTS) - {"findings"} & reasons.keys()


def test_with_unknown_roles_tables_say_nothing_of_agent_and_customer() -> None:
    analysis = coached(factory.unnamed())
    row = call_row(analysis)
    assert not [name for name in row if name.startswith(("agent_talk", "customer_", "questions_"))]
    assert row.get("concerns") is None
    parts = part_rows(analysis)
    assert {one["speaker"] for one in parts["concerns"]} == {"speaker_1", "speaker_2"}
    assert {one["role"] for one in parts["concerns"]} == {"unknown"}
    assert {one["speaker"] for one in parts["voice"]} == {"speaker_1", "speaker_2"}


def test_the_page_says_how_to_name_the_agent_and_what_each_says_first() -> None:
    analysis = coached(factory.unnamed())
    html, text = render_html(analysis), render_markdown(analysis)
    for speaker in ("speaker_1", "speaker_2"):
        command = f"callcoach roles OUT {analysis.call.id} --agent {speaker}"
        assert command in html and command in text
    for page in (html, text):
        assert "Thank you for calling Harbour Energy, this is Maya." in page
        assert "What each person voiced and asked" in page and "Was the customer heard?" not in page
    assert "Speaker 1" in text and "Speaker 2" in text
    assert "## Who is the agent?" not in render_markdown(coached(factory.two_channels()))


def test_only_doubtful_roles_are_called_so() -> None:
    known = factory.two_channels()
    part = naming_part(known)
    assert part is not None and part.known and not part.doubtful
    words = naming_part(dataclasses.replace(known, roles=Roles(RoleSource.WORDS, 0.9)))
    assert words is not None and words.doubtful
    assert naming_part(factory.mono()) is None


# ------------------------------------------------------------------ in an output folder


def manifest(source: Path, agent_channel: str) -> Path:
    """Two calls of one agent, on two channels."""
    path = source / "calls.csv"
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("path", "call_id", "agent_id", "started_at", "agent_channel"))
        for name in (ONE, TWO):
            rows.writerow((f"{name}.wav", name, "maya", "2026-01-02T10:00:00Z", agent_channel))
    return path


@pytest.fixture
def out(tmp_path: Path, fake_models: Models, monkeypatch: pytest.MonkeyPatch) -> Path:  # noqa: F811
    """An output folder with two calls of which nobody knows the agent."""
    monkeypatch.setattr(naming_in_store, "load_matcher", lambda config: (fake_models.matcher, None))
    for seed, name in enumerate((ONE, TWO)):
        make_call(tmp_path / "in" / f"{name}.wav", 20 * seed)
    run(manifest(tmp_path / "in", ""), tmp_path / "out")
    return tmp_path / "out"


def name(out: Path, call_id: str, agent: str, config: Config | None = None) -> CallAnalysis:
    store = Store(out)
    with store.locked(), store.closing():
        return name_agent(store, call_id, agent, config)


def parties(out: Path, call_id: str) -> list[str]:
    return [party.id for party in Store(out).load(call_id).call.parties]


def invoke(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_a_call_named_afterwards_is_as_with_the_map(out: Path, tmp_path: Path) -> None:
    assert parties(out, ONE) == ["speaker_1", "speaker_2"]
    before = (out / "calls" / TWO / "analysis.json").read_bytes()
    name(out, ONE, "speaker_2")
    other = tmp_path / "mapped"
    run(manifest(tmp_path / "in", "right"), other)
    ours, theirs = Store(out).load(ONE), Store(other).load(ONE)
    assert without_source(ours) == without_source(
        dataclasses.replace(theirs, provenance=ours.provenance)
    )
    assert (out / "calls" / TWO / "analysis.json").read_bytes() == before
    for table in ("calls", "turns", "voice"):
        one, two = (
            pd.read_parquet(folder / "tables" / f"{table}.parquet").query(f"call_id == '{ONE}'")
            for folder in (out, other)
        )
        dropped = [c for c in ("warning_codes",) if c in one]
        pd.testing.assert_frame_equal(one.drop(columns=dropped), two.drop(columns=dropped))
    page = (out / "calls" / ONE / "report.html").read_text()
    assert "Who is the agent?" not in page
    assert "Who is the agent?" in (out / "calls" / TWO / "report.html").read_text()
    assert check_folder(Store(out)) == ()
    ledgers = [Ledger(folder / "ledger.sqlite") for folder in (out, other)]
    for ledger in ledgers:
        ledger.close()


def test_the_index_says_how_to_name_the_agent_until_it_is_known(out: Path) -> None:
    line = f"callcoach roles OUT {ONE} --agent"
    assert line in (out / "index.html").read_text()
    name(out, ONE, "speaker_1")
    index = (out / "index.html").read_text()
    assert line not in index and f"callcoach roles OUT {TWO} --agent" in index


def test_what_a_person_said_lasts(out: Path, tmp_path: Path) -> None:
    name(out, ONE, "speaker_2")
    named_now = (out / "calls" / ONE / "analysis.json").read_bytes()
    assert invoke("report", out).exit_code == 0
    source = manifest(tmp_path / "in", "")
    result, _ = run(source, out)
    assert (result.done, result.unchanged) == (0, 2)
    assert (out / "calls" / ONE / "analysis.json").read_bytes() == named_now
    # Other settings: analysed again, even with a map that says otherwise.
    changed = CONFIG.model_copy(update={"silences": SilencesConfig(dead_air_s=4.0)})
    result, _ = run(manifest(tmp_path / "in", "left"), out, changed)
    assert result.done == 2
    assert parties(out, ONE) == ["customer", "agent"] and parties(out, TWO) == ["agent", "customer"]
    again = Store(out).load(ONE)
    assert again.roles is not None and again.roles.source is RoleSource.PERSON
    assert NAMED in again.warnings


def test_nobody_is_the_agent_again_and_that_lasts_too(out: Path, tmp_path: Path) -> None:
    name(out, ONE, "speaker_2")
    name(out, ONE, NOBODY)
    assert parties(out, ONE) == ["speaker_1", "speaker_2"]
    run(manifest(tmp_path / "in", "right"), out)
    assert parties(out, ONE) == ["speaker_1", "speaker_2"] and parties(out, TWO)[1] == "agent"
    codes = {warning.code for warning in Store(out).load(ONE).warnings}
    assert "roles_unknown" in codes and NAMED.code not in codes


def test_another_recording_under_the_same_name_is_nobodys_yet(out: Path, tmp_path: Path) -> None:
    name(out, ONE, "speaker_2")
    make_call(tmp_path / "in" / f"{ONE}.wav", 60)
    run(manifest(tmp_path / "in", ""), out)
    assert parties(out, ONE) == ["speaker_1", "speaker_2"]


def test_a_purge_takes_it_away_and_verify_knows_it(out: Path) -> None:
    store = Store(out)
    name(out, ONE, "speaker_2")
    assert read_told(store, ONE) is not None
    told_path(store, TWO).write_text("{")
    told_path(store, TWO).chmod(0o600)
    assert [fault.place for fault in check_folder(store)] == [f"calls/{TWO}/agent.json"]
    told_path(store, TWO).unlink()
    with store.locked():
        purged = purge(store, plan_purge(store, RetentionRule(call_ids=(ONE,))))
    assert not purged.left and not told_path(store, ONE).exists()


def test_the_copy_before_hiding_is_renamed_too(
    tmp_path: Path,
    fake_models: Models,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(naming_in_store, "load_matcher", lambda config: (fake_models.matcher, None))
    make_call(tmp_path / "in" / f"{ONE}.wav")
    redaction = CONFIG.redaction.model_copy(update={"keep_raw": True})
    config = CONFIG.model_copy(update={"redaction": redaction})
    run(tmp_path / "in", tmp_path / "out", config)
    name(tmp_path / "out", ONE, "speaker_1")
    raw = from_json((tmp_path / "out" / "calls" / ONE / "raw.json").read_text(), "raw")
    assert [party.id for party in raw.call.parties] == ["agent", "customer"]


def test_what_is_hidden_only_now_is_not_heard_either(
    tmp_path: Path,
    fake_models: Models,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = (" My", " name", " is", " Tabitha", " Oakes.")
    words = [(0.1 + 0.2 * place, 0.3 + 0.2 * place, word) for place, word in enumerate(told)]
    engine = ToldEngine(lambda clip: clip_of(*words))
    models = dataclasses.replace(fake_models, engine=engine)
    monkeypatch.setattr(worker, "load_models", lambda config: models)
    monkeypatch.setattr(naming_in_store, "load_matcher", lambda config: (models.matcher, None))
    make_call(tmp_path / "in" / f"{ONE}.wav")
    make_call(tmp_path / "in" / f"{TWO}.wav", 20)
    out = tmp_path / "out"
    run(manifest(tmp_path / "in", "left"), out)
    before = Store(out).load(ONE)
    assert before.redactions and {one.speaker for one in before.redactions} == {"customer"}
    after = name(out, ONE, "customer")
    hidden = [one for one in after.redactions or () if one.speaker == "customer"]
    assert len(hidden) == 1
    sound, rate_hz = heard_copy(out / "calls" / ONE / "audio.m4a")
    for span in after.redactions or ():
        part = sound[round(span.start_s * rate_hz) : round(span.end_s * rate_hz)]
        assert np.abs(part).max() < 1e-3
    other, _ = heard_copy(out / "calls" / TWO / "audio.m4a")
    first = hidden[0]
    loud = other[round(first.start_s * rate_hz) : round(first.end_s * rate_hz)]
    assert np.abs(loud).max() > 0.01
    assert check_folder(Store(out)) == ()


def heard_copy(path: Path) -> tuple[np.ndarray, int]:
    """Samples of a copy, shape (n, channels), and their rate."""
    header, blocks = open_recording(path)
    return np.concatenate(list(blocks)), header.sample_rate_hz


def test_settings_that_the_call_was_not_analysed_with_are_refused(out: Path) -> None:
    other = CONFIG.model_copy(update={"silences": SilencesConfig(dead_air_s=4.0)})
    with pytest.raises(ConfigError, match=f"call {ONE}"):
        name(out, ONE, "speaker_1", other)
    assert parties(out, ONE) == ["speaker_1", "speaker_2"]


def test_kept_settings_come_back_as_they_were(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text('[concern.problem]\nwords = ["the frobnicator hums"]\n')
    (tmp_path / "c.toml").write_text(
        '[matching]\nown_file = "own.toml"\n[notify]\nwebhook = "https://example.org/hook-7x"\n'
    )
    config, store = load_config(tmp_path / "c.toml"), Store(tmp_path / "out")
    keep_settings(store, config)
    call = factory.two_channels()
    provenance = dataclasses.replace(call.provenance, config_sha256=config.sha256)
    found = settings_for(store, dataclasses.replace(call, provenance=provenance))
    assert found.sha256 == config.sha256 != PLAIN.sha256 and found.phrases == config.phrases
    assert "hook-7x" not in (store.root / "settings.json").read_text()


def test_the_command(out: Path) -> None:
    asked = invoke("roles", out, ONE)
    assert asked.exit_code == 0 and "speaker_1: “hello there" in asked.output
    unknown = invoke("roles", out, "first_calls", "--agent", "speaker_1")
    assert unknown.exit_code == 1 and "did you mean 'first_call'?" in unknown.output
    nobody = invoke("roles", out, ONE, "--agent", "speaker_9")
    assert nobody.exit_code == 2 and "speaker_2: “hello there" in nobody.output
    store = Store(out)
    with store.locked():
        busy = invoke("roles", out, ONE, "--agent", "speaker_1")
    assert busy.exit_code == 2 and "another run" in busy.output
    assert parties(out, ONE) == ["speaker_1", "speaker_2"]
    done = invoke("roles", out, ONE, "--agent", "speaker_1")
    assert done.exit_code == 0 and "agent: “hello there" in done.output, done.output
    assert parties(out, ONE) == ["agent", "customer"]
