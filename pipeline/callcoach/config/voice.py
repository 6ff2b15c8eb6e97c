"""Settings of the voice measures."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from callcoach.config.section import Section, rising, setting


class PitchConfig(Section):
    """Fundamental frequency."""

    tracker: Literal["swift-f0", "pyin"] = setting("swift-f0", "Pitch tracker.")
    min_hz: float = setting(60.0, "Lowest pitch looked for.", unit="Hz", gt=0)
    max_hz: float = setting(
        800.0,
        "Highest pitch looked for.",
        unit="Hz",
        source="shouting women and children reach 700 Hz and more",
        gt=0,
    )
    level_dbov: float = setting(
        -26.0,
        "Active level to which a voice is brought before its pitch is tracked: the tracker's "
        "confidence falls with the level.",
        unit="dBov",
        source="usual level of telephone speech in ITU-T tests",
        lt=0,
    )
    min_confidence: float = setting(
        0.5, "Voicing confidence of a kept frame.", source="swift-f0's calibration", ge=0, le=1
    )
    max_speed_st_s: float = setting(
        150.0,
        "A faster change of pitch between two frames is a jump of the tracker, not of the voice.",
        unit="st/s",
        source="the fastest changes by an octave average about 80 st/s (Xu & Sun 2002)",
        gt=0,
    )
    min_island_s: float = setting(
        0.05,
        "Voiced runs shorter than this, between pauses or jumps, are dropped.",
        unit="s",
        ge=0,
    )
    octave_st: float = setting(
        3.0,
        "A run is an octave error when it lies an octave, give or take this, from the pitch around "
        "it.",
        unit="st",
        ge=0,
        lt=6,
    )
    octave_max_s: float = setting(
        0.15,
        "Longest run that is taken for an octave error, twice this where it begins or ends in a "
        "jump: longer ones are how the voice was.",
        unit="s",
        ge=0,
    )
    outlier_st: float = setting(
        12.0,
        "Frames further than this from the median of the speech around them are dropped.",
        unit="st",
        source="lively speech ranges over about an octave, 12 st, in all; on speech of known "
        "pitch 8 and less cut it",
        gt=0,
    )
    outlier_reach_s: float = setting(
        2.0, "How far around a frame that median is taken, to each side.", unit="s", gt=0
    )
    min_voiced_s: float = setting(
        5.0, "Voiced speech needed for a call-level pitch measure.", unit="s", ge=0
    )
    min_stretch_voiced_s: float = setting(
        1.0, "Voiced speech needed for the pitch of a turn or a window.", unit="s", ge=0
    )

    @model_validator(mode="after")
    def _range(self) -> PitchConfig:
        rising(self, "min_hz", "max_hz")
        return self


class LevelConfig(Section):
    """Level of the voice."""

    min_speech_s: float = setting(
        1.0, "Own speech needed for a level, of a call, a turn or a window.", unit="s", ge=0
    )


class RateConfig(Section):
    """Speaking rate, on the speaker's own speech activity."""

    min_speech_s: float = setting(5.0, "Own speech needed for a rate.", unit="s", gt=0)
    min_words: int = setting(10, "Words needed for a rate.", unit="words", ge=1)
    reach_s: float = setting(
        5.0,
        "A window's rate is taken over this much more to each side, so that it has words enough.",
        unit="s",
        ge=0,
    )
    min_pause_s: float = setting(
        0.2,
        "Shortest silence inside a turn that counts as a pause.",
        unit="s",
        source="the usual 200 ms of conversation analysis",
        ge=0,
    )
    nucleus_low_hz: float = setting(
        500.0,
        "Lower end of the band in which syllable nuclei are looked for where there is no "
        "transcript.",
        unit="Hz",
        source="measured: fewer nasals and l's than from the telephone's 300 Hz up",
        gt=0,
    )
    nucleus_high_hz: float = setting(
        2000.0,
        "Upper end of that band.",
        unit="Hz",
        source="measured: fewer hisses than up to the telephone's 3400 Hz",
        gt=0,
        lt=4000,
    )
    nucleus_smooth_s: float = setting(
        0.05,
        "Length of the window that smooths the band's power; single pulses of the voice vanish.",
        unit="s",
        source="measured: 0.04 to 0.07 s count about equally well",
        gt=0,
        le=0.1,
    )
    nucleus_range_db: float = setting(
        25.0,
        "Peaks further than this under the loud part of the speech are no nuclei.",
        unit="dB",
        source="de Jong & Wempe (2009), their script's later version",
        gt=0,
    )
    nucleus_dip_db: float = setting(
        2.0,
        "Least dip before and after a nucleus.",
        unit="dB",
        source="de Jong & Wempe (2009)",
        gt=0,
    )
    nucleus_voiced_s: float = setting(
        0.02,
        "A nucleus has a voiced frame at most this far away.",
        unit="s",
        source="a little over the pitch tracker's hop of 0.016 s",
        gt=0,
    )

    @model_validator(mode="after")
    def _band(self) -> RateConfig:
        rising(self, "nucleus_low_hz", "nucleus_high_hz")
        return self


