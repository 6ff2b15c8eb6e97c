"""What the ledger keeps of finished calls for the work after them: voices, coaching, sound."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from callcoach.model.voice import Baseline, BaselineSource, History, PastCall
from callcoach.storage.ledger_schema import LedgerFile


@dataclass(frozen=True)
class MadeSound:
    """By what the sound of a call's page was made: a hash.

    ``call_key`` is the key that the call had then, ``copied`` whether there is a copy.
    """

    call_key: str
    made_by: str
    copied: bool


class LedgerRecords(LedgerFile):
    """The part of the ledger about voices across calls, coaching, and the sound of pages."""

    def _put_voice(self, agent_id: str, key: str, call: PastCall) -> None:
        """Keep what was usual for an agent's voice in a call of which nothing is kept."""
        self._db.execute(
            "INSERT INTO voices (call_id, agent_id, started_at, key) VALUES (?, ?, ?, ?)",
            (call.call_id, agent_id, call.started_at, key),
        )
        self._db.executemany(
            "INSERT INTO voice_usual VALUES (?, ?, ?, ?, ?)",
            [(call.call_id, u.measure, u.median, u.spread, u.count) for u in call.usual],
        )

    def put_voice(self, call_id: str, voice: tuple[str, str, PastCall] | None) -> None:
        """Keep what was usual for the agent's voice in a finished call, in place of before.

        ``voice`` is agent, key and call, ``None`` where nothing is to be kept.
        """
        with self._said(), self._transaction():
            self._db.execute("DELETE FROM voices WHERE call_id = ?", (call_id,))
            if voice is not None:
                self._put_voice(*voice)

    def history(self, agent_id: str, key: str) -> History:
        """What is kept of an agent's calls that were measured in the way ``key`` stands for."""
        with self._said():
            rows = self._db.execute(
                "SELECT call_id, started_at, measure, median, spread, count "
                "FROM voices JOIN voice_usual USING (call_id) "
                "WHERE agent_id = ? AND key = ? ORDER BY call_id, measure",
                (agent_id, key),
            ).fetchall()
        calls: dict[tuple[str, str | None], list[Baseline]] = {}
        for call_id, started_at, measure, median, spread, count in rows:
            usual = Baseline(measure, median, spread, BaselineSource.OWN_CALL, count)
            calls.setdefault((call_id, started_at), []).append(usual)
        return History(
            agent_id, tuple(PastCall(*call, tuple(usual)) for call, usual in calls.items())
        )

    def uncompared(self, key: str) -> dict[str, tuple[str, ...]]:
        """Calls not yet compared with earlier ones, by agent."""
        with self._said():
            rows = self._db.execute(
                "SELECT agent_id, call_id FROM voices WHERE key = ? AND NOT compared "
                "ORDER BY agent_id, call_id",
                (key,),
            ).fetchall()
        result: dict[str, tuple[str, ...]] = {}
        for agent_id, call_id in rows:
            result[agent_id] = (*result.get(agent_id, ()), call_id)
        return result

    def set_compared(self, call_id: str) -> None:
        """Note that a call was compared with the agent's earlier calls."""
        with self._said():
            self._db.execute("UPDATE voices SET compared = 1 WHERE call_id = ?", (call_id,))

    def coached(self, key: str) -> dict[str, str]:
        """The calls that were coached by what ``key`` stands for, with the stamps kept of them."""
        with self._said():
            rows = self._db.execute(
                "SELECT call_id, stamp FROM coached WHERE key = ?", (key,)
            ).fetchall()
        return {str(call_id): str(stamp) for call_id, stamp in rows}

    def put_coached(self, key: str, stamps: Iterable[tuple[str, str]]) -> None:
        """Note that calls, given with their stamps, were coached by what ``key`` stands for."""
        with self._said(), self._transaction():
            self._db.executemany(
                "INSERT OR REPLACE INTO coached (call_id, key, stamp) VALUES (?, ?, ?)",
                [(call_id, key, stamp) for call_id, stamp in stamps],
            )

    def sounds(self) -> dict[str, MadeSound]:
        """By what the sound of each call's page was made, where that is known."""
        with self._said():
            rows = self._db.execute(
                "SELECT call_id, call_key, made_by, copied FROM playback"
            ).fetchall()
        return {call_id: MadeSound(key, by, bool(copied)) for call_id, key, by, copied in rows}

    def put_sound(self, call_id: str, made: MadeSound) -> None:
        """Note by what the sound of a call's page was made."""
        values = (call_id, made.call_key, made.made_by, int(made.copied))
        with self._said():
            self._db.execute("INSERT OR REPLACE INTO playback VALUES (?, ?, ?, ?)", values)
