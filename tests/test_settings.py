"""Every setting changes something that it says it changes, or is on the list of those not shown.

Each section has probes: the cheapest stages that its settings steer, run on drawn calls. A setting
is changed (to nothing, less, more, other values) until something comes out otherwise.
"""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest
from pydantic import ValidationError

import callcoach
from callcoach.config.config import Config, known_keys
from settings_probes import DEFAULTS, PROBES


def _of(section: str, keys: str) -> tuple[str, ...]:
    return tuple(f"{section}.{key}" for key in keys.split())


NOT_SHOWN: dict[str, tuple[str, ...]] = {
    "a test of its own sets it": (
        *_of("audio", "raw_rate_hz"),
        *_of("activity", "slowing"),
        *_of("speech", "engine model model_path language clip_pad_s reach_s"),
        *_of("pitch", "tracker min_confidence"),
        *_of("baseline", "min_calls"),
        *_of("meaning", "model_path"),
        *_of("matching", "probability consent words_weight"),
        *_of("redaction", "keep_raw"),
        *_of("coaching", "scorecard_file"),
        *_of("calibration", "band_edges band_names"),
        *_of("reports", "audio audio_kbps silence_margin_s"),
        *_of("review", "link_days session_hours list_calls busy_s"),
        *_of("batch", "order attempts retry_wait_s min_free_mb until_quantile first_speed"),
        *_of(
            "source",
            "pair_pattern customer_offset_s name_pattern sidecar_agent_id "
            "sidecar_started_at sidecar_agent_channel sidecar_call_id "
            "sidecar_columns",
        ),
        *_of("arrivals", "stable_s wait_h unlisted roots"),
        *_of("log", "hash_ids max_mb keep"),
        *_of("notify", "metrics_file webhook webhook_timeout_s mail_to"),
        *_of("retention", "leave_purged"),
    ),
    "no drawn call is near its limit yet": (
        *_of("channels", "agent"),
        *_of("audio", "identical_level_db narrowband_hz narrowband_db"),
        *_of("rate", "nucleus_high_hz"),
        *_of("holds", "min_stretch_s held_peaks join_s"),
        *_of("transcripts", "agent_names customer_names"),
        *_of("meaning", "model_sha256"),
        *_of("acts", "shared_verbs"),
        *_of("paraphrase", "asking detail_questions corrections"),
        *_of("questions", "able_verbs content_words repeated_share"),
        *_of("closing", "vague_words"),
        *_of(
            "redaction",
            "names_model private_numbers kept_numbers metadata_kept turns_kept_open "
            "same_turn_words echo_signs echo_turns birth_year_before rare_name_zipf "
            "common_name_zipf",
        ),
        *_of("measures", "check_words least_confidence late stock thanks_for_wait courtesy_unless"),
        *_of("calibration", "max_undefined common_band edge_step folds min_gain"),
        *_of("trends", "filter_values"),
        *_of("source", "pair_sides pair_agent name_time_format sidecar_time_format"),
        *_of("notify", "mail_from"),
    ),
    "needs a speech detector that hears slowed or leaked speech as real ones do": (
        *_of(
            "activity",
            "slowing_onset slowing_min_s shared_pause_s refine_above_db "
            "leak_heard_db gate_default_db",
        ),
    ),
    "needs the speaker model and several real voices on one channel": (
        *_of(
            "diarize",
            "on window_s hop_s pause_s unit_s cluster_min_s cluster_windows passes "
            "contrast change change_pause_s quiet_reach_s min_voice_s same_voice "
            "few_s same_voice_few sure_voice third_voice third_s",
        ),
    ),
    "needs a speech model": (
        *_of(
            "speech",
            "model_sha256 compute_type beam_size threads batch_size clip_s "
            "clip_gap_s reach_in_s max_compression_ratio min_avg_logprob "
            "max_no_speech max_words_per_s",
        ),
    ),
    "needs a real pitch tracker": (
        *_of("pitch", "min_hz max_hz octave_st octave_max_s outlier_reach_s"),
    ),
    "needs clips of several speakers": (
        *_of("baseline", "min_clips"),
        *_of("clips", "min_voiced_s level_dbov"),
    ),
    "acts with a sentence model only": (
        *_of("matching", "own_file fit_strength min_words fillers"),
        *_of("concerns", "meaning_confidence"),
        *_of("responses", "tailored_cosine"),
        *_of("paraphrase", "book_weight"),
    ),
    "needs a whole run or the app": (
        *_of("coaching", "guide_file categories_file"),
        *_of("review", "port max_text max_name max_body_kb"),
        *_of(
            "batch",
            "retry_wait_most_s worker_memory_mb hang_min_s hang_factor lease_s ledger_wait_s cache",
        ),
    ),
}
"""Settings that no probe shows, by why not. It may only get shorter."""
LISTED = frozenset(itertools.chain.from_iterable(NOT_SHOWN.values()))
MOST_LISTED = 166

