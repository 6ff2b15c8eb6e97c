"""A call's people under other names: every part of an analysis that names a speaker."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from callcoach.model.analysis import CallAnalysis
from callcoach.model.interaction import Listening
from callcoach.model.party import Party, Role
from callcoach.model.recording import CallWarning
from callcoach.speech.coverage import WORDS_MISSING, in_words


def renamed(analysis: CallAnalysis, names: Mapping[str, str]) -> CallAnalysis:
    """The same call with its people under other names, and the roles that go with these.

    Nothing is measured anew: what depends on who is the agent is as it was, see
    :func:`callcoach.analysis.interpretation.interpreted`.

    Parameters
    ----------
    analysis
        The call.
    names
        New name of each party by its old one; parties that are not here keep theirs.
    """

    def new(name: str) -> str:
        return names.get(name, name)

    parties = tuple(_party(party, new(party.id)) for party in analysis.call.parties)
    return dataclasses.replace(
        analysis,
        call=dataclasses.replace(analysis.call, parties=parties),
        warnings=_warnings(analysis.warnings, analysis.call.parties, parties),
        words=tuple(dataclasses.replace(w, speaker=new(w.speaker)) for w in analysis.words),
        turns=tuple(dataclasses.replace(t, speaker=new(t.speaker)) for t in analysis.turns),
        overlaps=None
        if analysis.overlaps is None
        else tuple(
            dataclasses.replace(event, incomer=new(event.incomer), holder=new(event.holder))
            for event in analysis.overlaps
        ),
        silences=tuple(
            silence
            if silence.after is None
            else dataclasses.replace(silence, after=new(silence.after))
            for silence in analysis.silences
        ),
        activity=tuple(dataclasses.replace(r, speaker=new(r.speaker)) for r in analysis.activity),
        voice=tuple(dataclasses.replace(v, speaker=new(v.speaker)) for v in analysis.voice),
        dropped_words=tuple(
            dataclasses.replace(w, speaker=new(w.speaker)) for w in analysis.dropped_words
        ),
        trust=tuple(dataclasses.replace(t, speaker=new(t.speaker)) for t in analysis.trust),
        listening=None if analysis.listening is None else _listening(analysis.listening, names),
        waveform=None
        if analysis.waveform is None
        else tuple(dataclasses.replace(w, speaker=new(w.speaker)) for w in analysis.waveform),
        redactions=None
        if analysis.redactions is None
        else tuple(dataclasses.replace(r, speaker=new(r.speaker)) for r in analysis.redactions),
        silenced=None
        if analysis.silenced is None
        else tuple(dataclasses.replace(s, speaker=new(s.speaker)) for s in analysis.silenced),
    )


def _warnings(
    warnings: Sequence[CallWarning], before: Sequence[Party], after: Sequence[Party]
) -> tuple[CallWarning, ...]:
    """The warnings with the new names in those that say of whom they speak."""
    texts = {
        f" of what {in_words(old)} said ": f" of what {in_words(new)} said "
        for old, new in zip(before, after, strict=True)
    }
    result = []
    for warning in warnings:
        told = next((text for text in texts if text in warning.text), None)
        if warning.code == WORDS_MISSING and told is not None:
            text = warning.text.replace(told, texts[told], 1)
            warning = dataclasses.replace(warning, text=text)
        result.append(warning)
    return tuple(result)


def _party(party: Party, name: str) -> Party:
    roles = {role.value: role for role in Role}
    return dataclasses.replace(party, id=name, role=roles.get(name, Role.UNKNOWN))


def _listening(listening: Listening, names: Mapping[str, str]) -> Listening:
    return dataclasses.replace(
        listening,
        parties=tuple(
            dataclasses.replace(party, speaker=names.get(party.speaker, party.speaker))
            for party in listening.parties
        ),
    )
