"""Which values of the configuration a team sets, and which are a part of the method.

A value is a team's where somebody can judge it by what they know: their telephones, their people,
their rules, their machines. The others were measured, and a wrong one silently breaks what was
validated with them; a config file may change them only where it says ``research = true``.
"""

from __future__ import annotations

from collections.abc import Mapping

ALL = None

_TEAM: Mapping[str, str | None] = {
    "channels": ALL,
    "audio": "min_duration_s max_duration_s max_mb raw_coding raw_rate_hz",
    "diarize": "on",
    "roles": "from_words company_names agent_phrases customer_phrases",
    "speech": "engine model model_path model_sha256 language compute_type beam_size threads "
    "batch_size",
    "pitch": "tracker",
    "baseline": "min_calls",
    "stretches": "false_alarms_per_3_h",
    "turns": ALL,
    "overlaps": "min_s backchannel_max_s terminal_s floor_s yield_s next_s",
    "silences": "dead_air_s announce_phrases",
    "listening": ALL,
    "transcripts": ALL,
    "meaning": ALL,
    "matching": "own_file probability",
    "concerns": "problem_weight feeling_weight waiting_weight demand_weight repeat_contact_weight "
    "manager_request_weight threat_weight harsh_weight tension_weight",
    "responses": "agent_turns",
    "paraphrase": "threshold",
    "closing": "last_share",
    "redaction": "on kinds keep_raw silence_unheard names_model private_numbers kept_numbers "
    "metadata_kept",
    "measures": "trust_no_speech trust_dead_channel trust_roles_contradicted "
    "trust_answering_machine trust_more_voices trust_several_voices trust_sides_alike "
    "trust_language_unsure trust_voices_alike trust_noisy trust_mono_diarised trust_words_missing "
    "trust_crosstalk trust_redaction_language trust_other thanks_for_wait courtesy_phrases "
    "escalation_turns mistake_phrases prevention_phrases",
    "coaching": ALL,
    "calibration": "band_edges band_names min_calls automatic_kappa confidence min_group_calls",
    "reports": ALL,
    "site": ALL,
    "trends": "window_calls min_window_calls period period_calls min_period_calls false_changes "
    "recent_calls focus_areas",
    "sampling": ALL,
    "review": ALL,
    "batch": ALL,
    "source": ALL,
    "arrivals": ALL,
    "log": ALL,
    "notify": ALL,
    "retention": ALL,
}
"""The settings of a team by section; ``ALL`` of a section."""


def is_for_teams(section: str, key: str) -> bool:
    """Whether a team sets a value.

    >>> is_for_teams("channels", "agent"), is_for_teams("activity", "onset")
    (True, False)
    """
    if section not in _TEAM:
        return False
    keys = _TEAM[section]
    return keys is ALL or key in keys.split()
