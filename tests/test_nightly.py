"""What makes a run unattended: units for systemd, lines for cron, settings as they are."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import click
import pytest

from callcoach.cli.main import main
from callcoach.config.config import Config, load_config

ROOT = Path(__file__).parent.parent
UNITS = ROOT / "docs" / "systemd"
SERVICE = UNITS / "callcoach-nightly.service"


def unit(path: Path) -> configparser.RawConfigParser:
    """A unit file; keys that may be repeated are joined."""
    parser = configparser.RawConfigParser(strict=False, delimiters=("=",), comment_prefixes=("#",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(path.read_text(encoding="utf-8"))
    return parser


def commands_of(text: str) -> list[list[str]]:
    """The callcoach commands of a file, as words."""
    return [
        line.split()[line.split().index("/opt/callcoach/bin/callcoach") + 1 :]
        for line in (raw.replace("=", " ", 1) for raw in text.splitlines())
        if "/opt/callcoach/bin/callcoach " in line
    ]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    for path in UNITS.glob("callcoach-nightly.*"):
        # The program is not installed where the tests run: another one stands for it.
        text = path.read_text(encoding="utf-8").replace("/opt/callcoach/bin/callcoach", "/bin/true")
        (tmp_path / path.name).write_text(text, encoding="utf-8")
    units = [str(path) for path in sorted(tmp_path.iterdir())]
    checked = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", *units],
        capture_output=True,
        text=True,
    )
    said = [line for line in checked.stderr.splitlines() if "callcoach" in line]
    assert checked.returncode == 0, checked.stderr
    assert not said


def test_the_units_are_what_systemd_reads() -> None:
    service, timer = unit(SERVICE), unit(UNITS / "callcoach-nightly.timer")
    assert service["Service"]["Type"] == "oneshot"
    assert service["Service"]["ExecStart"].startswith("/")
    assert timer["Timer"]["Unit"] == SERVICE.name
    assert re.fullmatch(r"\*-\*-\* \d\d:\d\d:\d\d", timer["Timer"]["OnCalendar"])


def test_the_service_may_write_its_folder_and_nothing_else() -> None:
    given = unit(SERVICE)["Service"]
    for key, value in {
        "ProtectSystem": "strict",
        "ProtectHome": "true",
        "NoNewPrivileges": "true",
        "PrivateNetwork": "true",
        "PrivateTmp": "true",
        "CapabilityBoundingSet": "",
        "UMask": "0077",
        "ReadWritePaths": "/srv/callcoach",
    }.items():
        assert given[key] == value, key


def test_cron_takes_the_lines() -> None:
    lines = [
        line
        for line in (UNITS / "callcoach.cron").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    field = r"(?:\*|\d{1,2})(?:[-,/]\d{1,2})*"
    for line in lines:
        assert re.fullmatch(rf"[A-Z_]+=\S+|(?:{field} ){{5}}[a-z]+ \S.*", line), line
        assert "%" not in line  # cron makes a line break of it
    assert sum("callcoach run" in line for line in lines) == 1


@pytest.mark.parametrize("name", ["callcoach-nightly.service", "callcoach.cron"])
def test_the_commands_of_the_examples_exist(name: str) -> None:
    found = commands_of((UNITS / name).read_text(encoding="utf-8"))
    assert len(found) == 2
    for words in found:
        command = main.commands[words[0]]
        known = {o for p in command.params if isinstance(p, click.Option) for o in p.opts}
        assert {word for word in words if word.startswith("--")} <= known


def test_the_nightly_settings_are_read_and_change_no_result() -> None:
    config = load_config(ROOT / "configs" / "nightly.toml")
    assert config.arrivals.stable_s == 60
    assert config.sha256 == Config().sha256  # a call analysed by day is not analysed again
    given = tomllib.loads((ROOT / "configs" / "nightly.toml").read_text(encoding="utf-8"))
    assert {"arrivals", "log", "notify", "retention", "batch"} == set(given)
