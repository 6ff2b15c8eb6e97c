"""Who is who in a call: the voices of one channel, the roles, and the names that follow.

Two channels are two people. On one channel the voices are told apart by their sound
(:mod:`callcoach.audio.diarize`). Who is the agent comes from the manifest or the configuration,
else from what is said (:mod:`callcoach.dialogue.role_evidence`).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from callcoach.audio.diarize import Diarization, SpeakerEncoder, tell_apart
from callcoach.config.config import Config
from callcoach.dialogue.roles import RoleGuess
from callcoach.model.party import Party, Role, Side
from callcoach.model.recording import Audio, CallWarning, Severity
from callcoach.model.speech import Activity, SpeechRegion
from callcoach.speech.languages import Languages
from callcoach.speech.transcribe import Transcript

EVERYONE = "everyone"
"""Party of a channel whose voices are not told apart."""

NO_WEIGHTS = (
    "The model that tells voices apart is not here: run “callcoach models fetch campplus”, then "
    "give the same command again."
)


def split_voices(
    heard: Audio, activity: Activity, encoder: SpeakerEncoder | None, config: Config
) -> Diarization:
    """The voices of a recording with one channel; a single one where they are not told apart."""
    if encoder is None or not config.diarize.on:
        return Diarization((activity,), None, True)
    return tell_apart(heard.samples[0], heard.sample_rate_hz, activity, encoder, config.diarize)


def with_rows(heard: Audio, parties: int) -> Audio:
    """The one channel once for each party, without a copy of the sound."""
    shape = (parties, heard.samples.shape[1])
    return dataclasses.replace(heard, samples=np.broadcast_to(heard.samples, shape))


def role_names(guess: RoleGuess) -> dict[str, str]:
    """New name of each party by its old one."""
    return {guess.agent: Role.AGENT.value, guess.customer: Role.CUSTOMER.value}


def renamed_activities(
    activities: Sequence[Activity], names: Mapping[str, str]
) -> tuple[Activity, ...]:
    """The same activities under other names."""
    return tuple(
        dataclasses.replace(
            activity,
            speaker=names[activity.speaker],
            regions=tuple(
                SpeechRegion(r.start_s, r.end_s, names[r.speaker]) for r in activity.regions
            ),
        )
        for activity in activities
    )


def renamed_transcript(transcript: Transcript, names: Mapping[str, str]) -> Transcript:
    """The same words under other names."""
    return Transcript(
        tuple(dataclasses.replace(w, speaker=names[w.speaker]) for w in transcript.words),
        tuple(dataclasses.replace(w, speaker=names[w.speaker]) for w in transcript.dropped),
    )


def renamed_languages(languages: Languages, names: Mapping[str, str]) -> Languages:
    """The same languages under other names."""
    parties = (dataclasses.replace(p, speaker=names[p.speaker]) for p in languages.parties)
    return dataclasses.replace(languages, parties=tuple(parties))


def spoken_parties(parties: Sequence[Party], languages: Languages) -> tuple[Party, ...]:
    """The parties with the languages they speak."""
    return tuple(
        party
        if (spoken := languages.of(party.id)) is None
        else dataclasses.replace(
            party, language=spoken.code, language_probability=spoken.probability
        )
        for party in parties
    )


def parties_of(activities: Sequence[Activity], mono: bool, duration_s: float) -> tuple[Party, ...]:
    """The parties of a call of a length, on their channels where each has one of its own."""
    roles = {role.value: role for role in Role}
    sides: Sequence[Side | None] = (None,) * len(activities) if mono else tuple(Side)
    return tuple(
        with_talk_share(
            Party(a.speaker, roles.get(a.speaker, Role.UNKNOWN), side, a.speech_s), duration_s
        )
        for a, side in zip(activities, sides, strict=True)
    )


def with_talk_share(party: Party, duration_s: float) -> Party:
    """A party with its speech as a share of the call's length, the one place where it is made."""
    share = min(1.0, party.speech_s / duration_s) if duration_s > 0 else 0.0
    return dataclasses.replace(party, talk_share=share)


def voice_warnings(
    voices: Diarization, encoder: object | None, config: Config
) -> tuple[CallWarning, ...]:
    """What a reader must know about the voices of a one-channel call."""
    count = len(voices.activities)
    if count == 1:
        if not config.diarize.on or not voices.activities[0].regions:
            return ()
        if encoder is None:
            return (CallWarning("voices_not_told_apart", NO_WEIGHTS),)
        text = (
            "Only one voice was found. If two people speak here, they sound too much alike, or "
            "one of them says very little."
        )
        return (CallWarning("one_voice", text),)
    who = "Both people" if count == 2 else "Several people"
    text = (
        f"{who} share one channel. They were told apart by their voices, so who said what, "
        "the times and the shares of talk are less sure. Speaking at once is not measured."
    )
    warnings = [CallWarning("mono_diarised", text)]
    if count > 2:
        text = (
            "More than two voices were heard, perhaps after a transfer or in an announcement. "
            "They are shown one by one, and nobody is named agent or customer."
        )
        warnings.append(CallWarning("more_voices", text))
    elif not voices.sure:
        text = (
            "The two voices sound much alike. Who said what may be wrong in places, and the "
            "voices are not measured."
        )
        warnings.append(CallWarning("voices_alike", text))
    return tuple(warnings)


def role_warnings(
    mono: bool, known: bool, guess: RoleGuess | None, activities: Sequence[Activity]
) -> tuple[CallWarning, ...]:
    """Whether the roles are known, and how to say who is who."""
    if not any(activity.regions for activity in activities):
        return (CallWarning("no_speech", "No speech was found in this recording."),)
    if known or len(activities) != 2:
        return ()
    if guess is not None:
        heard = ", ".join(f'"{phrase}"' for phrase in guess.heard[:3])
        text = (
            f"Who is the agent was found from what is said ({heard}; confidence "
            f"{guess.confidence:.2f}). If that is wrong, “callcoach roles OUT CALL_ID --agent "
            "customer” swaps the two; nothing is transcribed again."
        )
        return (CallWarning("roles_from_words", text, severity=Severity.NOTE),)
    return (roles_unknown(mono),)


def roles_unknown(mono: bool) -> CallWarning:
    """The warning that nobody knows who is the agent, with how to say it."""
    which = "which voice" if mono else "which channel"
    text = (
        f"It is not known {which} is the agent, so nothing is scored. Say it with “callcoach roles "
        f"OUT CALL_ID --agent speaker_1” (or speaker_2): nothing is transcribed again. {_fix(mono)}"
    )
    return CallWarning("roles_unknown", text)


def _fix(mono: bool) -> str:
    if mono:
        return "Two-channel recordings give this for certain."
    return (
        'For all calls, say it with agent_channel in the manifest, or agent = "left" or "right" '
        "under [channels] in the config."
    )
