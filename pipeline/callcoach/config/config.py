"""The configuration: every threshold by name, with its unit and its source.

A configuration is a TOML file whose tables are the sections below. Whatever a file leaves out
keeps its default. ``configs/default.toml`` spells every default out. An unknown key is an error
that names the nearest known one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import Field

from callcoach.config.audio import (
    ActivityConfig,
    AudioConfig,
    ChannelsConfig,
    DiarizeConfig,
    HoldsConfig,
    WaveformConfig,
)
from callcoach.config.batch import BatchConfig
from callcoach.config.calibration import CalibrationConfig
from callcoach.config.coaching import CoachingConfig
from callcoach.config.files import checked, did_you_mean, read_toml, refuse
from callcoach.config.interaction import (
    ListeningConfig,
    OverlapsConfig,
    SilencesConfig,
    TurnsConfig,
)
from callcoach.config.language import (
    ActsConfig,
    ArcConfig,
    ClosingConfig,
    ConcernsConfig,
    GistConfig,
    MeaningConfig,
    QuestionsConfig,
    ResponsesConfig,
    RolesConfig,
)
from callcoach.config.measure import TranscriptsConfig
from callcoach.config.measures import MeasuresConfig
from callcoach.config.nightly import ArrivalsConfig, LogConfig, NotifyConfig, RetentionConfig
from callcoach.config.paraphrase import ParaphraseConfig
from callcoach.config.phrasebook import MatchingConfig, PhraseBook, extended, shipped_book
from callcoach.config.privacy import RedactionConfig
from callcoach.config.reports import ReportsConfig, SamplingConfig, SiteConfig, TrendsConfig
from callcoach.config.retired import became_of
from callcoach.config.review import ReviewConfig
from callcoach.config.role_signs import RoleSigns, shipped_signs
from callcoach.config.section import Section
from callcoach.config.source import SourceConfig
from callcoach.config.speech import SpeechConfig
from callcoach.config.team_settings import is_for_teams
from callcoach.config.turn_weights import (
    ParaphraseWeights,
    TurnWeights,
    shipped_paraphrase_weights,
    shipped_weights,
)
from callcoach.config.voice import (
    BaselineConfig,
    CalmnessConfig,
    ClipsConfig,
    ComposureConfig,
    EffortConfig,
    LevelConfig,
    PitchConfig,
    RateConfig,
    StretchesConfig,
    TensionConfig,
)
from callcoach.errors import ConfigError

_BOOK = "phrases"

# Made for callcoach, in files of their own: no settings that a file of settings may name.
_FILES = (_BOOK, "weights", "paraphrase_weights", "role_signs")

_RESEARCH = "research"

# Applied to stored analyses or to the run: another value of these makes no analysis out of date.
_AFTERWARDS = frozenset(
    {"measures", "coaching", "calibration", "reports", "site", "trends", "sampling", "review"}
    | {"source", "arrivals", "batch", "log", "notify", "retention"}
)


class Config(Section):
    """All settings of an analysis, and the phrase book that goes with them."""

    channels: ChannelsConfig = ChannelsConfig()
    audio: AudioConfig = AudioConfig()
    activity: ActivityConfig = ActivityConfig()
    diarize: DiarizeConfig = DiarizeConfig()
    roles: RolesConfig = RolesConfig()
    speech: SpeechConfig = SpeechConfig()
    pitch: PitchConfig = PitchConfig()
    level: LevelConfig = LevelConfig()
    rate: RateConfig = RateConfig()
    effort: EffortConfig = EffortConfig()
    baseline: BaselineConfig = BaselineConfig()
    calmness: CalmnessConfig = CalmnessConfig()
    stretches: StretchesConfig = StretchesConfig()
    tension: TensionConfig = TensionConfig()
    composure: ComposureConfig = ComposureConfig()
    clips: ClipsConfig = ClipsConfig()
    turns: TurnsConfig = TurnsConfig()
    overlaps: OverlapsConfig = OverlapsConfig()
    silences: SilencesConfig = SilencesConfig()
    listening: ListeningConfig = ListeningConfig()
    holds: HoldsConfig = HoldsConfig()
    transcripts: TranscriptsConfig = TranscriptsConfig()
    waveform: WaveformConfig = WaveformConfig()
    meaning: MeaningConfig = MeaningConfig()
    matching: MatchingConfig = MatchingConfig()
    concerns: ConcernsConfig = ConcernsConfig()
    acts: ActsConfig = ActsConfig()
    responses: ResponsesConfig = ResponsesConfig()
    paraphrase: ParaphraseConfig = ParaphraseConfig()
    questions: QuestionsConfig = QuestionsConfig()
    closing: ClosingConfig = ClosingConfig()
    gist: GistConfig = GistConfig()
    arc: ArcConfig = ArcConfig()
    redaction: RedactionConfig = RedactionConfig()
    measures: MeasuresConfig = MeasuresConfig()
    coaching: CoachingConfig = CoachingConfig()
    calibration: CalibrationConfig = CalibrationConfig()
    reports: ReportsConfig = ReportsConfig()
    site: SiteConfig = SiteConfig()
    trends: TrendsConfig = TrendsConfig()
    sampling: SamplingConfig = SamplingConfig()
    review: ReviewConfig = ReviewConfig()
    batch: BatchConfig = BatchConfig()
    source: SourceConfig = SourceConfig()
    arrivals: ArrivalsConfig = ArrivalsConfig()
    log: LogConfig = LogConfig()
    notify: NotifyConfig = NotifyConfig()
    retention: RetentionConfig = RetentionConfig()
    phrases: PhraseBook = Field(default_factory=shipped_book)
    weights: TurnWeights = Field(default_factory=shipped_weights)
    paraphrase_weights: ParaphraseWeights = Field(default_factory=shipped_paraphrase_weights)
    role_signs: RoleSigns = Field(default_factory=shipped_signs)

    @property
    def sha256(self) -> str:
        """Hash of every value that an analysis depends on, defaults included.

        Equal settings have equal hashes. What is applied to stored analyses (``measures``,
        ``coaching``, ``calibration``, what pages are made by) or only steers a run (``batch``,
        ``arrivals``, ``log``, ``notify``, ``retention``) is left out: changing it transcribes
        nothing again. ``source`` is too: what it finds out about a call is part of that call.
        """
        values = self.model_dump(mode="json", exclude=set(_AFTERWARDS))
        text = json.dumps(values, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def load_config(path: str | Path | None = None) -> Config:
    """Read a configuration file; ``None`` gives the defaults.

    Raises
    ------
    ConfigError
        If the file is missing, is no TOML, or has an unknown key, a wrong value, or another value
        of the method without ``research = true``.
    """
    if path is None:
        return Config()
    path = Path(path)
    values = read_toml(path, "the config file")
    if values.pop(_RESEARCH, False) is not True:
        _refuse_method(values, path)
    for section, what in (("weights", "turns"), ("paraphrase_weights", "paraphrases")):
        if section in values:
            raise ConfigError(f"{path}: the weights of {what} are fitted, they cannot be set")
    if "role_signs" in values:
        raise ConfigError(
            f"{path}: the signs of roles cannot be set; write phrases of your own under [roles]"
        )
    if _BOOK in values:
        raise ConfigError(
            f"{path}: phrases stand in a file of their own; name it in own_file under [matching]"
        )
    config = checked(Config, values, path, _explain)
    if config.matching.own_file:
        own = path.parent / Path(config.matching.own_file).expanduser()
        config = config.model_copy(update={_BOOK: extended(config.phrases, own)})
    return config.model_copy(update={"coaching": _found(config.coaching, path.parent)})


def _refuse_method(values: Mapping[str, Any], path: Path) -> None:
    """Refuse other values of the method, each with what became of it.

    The method's own value changes nothing: a full copy of ``configs/default.toml`` as it was may
    hold it. Keys that went are named with the others, so that a file is mended in one go.
    """
    known = {(section, key) for section, key, _ in known_keys()}
    defaults = Config().model_dump(mode="json", exclude=set(_FILES))
    problems = []
    changed = False
    for section, table in values.items():
        for key, value in table.items() if isinstance(table, dict) else ():
            name = f"{section}.{key}"
            if (section, key) not in known:
                if why := became_of(name):
                    problems.append(f"unknown key {name!r}; {why}")
            elif not is_for_teams(section, key) and value != defaults[section][key]:
                changed = True
                problems.append(
                    f"{name} is a part of the method and no setting: what was validated holds "
                    f"with its own value; take it out, or write {_RESEARCH} = true at the top of "
                    "the file to try another"
                )
    if changed:  # keys that went are told by themselves with all other mistakes
        refuse(path, problems)


def known_keys() -> Iterator[tuple[str, str, Any]]:
    """All settings as ``(section, key, pydantic field)``, in order; files of their own are none."""
    for section, field in Config.model_fields.items():
        if section in _FILES:
            continue
        model = field.annotation
        assert isinstance(model, type) and issubclass(model, Section)
        for key, entry in model.model_fields.items():
            yield section, key, entry


def _found(coaching: CoachingConfig, folder: Path) -> CoachingConfig:
    """The section with its files as they are found from the folder of the config file."""
    files = {
        key: str(folder / Path(value).expanduser())
        for key in CoachingConfig.model_fields
        if (value := getattr(coaching, key))
    }
    return coaching.model_copy(update=files)


def _explain(item: Any) -> str:
    """One validation error as a sentence."""
    location = [str(part) for part in item["loc"]]
    name = ".".join(location)
    if item["type"] == "extra_forbidden":
        return f"unknown key {name!r}; {became_of(name) or _nearest(name)}"
    if item["type"] == "value_error":  # several keys of a section that do not fit together
        return f"[{name}] {item['ctx']['error']}"
    return f"{name} = {item['input']!r}: {item['msg'].lower()}"


def _nearest(name: str) -> str:
    known = list(Config.model_fields) + [f"{section}.{key}" for section, key, _ in known_keys()]
    tail = name.rsplit(".", 1)[-1]
    elsewhere = next((full for full in known if full.rsplit(".", 1)[-1] == tail), None)
    sections = f"the sections are {', '.join(Config.model_fields)}"
    return did_you_mean(
        name, known, sections if elsewhere is None else f"did you mean {elsewhere!r}?"
    )
