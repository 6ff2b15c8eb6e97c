"""Where the pages of an output folder lie, as links between them."""

from __future__ import annotations

import hashlib
import re
from urllib.parse import quote

_PLAIN = re.compile(r"[a-z0-9_-]{1,60}")


def call_href(call_id: str) -> str:
    """The call's page, from the index."""
    return f"calls/{quote(call_id, safe='')}/report.html"


def agent_file(agent_id: str) -> str:
    """Name of an agent's page in ``OUT/agents``: safe on every file system, and one of its own.

    Ids of small letters, digits, ``-`` and ``_`` stand as they are. Any other is percent-quoted
    and gets a hash: two ids that differ by capitals alone would share a file on some systems.
    """
    if _PLAIN.fullmatch(agent_id) and not _reserved(agent_id):
        return f"{agent_id}.html"
    code = agent_id.encode("utf-8", "surrogatepass")
    name = quote(agent_id.lower(), safe="", errors="surrogatepass").replace("~", "%7E")
    name = re.sub(r"%[0-9A-F]?$", "", name[:60]).replace(".", "%2E")
    return f"{name}.{hashlib.sha256(code).hexdigest()[:12]}.html"


def agent_href(agent_id: str) -> str:
    """Link to an agent's page from the folder of the index."""
    return f"agents/{quote(agent_file(agent_id), safe='')}"


def finding_href(call_id: str, key: str) -> str:
    """Link to a finding on its call's page, from the index."""
    return f"{call_href(call_id)}#finding-{quote(key, safe='')}"


def _reserved(name: str) -> bool:
    """Names that Windows keeps for devices, also with an ending."""
    return re.fullmatch(r"con|prn|aux|nul|(com|lpt)[0-9]", name) is not None
