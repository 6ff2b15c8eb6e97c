"""Voices across calls: what is kept of each call, and comparing calls with an agent's earlier ones.

A call is first compared with itself. When all calls of a run are done, each one that has enough
earlier calls of the same agent is compared with those instead. Doing this last, in one place, makes
the result the same whatever the number of workers and the order in which they finish.
"""

from __future__ import annotations

import hashlib
import json
import logging

from callcoach.analysis.interpretation import compare_with_history
from callcoach.batch.publish.call_files import write_analysis
from callcoach.config.config import Config
from callcoach.errors import CallCoachError
from callcoach.storage.ledger import Ledger
from callcoach.storage.output_folder import Store

log = logging.getLogger("callcoach")

_SECTIONS = ("audio", "activity", "diarize", "speech", "turns", "pitch", "level", "rate", "effort")


def voice_key(config: Config) -> str:
    """Hash of the settings that a measured value depends on.

    Calls measured in another way are no measure for this one; how calmness is made of the values
    may change without losing the history.
    """
    values = config.model_dump(mode="json")
    parts = [values[section] for section in _SECTIONS] + [config.baseline.window_s]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def compare_calls(store: Store, ledger: Ledger, config: Config) -> int:
    """Compare each call that was not compared yet with its agent's earlier calls.

    Calls with too few earlier calls keep the comparison with themselves. Returns how many calls
    were written anew. What a killed run leaves is done by the next one.
    """
    key = voice_key(config)
    written = 0
    for agent_id, call_ids in ledger.uncompared(key).items():
        history = ledger.history(agent_id, key)
        for call_id in call_ids:
            try:
                analysis = store.load(call_id)
                earlier = history.before(call_id, analysis.call.started_at)
                if len(earlier.calls) >= config.baseline.min_calls:
                    compared = compare_with_history(analysis, earlier, config)
                    write_analysis(store, compared, config.site)
                    written += 1
            except CallCoachError as error:
                log.error("%s keeps the comparison with itself: %s", call_id, error)
                continue
            ledger.set_compared(call_id)
    return written
