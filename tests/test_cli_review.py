"""The command of the review app, without the app."""

from __future__ import annotations

import re
import stat
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from callcoach.batch.store import Store
from callcoach.cli import main
from callcoach.review.links import Doors
from callcoach.review.server import Address, bound, check_host, link_url
from callcoach.settings.review import ReviewConfig
from reviewing import folder, opinion
from shipped import ReviewStore
from stored import busy


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return folder(tmp_path / "out")


def review(out: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["review", str(out), *arguments])


def test_links_are_made_listed_and_taken_back(out: Path) -> None:
    made = review(out, "--no-serve", "--link", "qa", "--link", "agent:maya")
    assert made.exit_code == 0, made.output
    tokens = re.findall(r"http://127\.0\.0\.1:8765/open/(\S+)", made.output)
    doors = Doors(ReviewStore(out), ReviewConfig())
    assert len(tokens) == 2 and all(doors.open(token) for token in tokens)
    listed = review(out, "--links").output
    assert "agent:maya" in listed and listed.count("works") == 2
    assert not any(token.split(".")[1] in listed for token in tokens)
    name = tokens[1].split(".")[0]
    assert review(out, "--revoke", name).exit_code == 0
    assert doors.open(tokens[0]) and not doors.open(tokens[1])
    assert "taken back" in review(out, "--links").output
    wrong = review(out, "--revoke", "nothing")
    assert wrong.exit_code == 2 and "--links lists them" in wrong.output


def test_the_export_is_private_and_runs_no_formula(out: Path, tmp_path: Path) -> None:
    ReviewStore(out).add(opinion(comment="=HYPERLINK(1)\nand more"))
    done = review(out, "--export", str(tmp_path / "reviews.csv"))
    assert done.exit_code == 0 and "1 entries written" in done.output
    text = (tmp_path / "reviews.csv").read_text()
    assert "'=HYPERLINK(1) and more" in text
    assert stat.S_IMODE((tmp_path / "reviews.csv").stat().st_mode) == 0o600


def test_the_export_waits_for_a_purge(
    out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with busy(Store(out), monkeypatch) as waits:
        assert review(out, "--export", str(tmp_path / "reviews.csv")).exit_code == 0
    assert len(waits) == 1


@pytest.mark.parametrize(
    "arguments, told",
    [
        (("--link", "boss"), "coach, qa or agent:ID"),
        (("--host", "0.0.0.0", "--allow-network"), "every address"),
        (("--host", "192.0.2.1"), "--allow-network"),
        (("--host", "example.org"), "--allow-network"),
    ],
)
def test_what_is_not_safe_is_refused(out: Path, arguments: tuple[str, ...], told: str) -> None:
    done = review(out, *arguments)
    assert done.exit_code == 2 and told in done.output
    assert not (out / "reviews.sqlite").exists()


def test_a_folder_without_a_run_is_told(tmp_path: Path) -> None:
    done = review(tmp_path)
    assert done.exit_code == 1 and "not an output folder" in done.output


def test_missing_packages_are_told(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    done = review(out)
    assert done.exit_code == 1 and "pip install 'callcoach[review]'" in done.output


def test_loopback_needs_no_leave() -> None:
    for host in ("127.0.0.1", "localhost", "::1", "127.0.0.5"):
        check_host(host, network=False)
    check_host("192.0.2.1", network=True)


def test_an_address_is_asked_by_its_own_names() -> None:
    listening, address = bound("127.0.0.5", 0)
    listening.close()
    assert address.port > 0 and address.hosts == {"127.0.0.5", "127.0.0.1", "localhost", "::1"}
    assert Address("192.0.2.1", 80).hosts == {"192.0.2.1"}
    assert link_url(address, "t") == f"http://127.0.0.5:{address.port}/open/t"
