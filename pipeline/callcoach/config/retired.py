"""Settings of earlier versions, and what became of each: an old file of settings gets an answer.

A key that goes gets one line here: ``"section.key": "what became of it"``.
"""

from __future__ import annotations

from collections.abc import Mapping

_FITTED = "what tells the agent is weighed by fitted weights now (docs/roles.md); take it out"

_TURNED = "the voice is judged by turns now; take it out"

_WEIGHED = "the kinds of a turn are told by fitted weights now (docs/language.md); take it out"

_IGNORED = "an answer is held to go past a concern by fitted weights now; take it out"

_PROBABLE = "it is matching.probability now: how probable a match by meaning must be"


def _each(section: str, keys: str, became: str) -> dict[str, str]:
    """Several keys of a section of which the same became."""
    return {f"{section}.{key}": became for key in keys.split()}


RETIRED: Mapping[str, str] = {
    "roles.opening_words": _FITTED,
    "roles.point": _FITTED,
    "roles.opening_points": _FITTED,
    "roles.agent_openings": f"{_FITTED}, and write phrases of your own under roles.agent_phrases",
    "audio.identical_db": "audio/same_sound.py tells a copy at any delay and level; take it out",
    "speech.clip_join_s": "pauses are kept up to the length that longer ones get; take it out",
    "pitch.min_turn_voiced_s": "turns need what any stretch of voice needs; take it out",
    "overlaps.unfinished_words": "dialogue/clause_ends.py tells how a sentence ends; take it out",
    "overlaps.broken_pause_s": "who speaks in a pause speaks over nobody; take it out",
    "overlaps.backchannel_max_words": "a listener is known by what is said, not by how many words; "
    "take it out",
    "overlaps.listener_words": "they are three lists now, continuer, acknowledgement and receipt "
    "words (docs/measures.md); take it out",
    "matching.similarity": _PROBABLE,
    "matching.sure_similarity": _PROBABLE,
    "responses.common_words": "text/content_words.py tells which words say something; take it out",
    "measures.limits_to_escalate": "it is two, in coaching/measures/conduct.py; take it out",
    "measures.least_rate_s": "it is listening.least_rate_s now",
    "measures.closing_share": "it is closing.last_share now",
    "measures.appointment_phrases": "dialogue/next_steps.py tells an appointment; take it out",
    **_each("acts", "form_consent paraphrase_confidence", _WEIGHED),
    **_each(
        "acts",
        "ignore_confidence ignore_max_cosine ignore_max_share ignore_min_strength "
        "ignore_min_words working_phrases",
        _IGNORED,
    ),
    **_each(
        "measures",
        "steady_from departed_steady opening_s later_s later_quantile rose_level_db rose_rate_pct "
        "rose_pitch_st",
        _TURNED,
    ),
    **_each(
        "stretches",
        "spreads raised_db hurried_percent slow_percent pressed_db pitch_up_st unsteady_st_s "
        "flat_st flat_min_s",
        _TURNED,
    ),
}
"""What became of each key that went, by ``section.key``: a clause that ends a sentence."""

_GROUPS = {
    "paraphrase.weight_": "the weights of paraphrases are fitted, they cannot be set; take it out",
}


def became_of(name: str) -> str | None:
    """What became of a key, ``None`` where no version had it.

    >>> became_of("measures.least_rate_s")
    'it is listening.least_rate_s now'
    """
    group = next((why for start, why in _GROUPS.items() if name.startswith(start)), None)
    return RETIRED.get(name) or group
