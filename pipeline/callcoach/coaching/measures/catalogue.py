"""All measures of a call: their names, units and what they mean."""

from __future__ import annotations

from collections.abc import Mapping

from callcoach.coaching.facts import CallFacts
from callcoach.coaching.measures import answers, asking, conduct, floor, outcome, voice
from callcoach.coaching.measures.measure import CallMeasures, Measure
from callcoach.coaching.measures.praise import true_praise
from callcoach.config.measures import MeasuresConfig
from callcoach.model.coaching import FindingKind

_M = FindingKind.MEASURED
_S = FindingKind.SUGGESTION

_ALL = (
    Measure(
        "validated_share",
        "share",
        "Share of the customer's felt concerns that the agent validated, by strength.",
        _S,
        answers.validated_share,
    ),
    Measure(
        "validated_first_share",
        "share",
        "Share of the answers with understanding and a fix that begin with the understanding.",
        _S,
        answers.validated_first_share,
    ),
    Measure(
        "dismissals",
        "count",
        "Times the agent played a concern down or told the customer how to feel.",
        _S,
        answers.dismissals,
        none="no line that plays it down was heard",
    ),
    Measure(
        "fitting_share",
        "share",
        "Share of the concerns that got the kind of answer they call for.",
        _S,
        answers.fitting_share,
    ),
    Measure(
        "tailored_share",
        "share",
        "Share of the felt concerns whose validation spoke of this customer's own matter.",
        _S,
        answers.tailored_share,
    ),
    Measure(
        "canned_lines",
        "count",
        "Times the agent answered with a line that was said before in this call.",
        _S,
        answers.canned_lines,
        none="no line was heard twice",
    ),
    Measure(
        "interruptions_per_10_min",
        "per 10 min",
        "How often the agent cut in, in ten minutes of the call.",
        _M,
        floor.interruptions_per_10_min,
        none="the agent did not cut in",
    ),
    Measure(
        "concern_cut_share",
        "share",
        "Share of the customer's concerns into which the agent cut.",
        _M,
        floor.concern_cut_share,
        none="no concern was cut into",
    ),
    Measure(
        "uncut_share",
        "share",
        "Share of the customer's long turns that the agent let finish.",
        _M,
        floor.uncut_share,
    ),
    Measure(
        "repeated_questions",
        "count",
        "Questions the agent asked again after they were answered.",
        _S,
        floor.repeated_questions,
        none="no question was asked twice",
    ),
    Measure(
        "silent_wait_s",
        "s",
        "Seconds of silence that nobody announced; after a question of the agent's it is none.",
        _M,
        floor.silent_wait_s,
        none="there was no long silence that nobody announced",
    ),
    Measure(
        "backchannels_per_min",
        "per min",
        "Listening sounds of the agent for each minute that the customer speaks.",
        _M,
        floor.backchannels_per_min,
        none="no sound of listening was heard",
    ),
    Measure(
        "paraphrases",
        "count",
        "Times the agent gave back what the customer said; read-backs of details left out.",
        _S,
        asking.paraphrases,
        none="nothing was heard that gives back what the customer said",
    ),
    Measure(
        "paraphrased_share",
        "share",
        "Share of the customer's problems and felt concerns that the agent gave back.",
        _S,
        asking.paraphrased_share,
    ),
    Measure(
        "explored_share",
        "share",
        "Share of the concerns that the agent asked more about.",
        _S,
        asking.explored_share,
    ),
    Measure(
        "open_question_share",
        "share",
        "Share of the agent's questions that are open or ask about what was just said.",
        _S,
        asking.open_question_share,
    ),
    Measure(
        "calmness",
        "points",
        "How near the agent's voice stayed to its own usual pitch, rate, level and effort.",
        _M,
        voice.calmness,
    ),
    Measure(
        "departed_share",
        "share",
        "Share of the agent's speech raised or hurried by several signs, in moments that matter.",
        _M,
        voice.departed_share,
        none="the voice did not rise or hurry where it matters",
    ),
    Measure(
        "flat_share",
        "share",
        "Share of the agent's speech with hardly any melody, in moments that matter.",
        _M,
        voice.flat_share,
        none="no moment that matters had little melody",
    ),
    Measure(
        "louder_than_opening_db",
        "dB",
        "How much louder than in the opening the agent was in moments that matter, if higher too.",
        _M,
        voice.louder_than_opening_db,
    ),
    Measure(
        "higher_than_opening_st",
        "st",
        "How much higher than in the opening the agent was in moments that matter, if louder too.",
        _M,
        voice.higher_than_opening_st,
    ),
    Measure(
        "pitch_spread_st",
        "st",
        "Spread of pitch within the agent's turns: small means monotone.",
        _M,
        voice.pitch_spread_st,
    ),
    Measure(
        "level_after_tense_db",
        "dB",
        "How much louder the agent was after tense turns; 0 where no other sign rose with it.",
        _M,
        voice.level_after_tense_db,
    ),
    Measure(
        "rate_after_tense_pct",
        "%",
        "How much faster the agent was after tense turns; 0 where no other sign rose with it.",
        _M,
        voice.rate_after_tense_pct,
    ),
    Measure(
        "pitch_after_tense_st",
        "st",
        "How much higher the agent was after tense turns; 0 where no other sign rose with it.",
        _M,
        voice.pitch_after_tense_st,
    ),
    Measure(
        "blames",
        "count",
        "Times the agent put the matter on the customer.",
        _S,
        conduct.blames,
        none="no line that puts it on the customer was heard",
    ),
    Measure(
        "defences",
        "count",
        "Times the agent protected themselves or the company.",
        _S,
        conduct.defences,
        none="no line of defence was heard",
    ),
    Measure(
        "courtesy_share",
        "share",
        "Share of the agent's turns with a polite word.",
        _S,
        conduct.courtesy_share,
    ),
    Measure(
        "counter_share",
        "share",
        "Share of the customer's harsh turns that got blame, defence or dismissal back.",
        _S,
        conduct.counter_share,
    ),
    Measure(
        "returned_share",
        "share",
        "Share of the customer's hard turns after which the agent came back to the matter.",
        _S,
        conduct.returned_share,
    ),
    Measure(
        "escalation_offered_share",
        "share",
        "Share of the reasons to escalate after which a manager or specialist was offered.",
        _S,
        conduct.escalation_offered_share,
    ),
    Measure(
        "escalation_delay_turns",
        "turns",
        "Agent turns until the first offer to escalate.",
        _S,
        conduct.escalation_delay_turns,
    ),
    Measure(
        "solved_share",
        "share",
        "Share of the customer's problems and demands that the agent did something for.",
        _S,
        outcome.solved_share,
    ),
    Measure(
        "options_offered",
        "count",
        "Agent turns that offer a choice.",
        _S,
        outcome.options_offered,
        none="no choice was offered",
    ),
    Measure(
        "over_promises",
        "count",
        "Promises without condition that nobody can be sure to keep.",
        _S,
        outcome.over_promises,
        none="no promise that goes too far was heard",
    ),
    Measure(
        "limit_with_way_share",
        "share",
        "Share of the limits stated that come with a way forward.",
        _S,
        outcome.limit_with_way_share,
    ),
    Measure(
        "closing_anything_else",
        "0..1",
        "Whether the agent asked if there is anything else.",
        _S,
        outcome.closing_anything_else,
    ),
    Measure(
        "closing_next_step",
        "0..1",
        "Whether the next step was said (0.6), with who does it (0.2) and until when (0.2).",
        _S,
        outcome.closing_next_step,
    ),
    Measure(
        "closing_thanks",
        "0..1",
        "Whether the agent thanked the customer at the end.",
        _S,
        outcome.closing_thanks,
    ),
    Measure(
        "closing_feedback",
        "0..1",
        "Whether the agent asked for feedback.",
        _S,
        outcome.closing_feedback,
    ),
    Measure(
        "closing_privacy",
        "0..1",
        "Whether the agent told about recording or data protection.",
        _S,
        outcome.closing_privacy,
    ),
    Measure(
        "tension_fall",
        "0..1",
        "How far the customer's tension fell from its peak to the end.",
        _S,
        outcome.tension_fall,
    ),
    Measure(
        "mistake_owned",
        "0..1",
        "Whether the agent took responsibility for the mistake.",
        _S,
        outcome.mistake_owned,
    ),
    Measure(
        "prevention_told",
        "0..1",
        "Whether the agent said how it is kept from happening again.",
        _S,
        outcome.prevention_told,
    ),
)

MEASURES: Mapping[str, Measure] = {measure.name: measure for measure in _ALL}
"""Every measure by name."""


def measured(facts: CallFacts, config: MeasuresConfig) -> CallMeasures:
    """Evaluate every measure of the catalogue on a call; praise that does not hold is left out."""
    return CallMeasures(true_praise(facts, [item.evaluate(facts, config) for item in _ALL]))
