"""The typed hand-overs between the stages, and the result of a call.

Stages pass these frozen dataclasses and nothing else. ``None`` means "not measured" and always
comes with a reason; 0 means "measured, none found". Times are seconds from the start of the
recording. The field names of :class:`CallAnalysis` and of what it holds are the names in
``analysis.json``: changing one changes the published schema.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from callcoach.model.coaching import CategoryTag, Finding, Scorecard
from callcoach.model.interaction import Listening, OverlapEvent, Silence
from callcoach.model.language import (
    ClosingMark,
    Concern,
    GistLine,
    Paraphrase,
    Question,
    Response,
    TensionArc,
    TurnActs,
    UtteranceTurns,
)
from callcoach.model.party import Party, Roles
from callcoach.model.party import Role as Role
from callcoach.model.playback import Playback, Waveform
from callcoach.model.private import Redaction, Silenced
from callcoach.model.recording import AudioHealth, CallWarning, MetadataItem
from callcoach.model.speech import DroppedWord, SpeakerChange, SpeechRegion, Turn, Word
from callcoach.model.timeline import Span
from callcoach.model.unmeasured import Unmeasured
from callcoach.model.voice import Composure, TurnTension, VoiceMeasures

SCHEMA_VERSION = 1


@dataclass(frozen=True)
class PartyTrust:
    """How far the recording of a party can be trusted: ``trust`` (0..1) is what warnings leave."""

    speaker: str
    trust: float


# --------------------------------------------------------------------------- the result


@dataclass(frozen=True)
class CallInfo:
    """The call's header. ``metadata`` items stand beside the other keys in ``analysis.json``."""

    id: str
    agent_id: str | None
    started_at: str | None
    duration_s: float
    source_name: str
    source_sha256: str
    channels: int
    sample_rate_hz: int
    codec: str
    mono: bool
    parties: tuple[Party, ...]
    metadata: tuple[MetadataItem, ...] = ()


@dataclass(frozen=True)
class ModelUse:
    """A model that took part, with the hash of the file that was loaded."""

    task: str
    name: str
    sha256: str
    source: str


@dataclass(frozen=True)
class PackageVersion:
    """A package that took part."""

    name: str
    version: str


@dataclass(frozen=True)
class Provenance:
    """What produced the analysis: enough to repeat it byte for byte."""

    callcoach: str
    config_sha256: str
    engine: str
    models: tuple[ModelUse, ...]
    packages: tuple[PackageVersion, ...]


@dataclass(frozen=True)
class CallAnalysis:
    """Everything callcoach says about one call; ``analysis.json`` is this and nothing else.

    A part that is ``None`` was not measured; ``unmeasured`` says why.
    """

    call: CallInfo
    health: AudioHealth
    words: tuple[Word, ...]
    turns: tuple[Turn, ...]
    overlaps: tuple[OverlapEvent, ...] | None
    silences: tuple[Silence, ...]
    activity: tuple[SpeechRegion, ...]
    voice: tuple[VoiceMeasures, ...]
    dropped_words: tuple[DroppedWord, ...]
    warnings: tuple[CallWarning, ...]
    provenance: Provenance
    concerns: tuple[Concern, ...] | None = None
    responses: tuple[Response, ...] | None = None
    paraphrases: tuple[Paraphrase, ...] | None = None
    questions: tuple[Question, ...] | None = None
    findings: tuple[Finding, ...] | None = None
    gist: tuple[GistLine, ...] | None = None
    acts: tuple[TurnActs, ...] | None = None
    closing: tuple[ClosingMark, ...] | None = None
    arc: TensionArc | None = None
    scorecard: Scorecard | None = None
    categories: tuple[CategoryTag, ...] | None = None
    tension: tuple[TurnTension, ...] | None = None
    composure: Composure | None = None
    listening: Listening | None = None
    waveform: tuple[Waveform, ...] | None = None
    playback: Playback | None = None
    redactions: tuple[Redaction, ...] | None = None
    silenced: tuple[Silenced, ...] | None = None
    roles: Roles | None = None
    speaker_changes: tuple[SpeakerChange, ...] | None = None
    unsure: tuple[Span, ...] | None = None
    utterances: tuple[UtteranceTurns, ...] | None = None
    trust: tuple[PartyTrust, ...] = ()
    unmeasured: tuple[Unmeasured, ...] = ()
    schema_version: int = field(default=SCHEMA_VERSION)

    def party(self, speaker: str) -> Party:
        """The party a ``speaker`` field names.

        Raises
        ------
        KeyError
            If no party has that name.
        """
        for party in self.call.parties:
            if party.id == speaker:
                return party
        raise KeyError(speaker)
