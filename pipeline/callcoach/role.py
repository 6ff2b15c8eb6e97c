"""Who a party is in the call."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """Who a party is in the call."""

    AGENT = "agent"
    CUSTOMER = "customer"
    UNKNOWN = "unknown"