class EffortConfig(Section):
    """Vocal effort from the balance of high against low frequencies."""

    low_hz: float = setting(
        300.0, "Lower end of the low band.", unit="Hz", source="telephone band", gt=0
    )
    split_hz: float = setting(
        1000.0,
        "Where the low band ends and the high band begins.",
        unit="Hz",
        source="alpha ratio (Frokjaer-Jensen & Prytz 1976)",
        gt=0,
    )
    high_hz: float = setting(
        3400.0, "Upper end of the high band.", unit="Hz", source="telephone band", gt=0
    )

    @model_validator(mode="after")
    def _bands(self) -> EffortConfig:
        rising(self, "low_hz", "split_hz", "high_hz")
        return self


class BaselineConfig(Section):
    """What is usual for a speaker."""

    window_s: float = setting(5.0, "Length of the windows a call is cut into.", unit="s", gt=0)
    min_windows: int = setting(
        6, "Measured windows needed before a call is its own baseline.", unit="windows", ge=2
    )
    min_calls: int = setting(
        5,
        "Earlier calls of an agent needed before they are the baseline instead.",
        unit="calls",
        ge=1,
    )
    min_clips: int = setting(
        3,
        "Other clips of a speaker needed to judge a clip (callcoach measure voice).",
        unit="clips",
        ge=1,
    )


class ClipsConfig(Section):
    """Clips by speaker, for callcoach measure voice: single utterances, so less is asked."""

    min_voiced_s: float = setting(0.3, "Voiced speech needed for a clip.", unit="s", ge=0)
    level_dbov: float = setting(
        -26.0,
        "Active level to which --same-level brings each clip.",
        unit="dBov",
        source="usual level of telephone speech in ITU-T tests",
        lt=0,
    )


class CalmnessConfig(Section):
    """Calmness: 0 to 100 against the speaker's own usual delivery.

    Each part takes ``weight * u**2 / (1 + u**2)`` points away, where ``u`` is the departure from
    the usual value in units of the part's scale, towards higher, faster, louder, more pressed.
    A departure the other way gives points in the same manner.
    """

    usual_points: float = setting(
        80.0,
        "Calmness of the usual delivery; all parts far above it take it to 0, all far below to "
        "100.",
        unit="points",
        gt=0,
        lt=100,
    )
    pitch_weight: float = setting(
        1.0,
        "Weight of how high the pitch is. Weights count in proportion; 0 leaves a part out.",
        source="reviews find pitch height, pitch variability, level, high-frequency energy and "
        "rate to mark high arousal about equally often (Juslin & Laukka 2003): one weight each",
        ge=0,
    )
    pitch_scale_st: float = setting(
        2.5,
        "Departure that takes half of the part's points.",
        unit="st",
        source="pitch rises by 0.2 to 0.6 st with each dB (Gramming et al. 1988): 0.4 x 6 dB",
        gt=0,
    )
    pitch_spread_weight: float = setting(
        0.5,
        "Weight of how wide the pitch ranges: half of pitch variability. A narrow range gives no "
        "points, because flat is not calm.",
        ge=0,
    )
    pitch_spread_scale_st: float = setting(
        1.0,
        "Departure that takes half of the part's points.",
        unit="st",
        source="a third of the usual spread of about 3 st (Traunmueller & Eriksson 1995)",
        gt=0,
    )
    pitch_spread_min_voiced_s: float = setting(
        2.0,
        "With less voiced speech than this the spread is left out: it would say more about the "
        "sentence than about the voice.",
        unit="s",
        source="with an accent each 0.3 s an SD of 3 st is then known to 0.8 st: SD / sqrt(2(n-1))",
        ge=0,
    )
    pitch_movement_weight: float = setting(
        0.5, "Weight of how fast the pitch moves: the other half of pitch variability.", ge=0
    )
    pitch_movement_scale_st_s: float = setting(
        4.0,
        "Departure that takes half of the part's points.",
        unit="st/s",
        source="spread between the 5 s windows of two calm people on a real call: 3.5 and 4.2",
        gt=0,
    )
    rate_weight: float = setting(1.0, "Weight of the syllable rate.", ge=0)
    rate_scale_percent: float = setting(
        20.0,
        "Departure that takes half of the part's points.",
        unit="%",
        source="four times the just noticeable difference in tempo, 5 % (Quene 2007)",
        gt=0,
    )
    level_weight: float = setting(1.0, "Weight of the level.", ge=0)
    level_scale_db: float = setting(
        6.0,
        "Departure that takes half of the part's points.",
        unit="dB",
        source="one step of vocal effort: normal 60 dB, raised 66 dB (ISO 9921)",
        gt=0,
    )
    effort_weight: float = setting(1.0, "Weight of vocal effort.", ge=0)
    effort_scale_db: float = setting(
        3.0,
        "Departure that takes half of the part's points.",
        unit="dB",
        source="the alpha ratio rises by 11.7 dB (men) and 19.0 dB (women) over a range of 28 dB "
        "(Sundberg & Nordenberg 2006): 2.5 to 4.1 dB with the level's 6 dB",
        gt=0,
    )
    min_weight: float = setting(
        0.5,
        "Share of the weights that must be measured for a calmness.",
        unit="share",
        gt=0,
        le=1,
    )