SECTIONS = list(dict.fromkeys(section for section, _, _ in known_keys()))
GIVEN: dict[str, tuple[Any, ...]] = {
    "roles.company_names": (("Flurbo",),),
    "roles.agent_phrases": (("this is the third time",), ("you charged me twice",)),
    "roles.customer_phrases": (("thank you for calling",), ("may i have the account",)),
    "redaction.metadata_kept": (("queue",),),
}
"""Values for settings that are empty by default."""


def others(section: str, key: str) -> Iterator[Config]:
    """The default settings with one of them changed, in several ways."""
    part = getattr(DEFAULTS, section)
    value = getattr(part, key)
    form = type(part).model_fields[key].annotation
    ways: list[Any] = list(GIVEN.get(f"{section}.{key}", ()))
    if isinstance(value, bool):
        ways.append(not value)
    elif isinstance(value, int | float):
        near = (
            0,
            0.5 * value,
            2 * value,
            0.1 * value,
            10 * value,
            value + 1,
            value - 1,
            0.01,
            0.99,
        )
        ways += [round(way) if isinstance(value, int) else float(way) for way in near]
    elif isinstance(value, tuple):
        ways += [(), value[1:], value[:1], value[::2]]
    elif get_origin(form) is Literal:
        ways += get_args(form)
    for way in ways:
        if way == value:
            continue
        try:
            changed = type(part).model_validate({**part.model_dump(), key: way})
        except ValidationError:
            continue
        yield DEFAULTS.model_copy(update={section: changed})


def shown(section: str, key: str) -> bool:
    """Whether some probe of the section gives something else with another value."""
    return any(
        repr(probe(config)) != as_shipped(section, place)
        for config in others(section, key)
        for place, probe in enumerate(PROBES.get(section, ()))
    )


_SHIPPED: dict[tuple[str, int], str] = {}


def as_shipped(section: str, place: int) -> str:
    if (section, place) not in _SHIPPED:
        _SHIPPED[section, place] = repr(PROBES[section][place](DEFAULTS))
    return _SHIPPED[section, place]


def keys_of(section: str) -> list[str]:
    return [key for name, key, _ in known_keys() if name == section]


@pytest.mark.parametrize("section", PROBES)
def test_a_changed_setting_changes_what_comes_out(section: str) -> None:
    keys = [key for key in keys_of(section) if f"{section}.{key}" not in LISTED]
    assert [key for key in keys if not shown(section, key)] == []


@pytest.mark.long
@pytest.mark.parametrize("section", PROBES)
def test_a_setting_that_is_shown_leaves_the_list(section: str) -> None:
    keys = [key for key in keys_of(section) if f"{section}.{key}" in LISTED]
    assert [key for key in keys if shown(section, key)] == []


def test_every_setting_is_shown_or_listed_and_the_list_does_not_grow() -> None:
    every = {f"{section}.{key}" for section, key, _ in known_keys()}
    assert every >= LISTED, "listed, and no settings any more"
    without = {name for name in every if name.split(".")[0] not in PROBES}
    assert without <= LISTED
    assert sum(map(len, NOT_SHOWN.values())) == len(LISTED) <= MOST_LISTED


def test_what_has_a_test_of_its_own_is_set_there() -> None:
    here = (Path(__file__).name, "settings_probes.py", "shipped.py")
    texts = [
        path.read_text(encoding="utf-8")
        for path in Path(__file__).parent.rglob("*.py")
        if path.name not in here
    ]

    def is_set(section: str, key: str) -> bool:
        name = type(getattr(DEFAULTS, section)).__name__
        ways = (
            rf"{name}\([^)]*\b{key}=",
            rf"\[{section}\][^\[]*?\b{key} = ",
            rf'\b{section}[^\n]*"{key}":',
        )
        return any(re.search(way, text, re.DOTALL) for way in ways for text in texts)

    own = [name.split(".") for name in NOT_SHOWN["a test of its own sets it"]]
    assert [pair for pair in own if not is_set(*pair)] == []


def test_every_setting_is_read_by_some_stage() -> None:
    read: set[str] = set()
    for path in Path(callcoach.__file__).parent.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        read |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    by_name = re.compile(r"trust_|\w+_weight$|\w+_scale_|sidecar_|\w+_file$|\w+_phrases$")
    unread = {f"{s}.{key}" for s, key, _ in known_keys() if key not in read}
    assert {name for name in unread if not by_name.match(name.split(".")[1])} == set()


def test_a_value_that_no_stage_can_work_with_is_refused() -> None:
    for section, key, wrong in (
        ("rate", "min_speech_s", 0.0),
        ("activity", "leak_late_s", 0.0),
        ("activity", "leak_late_s", 1.0),
    ):
        part = type(getattr(DEFAULTS, section))
        with pytest.raises(ValidationError):
            part.model_validate({key: wrong})
