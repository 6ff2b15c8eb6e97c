"""The typed hand-overs between the stages, and the result of a call.

Stages pass these frozen dataclasses and nothing else. ``None`` means "not measured" and always
comes with a reason; 0 means "measured, none found". Times are seconds from the start of the
recording. The field names of :class:`CallAnalysis` and of what it holds are the names in
``analysis.json``: changing one changes the published schema.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import numpy as np
import numpy.typing as npt

from callcoach.delivery import Composure, TurnTension, Unmeasured, VoiceMeasures
from callcoach.findings import CategoryTag, Finding, Scorecard
from callcoach.floor import Listening
from callcoach.language import (
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
from callcoach.playback import Playback, Redaction, Waveform
from callcoach.role import Role as Role
from callcoach.timeline import Span

FloatArray = npt.NDArray[np.float32]

SCHEMA_VERSION = 1

FILES_PARTED = " / "
"""Between the names of a call's two files: a file's name cannot hold it."""


class Side(StrEnum):
    """A channel of a two-channel recording."""

    LEFT = "left"
    RIGHT = "right"

    @property
    def row(self) -> int:
        """Row of the channel in the sample array: 0 for left, 1 for right."""
        return 0 if self is Side.LEFT else 1


class Timing(StrEnum):
    """Where a word's times come from."""

    MEASURED = "measured"  # aligned by the engine, inside the speech activity as it stands
    INTERPOLATED = "interpolated"  # moved or cut to fit the speech activity


class OverlapKind(StrEnum):
    """What happened when two people spoke at once."""

    BACKCHANNEL = "backchannel"
    TERMINAL = "terminal"
    DUAL_START = "dual_start"
    ATTEMPTED = "attempted"
    INTERRUPTION = "interruption"
    UNCLEAR = "unclear"


class SilenceKind(StrEnum):
    """A stretch in which nobody speaks."""

    GAP = "gap"  # between two speakers
    PAUSE = "pause"  # within one speaker's turn
    DEAD_AIR = "dead_air"  # longer than the configured limit
    HOLD = "hold"  # music, ringing or tones


# --------------------------------------------------------------------------- intake and signal


@dataclass(frozen=True)
class MetadataItem:
    """One extra column of the manifest, passed through to the tables as text."""

    name: str
    value: str


@dataclass(frozen=True)
class SecondFile:
    """The right-hand side of a call whose two people lie in a file each: the customer's file.

    ``offset_s`` is how much later than the first file it begins, in seconds; negative where it
    begins before.
    """

    path: Path
    offset_s: float = 0.0


@dataclass(frozen=True)
class Recording:
    """A recording to analyse, as the source folder or the manifest names it.

    ``path`` is where the bytes are; ``agent_side`` is ``None`` when nobody said which channel is
    the agent. With a ``second`` file the first one is the left channel and the second the right
    one. ``sidecar`` is the file beside it from which facts were read, ``notes`` what a reader of
    the report must know of where it comes from.
    """

    path: Path
    call_id: str
    agent_id: str | None = None
    started_at: str | None = None
    agent_side: Side | None = None
    metadata: tuple[MetadataItem, ...] = ()
    second: SecondFile | None = None
    sidecar: Path | None = None
    notes: tuple[CallWarning, ...] = ()

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files of the sound: one, or the agent's and the customer's."""
        return (self.path,) if self.second is None else (self.path, self.second.path)

    @property
    def source_name(self) -> str:
        """The names of its files, parted as no name can be."""
        return FILES_PARTED.join(path.name for path in self.paths)


class FileFaultKind(StrEnum):
    """What is wrong with a recording's file."""

    ENDS_EARLY = "ends_early"  # it breaks off; how much is missing it does not say
    DAMAGED = "damaged"  # places inside could not be read
    PART_NOT_READ = "part_not_read"  # recordings behind the first that do not go with it
    WRONG_LENGTH = "wrong_length"  # its header tells another length than it holds; nothing is lost
    JOINED = "joined"  # recordings one behind the other, all read; nothing is lost


