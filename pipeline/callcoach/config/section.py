"""What every section of the configuration is made of."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Section(BaseModel):
    """Base of all sections: frozen, and unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def rising(section: Section, *keys: str) -> None:
    """Check that values rise from key to key; for a section's validator.

    Raises
    ------
    ValueError
        If one is not above the one before it.
    """
    values = [getattr(section, key) for key in keys]
    if values != sorted(set(values)):
        raise ValueError(f"{' < '.join(keys)} must hold, found {', '.join(map(str, values))}")


def setting(default: Any, text: str, *, unit: str = "", source: str = "", **limits: Any) -> Any:
    """Declare one configuration value: its default, meaning, unit and where the number is from."""
    return Field(
        default,
        description=text,
        json_schema_extra={"unit": unit, "source": source},
        **limits,
    )
