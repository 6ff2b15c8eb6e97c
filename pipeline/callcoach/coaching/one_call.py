"""One recording, analysed and, if asked, scored: for a script or a notebook, without a run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from callcoach.config.config import Config, load_config
from callcoach.errors import SourceError
from callcoach.model.analysis import CallAnalysis
from callcoach.model.party import Side
from callcoach.model.recording import MetadataItem, Recording


def analyse_call(
    path: str | Path,
    settings: Config | None = None,
    agent_channel: Literal["left", "right"] | None = None,
    *,
    call_id: str | None = None,
    agent_id: str | None = None,
    started_at: str | None = None,
    metadata: Mapping[str, str] | None = None,
    coached: bool = False,
) -> CallAnalysis:
    """Analyse one recording and give everything that is said about it.

    The models load with the first call and stay in memory for the next ones with equal settings.
    Nothing is written. What a run adds from other calls (an agent's usual voice, the sound of the
    page) is not there.

    Parameters
    ----------
    path
        The recording: one or two channels, any format that ``callcoach run`` reads.
    settings
        From :func:`callcoach.load_settings`; ``None`` takes the defaults.
    agent_channel
        The channel of the agent, ``"left"`` or ``"right"``. ``None``: as the settings say, else
        the words decide.
    call_id
        Name of the call; ``None`` takes the file's name without its ending.
    agent_id, started_at, metadata
        What is known of the call; ``started_at`` is an ISO 8601 time.
    coached
        Also find moments, give scores and tag the call, by the guide, the scorecard and the
        categories of the settings.

    Returns
    -------
    CallAnalysis
        What ``analysis.json`` holds: times in seconds from the start of the recording, ``None``
        where something was not measured. The same recording, settings and models give an equal
        result.

    Raises
    ------
    CallCoachError
        If the recording, a model or a file that the settings name cannot be used; the message
        says why and what to do.
    """
    from callcoach.analysis.analyse import analyse
    from callcoach.analysis.models import load_models
    from callcoach.coaching.setup import coached as with_coaching
    from callcoach.coaching.setup import load_standard

    if agent_channel not in (None, "left", "right"):
        raise SourceError(f'agent_channel is {agent_channel!r}; give "left", "right" or None')
    path, settings = Path(path), settings or load_config()
    standard = load_standard(settings) if coached else None  # a wrong file is told at once
    recording = Recording(
        path,
        call_id or path.stem,
        agent_id,
        started_at,
        None if agent_channel is None else Side(agent_channel),
        tuple(MetadataItem(name, value) for name, value in (metadata or {}).items()),
    )
    analysis = analyse(recording, load_models(settings), settings)
    return analysis if standard is None else with_coaching(analysis, standard)


def coach_call(analysis: CallAnalysis, settings: Config | None = None) -> CallAnalysis:
    """The analysis with findings, scores and tags anew; nothing is transcribed.

    Parameters
    ----------
    analysis
        Of :func:`analyse_call`, or of a finished run.
    settings
        Name the guide, the scorecard and the categories; ``None`` takes those that come with
        callcoach.

    Raises
    ------
    ConfigError
        If a file that the settings name cannot be read or is wrong.
    """
    from callcoach.coaching.setup import coached, load_standard

    return coached(analysis, load_standard(settings or load_config()))
