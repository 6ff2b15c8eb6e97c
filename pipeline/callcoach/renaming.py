"""A call's people under other names: every part of an analysis that names a speaker."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from callcoach.call import CallAnalysis, Party, Role
from callcoach.floor import Listening


def renamed(analysis: CallAnalysis, names: Mapping[str, str]) -> CallAnalysis:
    """The same call with its people under other names, and the roles that go with these.

    Nothing is measured anew: what depends on who is the agent is as it was, see
    :func:`callcoach.interpretation.interpreted`.

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
        listening=None if analysis.listening is None else _listening(analysis.listening, names),
        waveform=None
        if analysis.waveform is None
        else tuple(dataclasses.replace(w, speaker=new(w.speaker)) for w in analysis.waveform),
        redactions=None
        if analysis.redactions is None
        else tuple(dataclasses.replace(r, speaker=new(r.speaker)) for r in analysis.redactions),
    )


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
