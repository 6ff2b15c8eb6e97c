"""What goes wrong with a call: by which name, and whether trying again may help."""

from __future__ import annotations

from enum import StrEnum

from callcoach.batch.process_pool import Death, DeathKind

OUT_OF_MEMORY = "OutOfMemory"

CRASHED = "WorkerCrashed"

DIED = "WorkerDied"

HUNG = "WorkerHung"

GONE = "RecordingGone"

_PASSING = frozenset({"StoreError", "BusyError", "EngineError", "WeightsError", GONE})


class Failure(StrEnum):
    """What a failure says about the call."""

    PASSING = "passing"  # nothing: a full disk, a file that is not there
    SUSPECT = "suspect"  # its worker died over it, or a defect of ours came out
    BROKEN = "broken"  # the recording cannot be read

    @property
    def quarantines(self) -> bool:
        """Whether the call is left alone after enough attempts."""
        return self is not Failure.PASSING

    @property
    def waits(self) -> bool:
        """Whether waiting may help: a broken file is read again after the others."""
        return self is not Failure.BROKEN


def fault_of(error_class: str) -> Failure:
    """What a failure of this class says about the call."""
    if error_class == "AudioError":
        return Failure.BROKEN
    return Failure.PASSING if error_class in _PASSING else Failure.SUSPECT


def death_words(death: Death, name: str) -> tuple[str, str]:
    """Class and message of a worker's death over the recording ``name``."""
    rest = "the other calls are not affected"
    if death.kind is DeathKind.HUNG:
        return HUNG, (
            f"{name} took longer than {death.detail} and was given up; {rest}; raise "
            "batch.hang_min_s or batch.hang_factor where calls take so long"
        )
    if death.kind is DeathKind.MEMORY:
        return OUT_OF_MEMORY, (
            f"{name} needs more memory than a worker may take ({death.detail}); {rest}; raise "
            "batch.worker_memory_mb, or cut the recording"
        )
    if death.kind is DeathKind.KILLED:
        return OUT_OF_MEMORY, (
            f"the process that analysed {name} was killed ({death.detail}), as the system does "
            f"when memory runs out; {rest}; use fewer --jobs"
        )
    if death.kind is DeathKind.CRASHED:
        return CRASHED, (
            f"the process that analysed {name} crashed ({death.detail}), most likely while "
            f"decoding; {rest}; export the recording again"
        )
    return DIED, f"the process that analysed {name} died ({death.detail}); {rest}"