class StretchesConfig(Section):
    """When a voice is said to have left its usual."""

    false_alarms_per_3_h: float = setting(
        1.0,
        "How often a calm speaker's voice may be taken for raised or hurried by chance, in three "
        "hours of speech. What the call shows of the moment decides besides.",
        unit="departures",
        source="one false reproach costs more trust than ten right ones earn",
        gt=0,
        le=20,
    )


class TensionConfig(Section):
    """Tension of a customer's turns, from voice and words."""

    tense: float = setting(
        0.5, "A turn with at least this tension is tense.", unit="share", gt=0, le=1
    )
    voice_points: float = setting(
        30.0,
        "A turn in which level, effort and rate together take this many points of calmness has "
        "full tension from the voice. Pitch does not count: friendly greetings are high, too.",
        unit="points",
        source="one step up in both level and effort takes 16 points: just tense",
        gt=0,
    )
    strong: float = setting(0.7, "Tension from one strong phrase.", unit="share", gt=0, le=1)
    mild: float = setting(0.3, "Tension from one mild phrase.", unit="share", gt=0, le=1)
    strong_phrases: tuple[str, ...] = setting(
        (
            "ridiculous",
            "unacceptable",
            "outrageous",
            "disgusting",
            "furious",
            "angry",
            "fed up",
            "sick of",
            "sick and tired",
            "had enough",
            "worst",
            "joke",
            "useless",
            "nonsense",
            "speak to a manager",
            "speak to your manager",
            "speak to a supervisor",
            "speak to your supervisor",
            "your supervisor",
            "your manager",
            "complaint",
            "lawyer",
            "sue",
            "cancel everything",
            "waste of time",
            "wasting my time",
            "not listening",
            "never again",
            "how dare",
            "shut up",
            "damn",
            "hell",
        ),
        "Phrases that make a turn tense by themselves.",
    )
    mild_phrases: tuple[str, ...] = setting(
        (
            "frustrating",
            "frustrated",
            "upset",
            "annoyed",
            "annoying",
            "disappointed",
            "disappointing",
            "unhappy",
            "not happy",
            "still waiting",
            "been waiting",
            "waited",
            "again and again",
            "third time",
            "second time",
            "nobody",
            "no one",
            "every time",
            "not good enough",
            "already told",
            "keep telling",
            "told me",
            "makes no sense",
            "don't understand why",
            "not fair",
            "wrong again",
            "terrible",
            "awful",
        ),
        "Phrases that add to the tension of a turn.",
    )


class ComposureConfig(Section):
    """The agent's voice after tense turns of the customer."""

    turns: int = setting(
        2, "Agent turns looked at after a tense customer turn.", unit="turns", ge=1
    )
    within_s: float = setting(
        30.0, "They begin within this after the end of the tense turn.", unit="s", gt=0
    )
    min_speech_s: float = setting(
        5.0,
        "Agent's speech needed both after tense turns and in the rest of the call.",
        unit="s",
        ge=0,
    )