@dataclass(frozen=True)
class FileFault:
    """Something wrong with a recording's file, found while it was read.

    ``seconds`` is the sound that it costs, ``None`` where that is not known or none is lost.
    """

    kind: FileFaultKind
    seconds: float | None = None


@dataclass(frozen=True)
class Audio:
    """Decoded sound, ready for the signal stages.

    ``samples`` has shape ``(channels, n)``, float32, full scale 1.0, at ``sample_rate_hz``: the
    one rate that speech activity, Whisper and the pitch tracker share. ``source_rate_hz`` is the
    recording's own rate; ``peaks`` and ``clipped_shares`` (samples at full scale, 0..1) were taken
    per channel before resampling. ``codec`` is the decoder's name for the format.
    ``promised_s`` is the length the file's header gives where less could be decoded; ``faults``
    are what else is wrong with the file.
    """

    samples: FloatArray
    sample_rate_hz: int
    source_rate_hz: int
    codec: str
    sha256: str
    peaks: tuple[float, ...]
    clipped_shares: tuple[float, ...]
    promised_s: float | None = None
    faults: tuple[FileFault, ...] = ()

    @property
    def channels(self) -> int:
        """Number of channels, 1 or 2."""
        return int(self.samples.shape[0])

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return float(self.samples.shape[1]) / self.sample_rate_hz


class Severity(StrEnum):
    """How much a warning matters."""

    WARNING = "warning"  # lowers the trust in a number
    NOTE = "note"  # good to know; normal for telephone calls


@dataclass(frozen=True)
class CallWarning:
    """Something about the recording that a reader must know before trusting a number.

    ``code`` is stable (for filters); ``text`` is what people read. ``channel`` is ``None`` when
    the whole recording is meant.
    """

    code: str
    text: str
    channel: Side | None = None
    severity: Severity = Severity.WARNING


@dataclass(frozen=True)
class ChannelHealth:
    """Measured condition of one channel. Levels in dB relative to full scale (dBov)."""

    level_dbov: float | None
    peak_dbov: float | None
    clipped_share: float
    silent_share: float
    dead: bool


@dataclass(frozen=True)
class AudioHealth:
    """Measured condition of a recording.

    ``identical_channels`` is true when both channels carry the same signal; the call is then
    treated as mono. ``crosstalk_share`` is the share of detected speech that was only the other
    side leaking in (0..1), ``None`` for mono or where the gate was off.
    """

    channels: tuple[ChannelHealth, ...]
    identical_channels: bool
    narrowband: bool
    crosstalk_share: float | None = None


@dataclass(frozen=True)
class SpeechRegion(Span):
    """Speech of one party."""

    speaker: str


@dataclass(frozen=True)
class Activity:
    """When one party speaks.

    ``regions`` are disjoint and in order of time. ``snr_db`` is the level of speech over the
    channel's background in dB, ``None`` when there is no speech or no background to compare.
    ``leak_s`` counts the seconds dropped as the other side's leak, ``None`` with the gate off.
    ``unsure`` are stretches of the channel that have the level of speech and are not known to be
    any: they are nobody's speech and no silence.
    """

    speaker: str
    regions: tuple[SpeechRegion, ...]
    snr_db: float | None = None
    leak_s: float | None = None
    unsure: tuple[Span, ...] = ()

    @property
    def speech_s(self) -> float:
        """Seconds of speech."""
        return sum(r.duration_s for r in self.regions)


@dataclass(frozen=True)
class SpeakerChange:
    """From ``at_s`` on another person speaks on a channel; ``similarity`` is the voices' cosine.

    ``by_turns`` is true where the two voices alternate from then on, as in a conference.
    """

    channel: Side
    at_s: float
    similarity: float
    by_turns: bool = False


