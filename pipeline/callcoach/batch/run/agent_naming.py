"""Naming the agent of a finished call: everything that depends on it is written anew.

Nothing is transcribed, and the recording is not needed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from callcoach.analysis.agent_naming import NamingError, names_now, told_of, with_agent
from callcoach.analysis.models import load_matcher
from callcoach.batch.publish.call_files import write_analysis
from callcoach.batch.publish.playback import drop_copy
from callcoach.batch.publish.site import write_site
from callcoach.batch.run.baselines import compare_calls, voice_key
from callcoach.batch.run.coaching import CoachingTask as Scoring
from callcoach.batch.run.coaching import coach_calls
from callcoach.batch.run.worker import usual_of
from callcoach.coaching.setup import load_standard
from callcoach.config.config import Config
from callcoach.config.files import did_you_mean
from callcoach.errors import CallCoachError, StoreError
from callcoach.model.analysis import CallAnalysis
from callcoach.model.party import Role
from callcoach.model.playback import PlaybackKind
from callcoach.model.recording import Recording
from callcoach.model.voice import PastCall
from callcoach.privacy.silencing import silent_stretches
from callcoach.reports.call.agent_naming import first_words
from callcoach.storage.agent_statements import write_told
from callcoach.storage.analysis_json import from_json, to_json
from callcoach.storage.ledger import Ledger, State
from callcoach.storage.output_folder import COPY_NAME, Store, write_file
from callcoach.storage.run_settings import settings_for

NOBODY = "none"
"""In place of a speaker: nobody knows who the agent is."""


@dataclass(frozen=True)
class Speaker:
    """A person of a call: party id, role, what they said first (empty without words)."""

    id: str
    role: Role
    first: str


def speakers_of(analysis: CallAnalysis) -> tuple[Speaker, ...]:
    """The people of a call who may be named."""
    named = set(names_now(analysis))
    return tuple(
        Speaker(party.id, party.role, first_words(analysis.turns, party.id))
        for party in analysis.call.parties
        if party.id in named
    )


def finished_call(store: Store, call_id: str) -> CallAnalysis:
    """A call that has its report.

    Raises
    ------
    StoreError
        If there is none; the message names the nearest id.
    """
    ledger = Ledger(store.ledger)
    try:
        entry = ledger.get(call_id)
        done = [one.call_id for one in ledger.entries() if one.state is State.DONE]
    finally:
        ledger.close()
    if entry is not None and entry.state is State.DONE:
        return store.load(call_id)
    if entry is not None:
        raise StoreError(
            f"call {call_id} is not finished ({entry.state.value}); run again, then name the agent"
        )
    hint = did_you_mean(call_id, done, f"`callcoach status {store.root}` lists them")
    raise StoreError(f"{store.root} has no call {call_id}; {hint}")


def name_agent(
    store: Store,
    call_id: str,
    agent: str,
    config: Config | None = None,
    *,
    customer: str | None = None,
) -> CallAnalysis:
    """Write a call anew as it is with this agent: its analysis, its pages, tables and ledger.

    Parameters
    ----------
    store
        The output folder; the caller holds its lock and what is written about the whole batch.
    call_id
        A finished call.
    agent
        One of its speakers, by the name that the call has for them now, or :data:`NOBODY`.
    config
        The settings of the run; ``None`` takes those that the folder keeps.
    customer
        As in :func:`callcoach.analysis.agent_naming.with_agent`.

    Returns
    -------
    CallAnalysis
        As it is stored now.

    Raises
    ------
    StoreError
        If there is no such call, or the folder cannot be written to.
    NamingError
        If nobody of this name speaks in it; the message says what each person says first.
    ConfigError
        If these are not the settings that the call was analysed with.
    """
    before = finished_call(store, call_id)
    config = settings_for(store, before, config)
    standard = load_standard(config)
    matcher, _ = load_matcher(config)
    who = None if agent == NOBODY else agent
    try:
        after = with_agent(before, who, matcher, config, customer=customer)
    except NamingError as error:
        raise NamingError(f"{error}{_said_first(before)}") from error
    raw = store.call_folder(call_id) / "raw.json"
    if raw.is_file():
        unhidden = from_json(raw.read_text(encoding="utf-8"), str(raw))
        text = to_json(with_agent(unhidden, who, matcher, config, customer=customer))
        write_file(raw, text.encode())
    # Said first of all: a run that analyses the call anew must know it from here on.
    write_told(store, call_id, told_of(after))
    write_analysis(store, _with_sound(store, before, after, config), config.site)
    ledger = Ledger(store.ledger)
    try:
        usual = usual_of(after, config)
        voice = None
        if after.call.agent_id is not None and usual:
            past = PastCall(call_id, after.call.started_at, usual)
            voice = (after.call.agent_id, voice_key(config), past)
        ledger.put_voice(call_id, voice)
        compare_calls(store, ledger, config)
        (scored,) = coach_calls(Scoring((call_id,), store.root, standard))
        if scored.error is not None:
            raise StoreError(f"call {call_id} was not scored: {scored.error}")
        ledger.put_coached(standard.key, [(call_id, scored.stamp)])
        write_site(store, ledger, config, written=[call_id])
    finally:
        ledger.close()
    return store.load(call_id)


def _said_first(analysis: CallAnalysis) -> str:
    said = [
        f"  {one.id}: {f'“{one.first}”' if one.first else '(no words were heard)'}"
        for one in speakers_of(analysis)
    ]
    return "\n" + "\n".join(said) if said else ""


def _with_sound(
    store: Store, before: CallAnalysis, after: CallAnalysis, config: Config
) -> CallAnalysis:
    """What is hidden only now is made silent in the copy; it goes where that cannot be done."""
    playback = after.playback
    copied = playback is not None and playback.kind is PlaybackKind.COPY
    margin_s = config.reports.silence_margin_s
    silent = silent_stretches(after, margin_s)
    if not copied or silent == silent_stretches(before, margin_s):
        return after
    from callcoach.audio.copy import compact_copy

    folder = store.call_folder(after.call.id)
    try:
        copy = Recording(folder / COPY_NAME, after.call.id)
        data = compact_copy(copy, silent, config.reports, config.audio)
    except CallCoachError:
        drop_copy(folder)
        return replace(after, playback=None)
    write_file(folder / COPY_NAME, data)
    return after