@dataclass(frozen=True)
class Party:
    """One side of the call.

    ``id`` is the name used by every ``speaker`` field: ``agent`` and ``customer`` where the roles
    are known, else ``speaker_1`` (left, or first heard) and ``speaker_2`` (right), with
    ``speaker_3`` where a third voice shares the channel; ``everyone`` where the voices of one
    channel are not told apart.

    ``wordless_s`` is how much of ``speech_s`` has no words, whatever lost them. ``language`` is the
    spoken language as Whisper's code, ``language_probability`` how sure that is (0..1): ``None``
    where nothing was heard, and the probability also where the language was given.
    ``talk_share`` (0..1) is ``speech_s`` as a share of the call's length: time in which two speak
    counts for both.
    """

    id: str
    role: Role
    channel: Side | None
    speech_s: float
    wordless_s: float | None = None
    language: str | None = None
    language_probability: float | None = None
    talk_share: float | None = None


@dataclass(frozen=True)
class PartyTrust:
    """How far the recording of a party can be trusted: ``trust`` (0..1) is what warnings leave."""

    speaker: str
    trust: float


class RoleSource(StrEnum):
    """Where it is known from who the agent is."""

    MAP = "map"  # the channel map of the manifest, the settings or the file names
    WORDS = "words"  # what is said
    PERSON = "person"  # somebody named the agent afterwards
    NONE = "none"  # it is not known


@dataclass(frozen=True)
class Roles:
    """How it is known who the agent is.

    ``confidence`` (0..1) is how sure the words are of the agent that they speak for, whatever the
    source; ``None`` where they were not asked or tell nothing. ``heard`` quotes them.
    ``contradicted`` is true where the words speak surely against the source.
    """

    source: RoleSource
    confidence: float | None = None
    heard: tuple[str, ...] = ()
    contradicted: bool = False


# --------------------------------------------------------------------------- words and dialogue


@dataclass(frozen=True)
class Word(Span):
    """A transcribed word; its times lie within the speaker's speech activity."""

    speaker: str
    text: str
    probability: float
    timing: Timing


@dataclass(frozen=True)
class DroppedWord(Span):
    """A word the engine gave that was not kept, and why (an audit list)."""

    speaker: str
    text: str
    reason: str


@dataclass(frozen=True)
class Turn(Span):
    """One speaker's stretch of talk, by speech activity. ``text`` may be empty."""

    id: str
    speaker: str
    text: str


class OverlapNext(StrEnum):
    """What happened after two people spoke at once."""

    HOLDER = "holder"  # who had the turn spoke on
    INCOMER = "incomer"  # who came in spoke on
    HOLDER_REPAIRED = "holder_repaired"  # the holder made up for it: "sorry, go ahead"
    INCOMER_REPAIRED = "incomer_repaired"  # the incomer did
    NOBODY = "nobody"  # both fell silent


@dataclass(frozen=True)
class OverlapEvent(Span):
    """Two people speaking at once: the span is the shared time.

    It is the incomer's turn where one came in during a pause, in the other's mid-sentence.

    ``confidence`` (0..1) says how sure the kind is; it is no probability. ``cut_off`` quotes what
    an interrupted holder said last, ``None`` where nobody was interrupted or there are no words.
    ``mid_sentence`` tells whether a holder who gave the floor away had not finished, ``None``
    where the words do not tell. ``confidence`` and ``next`` are ``None`` in an event that was not
    judged.
    """

    kind: OverlapKind
    incomer: str
    holder: str
    holder_yielded: bool | None
    text: str
    confidence: float | None = None
    cut_off: str | None = None
    mid_sentence: bool | None = None
    next: OverlapNext | None = None


@dataclass(frozen=True)
class Silence(Span):
    """Nobody speaks. ``after`` is who spoke last, ``None`` at the start of the call.

    ``announced`` says whether somebody had said that a wait was coming; it is ``None`` for gaps
    and pauses, where there are no words to judge by, and where somebody may have spoken unclearly
    just before.
    """

    kind: SilenceKind
    after: str | None
    announced: bool | None = None


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
