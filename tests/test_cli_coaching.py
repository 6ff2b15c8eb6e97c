"""The commands about guide, scorecard, categories and calibration."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from callcoach.batch.store import Store
from callcoach.calibration.permit import Permit, Permits, permits_json, read_permits
from callcoach.cli import main
from callcoach.errors import ConfigError
from callcoach.findings import Scorecard
from factory import tense_call, two_channels
from shipped import write_analysis
from stored import PRACTICE, busy, people, scored, stored

ROOT = Path(__file__).parent.parent
CARD = ROOT / "configs" / "scorecard.toml"
GUIDE = ROOT / "configs" / "guide.toml"
CATEGORIES = ROOT / "configs" / "categories.toml"


def invoke(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments])


def refused(result: Result, *words: str, code: int = 2) -> None:
    """One line for each mistake, an exit code, and no traceback."""
    assert result.exit_code == code, result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert result.stderr.startswith("callcoach: ")
    assert "Traceback" not in result.output
    for word in words:
        assert word in result.stderr, result.stderr


def edited(folder: Path, path: Path, old: str, new: str) -> Path:
    text = path.read_text(encoding="utf-8")
    assert old in text
    copy = folder / path.name
    copy.write_text(text.replace(old, new, 1), encoding="utf-8")
    return copy


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return stored(tmp_path / "out", [two_channels(), tense_call()]).root


# ----------------------------------------------------------------- report


def test_report_scores_stored_calls_by_what_is_given(out: Path, tmp_path: Path) -> None:
    done = invoke("report", out, "--scorecard", CARD)
    assert done.exit_code == 0, done.output
    assert "2 of 2 calls changed" in done.stdout and "2 of 2 reports written" in done.stdout
    assert (out / "index.html").is_file() and (out / "tables" / "calls.parquet").is_file()
    assert Store.existing(out).load(two_channels().call.id).scorecard is not None
    assert "0 of 2 calls changed" in invoke("report", out, "--scorecard", CARD).stdout
    ours = edited(tmp_path, CARD, 'version = "1"', 'version = "ours"')
    done = invoke("report", out, "--scorecard", ours, "--categories", CATEGORIES, "--guide", GUIDE)
    assert "ours" in done.stdout and "2 of 2 calls changed" in done.stdout
    card = Store.existing(out).load(two_channels().call.id).scorecard
    assert card is not None and card.version == "ours"


def test_report_alone_keeps_the_scores_and_writes_the_pages(out: Path) -> None:
    invoke("report", out, "--scorecard", CARD)
    page = out / "calls" / two_channels().call.id / "report.html"
    analysis = page.with_name("analysis.json")
    before, written = page.read_bytes(), analysis.stat().st_mtime_ns
    page.write_text("gone")
    done = invoke("report", out)
    assert done.exit_code == 0 and "Scored by" not in done.stdout
    assert page.read_bytes() == before
    assert analysis.stat().st_mtime_ns == written


OUR_GUIDE = """
name = "Ours"
version = "1"
extends = "shipped"

[chapter.attend]
title = "One breath first"

[chapter.greeting]
title = "Our greeting"
asks = "Say the brand and your name."
why = "People want to know where they are."
kind = "suggestion"
strength_tip = "Keep the smile in it."
opportunity_tip = "Try it with your name first."
"""


def test_report_tells_of_reviews_that_cannot_be_read(out: Path) -> None:
    (out / "reviews.sqlite").write_bytes(b"no database" * 500)
    result = invoke("report", out)
    assert result.exit_code == 3
    assert result.output.count("reviews.sqlite") == 1 and "bring the file back" in result.output
    assert (out / "index.html").is_file()
    (out / "reviews.sqlite").unlink()
    assert invoke("report", out).exit_code == 0


def test_report_waits_for_an_export(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with busy(Store(out), monkeypatch) as waits:
        assert invoke("report", out).exit_code == 0
    assert len(waits) == 1


def test_pages_are_in_the_words_of_the_teams_own_guide(out: Path, tmp_path: Path) -> None:
    """Also those that are written or printed later by a command that names no guide."""
    call_id = two_channels().call.id
    folder = out / "calls" / call_id
    words = ("One breath first", "Our greeting")
    invoke("report", out, "--scorecard", CARD)
    shown = invoke("show", out, call_id)
    assert shown.exit_code == 0 and "One breath first" not in shown.stdout
    ours = tmp_path / "ours.toml"
    ours.write_text(OUR_GUIDE, encoding="utf-8")
    assert invoke("report", out, "--guide", ours).exit_code == 0
    ours.unlink()  # the folder keeps what it needs
    scored = {name: (folder / name).read_bytes() for name in ("report.html", "report.md")}
    assert invoke("report", out).exit_code == 0
    shown = invoke("show", out, call_id)
    assert shown.exit_code == 0
    for text in (*(page.decode() for page in scored.values()), shown.stdout):
        assert all(word in text for word in words)
        assert "Attentive listening" not in text
    assert {name: (folder / name).read_bytes() for name in scored} == scored
    assert shown.stdout.encode() == scored["report.md"]
    # The shipped guide again, and its words are back.
    invoke("report", out, "--guide", GUIDE)
    assert not any(word in invoke("show", out, call_id).stdout for word in words)


def test_a_kept_guide_that_cannot_be_read_is_told(out: Path) -> None:
    invoke("report", out, "--scorecard", CARD)
    (out / "guide.json").write_text("{")
    refused(invoke("show", out, two_channels().call.id), "guide.json", "--guide", code=1)
    assert invoke("report", out, "--guide", GUIDE).exit_code == 0
    assert invoke("show", out, two_channels().call.id).exit_code == 0


def test_settings_name_the_files(out: Path, tmp_path: Path) -> None:
    edited(tmp_path, CARD, 'version = "1"', 'version = "ours"')
    config = tmp_path / "settings.toml"
    config.write_text('[coaching]\nscorecard_file = "scorecard.toml"\n', encoding="utf-8")
    assert " ours with the guide" in invoke("report", out, "--config", config).stdout
    # What is given wins.
    done = invoke("report", out, "--config", config, "--scorecard", CARD)
    assert " ours with" not in done.stdout


def test_a_call_that_cannot_be_scored_is_told(out: Path) -> None:
    invoke("report", out, "--scorecard", CARD)
    (out / "calls" / two_channels().call.id / "analysis.json").write_text("{")
    done = invoke("report", out, "--scorecard", CARD)
    assert done.exit_code == 3 and "not valid JSON" in done.stderr
    assert "Traceback" not in done.output


@pytest.mark.parametrize(
    "option, path, old, new, words",
    [
        ("--scorecard", CARD, 'name = "', 'nmae = "', ["scorecard.toml", "nmae"]),
        ("--scorecard", CARD, 'name = "', 'name = = "', ["scorecard.toml", "line"]),
        ("--scorecard", CARD, 'measure = "validated_share"', 'measure = "validated"',
         ["scorecard.toml", "'validated'", "validated_share"]),
        ("--guide", GUIDE, "title = ", "titel = ", ["guide.toml", "titel", "line"]),
        ("--guide", GUIDE, "[chapter.validate]", "[chapter.validate", ["guide.toml", "line"]),
        ("--categories", CATEGORIES, 'event = "concern"', 'event = "concerns"',
         ["categories.toml", "rule 1", "concerns", "'concern'"]),
        ("--categories", CATEGORIES, 'measure = "validated_share"', 'measure = "validate_share"',
         ["categories.toml", "validate_share", "'validated_share'"]),
    ],
)  # fmt: skip
def test_wrong_files_are_usage_and_change_nothing(
    out: Path, tmp_path: Path, option: str, path: Path, old: str, new: str, words: list[str]
) -> None:
    before = {p: p.read_bytes() for p in out.rglob("*.json")}
    refused(invoke("report", out, option, edited(tmp_path, path, old, new)), *words)
    refused(invoke("report", out, option, tmp_path / "gone.toml"), "gone.toml")
    assert {p: p.read_bytes() for p in out.rglob("*.json")} == before


# ----------------------------------------------------------------- scorecard diff, guide check


def test_diff_shows_what_would_change_and_changes_nothing(out: Path, tmp_path: Path) -> None:
    invoke("report", out, "--scorecard", CARD)
    before = {p: p.read_bytes() for p in out.rglob("*") if p.is_file() and "ledger" not in p.name}
    same = invoke("scorecard", "diff", out, CARD, CARD)
    assert same.exit_code == 0, same.output
    assert "No overall score changes" in same.stdout
    strict = edited(tmp_path, CARD, "min_coverage = 0.5", "min_coverage = 1.0")
    done = invoke("scorecard", "diff", out, CARD, strict)
    assert done.exit_code == 0
    rows = {line.split()[0]: line for line in done.stdout.splitlines() if line.strip()}
    assert rows["overall"].split()[1:4] == ["2", "->", "0"]
    assert rows["validate"].split()[-1] == "0"
    for call in (two_channels(), tense_call()):
        assert rows[call.call.id].endswith("-> -")
    after = {p: p.read_bytes() for p in out.rglob("*") if p.is_file() and "ledger" not in p.name}
    assert after == before


def test_diff_refuses_wrong_files(out: Path, tmp_path: Path) -> None:
    wrong = edited(tmp_path, CARD, 'name = "', 'nmae = "')
    refused(invoke("scorecard", "diff", out, CARD, wrong), "nmae")
    refused(invoke("scorecard", "diff", out, wrong, CARD), "nmae")


def test_guide_check_tells_what_it_does_and_what_is_wrong(tmp_path: Path) -> None:
    done = invoke("guide", "check", GUIDE)
    assert done.exit_code == 0 and "Nothing is missing" in done.stdout
    refused(invoke("guide", "check", edited(tmp_path, GUIDE, "title = ", "titel = ")), "titel")
    refused(invoke("guide", "check", tmp_path / "gone.toml"), "gone.toml")


# ----------------------------------------------------------------- calibrate

MACHINE = [10.0, 60.0, 90.0] * 14
SITES = ["north" if n % 2 else "south" for n in range(len(MACHINE))]


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_people_who_agree_allow_automatic(tmp_path: Path) -> None:
    out = scored(tmp_path / "out", MACHINE, SITES).root
    human = people(tmp_path / "human.csv", [score + 5 for score in MACHINE])
    before = {p: p.read_bytes() for p in out.rglob("*.json")}
    done = invoke(
        "calibrate", out, human, "--group", "site", "-o", tmp_path / "k.csv",
        "--json", tmp_path / "permit.json",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    (row,) = table(tmp_path / "k.csv")
    assert (row["practice"], row["calls"], float(row["kappa"])) == (PRACTICE, "42", 1.0)
    assert float(row["bias"]) == pytest.approx(-5.0)
    assert row["may_be_automatic"] == "True"
    groups = table(tmp_path / "k-groups.csv")
    assert {one["group"] for one in groups} == {"north", "south"}
    assert {one["column"] for one in groups} == {"site"}
    assert any(one["quantity"] == "measure" for one in groups)
    document = json.loads((tmp_path / "permit.json").read_text())
    card = Store.existing(out).load("c000").scorecard
    assert card is not None and document["scorecard_sha256"] == card.sha256
    permit = document["practices"][PRACTICE]
    assert permit["may_be_automatic"] is True and permit["calls"] == 42
    assert 0.6 <= permit["kappa_low"] <= 1.0
    assert "Groups of calls by site" in done.stdout and card.name in done.stdout
    assert {p: p.read_bytes() for p in out.rglob("*.json")} == before  # nothing is applied


def test_people_who_do_not_agree_do_not(tmp_path: Path) -> None:
    out = scored(tmp_path / "out", MACHINE, SITES).root
    shuffled = np.random.default_rng(1).permutation(MACHINE)
    human = people(tmp_path / "human.csv", shuffled)
    done = invoke("calibrate", out, human, "--json", tmp_path / "permit.json")
    assert done.exit_code == 0, done.output
    assert read_permits(tmp_path / "permit.json").practices[PRACTICE].may_be_automatic is False
    few = people(tmp_path / "few.csv", MACHINE[:29])
    done = invoke("calibrate", out, few, "--json", tmp_path / "permit.json")
    permit = read_permits(tmp_path / "permit.json").practices[PRACTICE]
    assert (permit.may_be_automatic, permit.calls) == (False, 29)
    assert "under 30 calls" in done.stdout


def test_settings_of_calibration_count(tmp_path: Path) -> None:
    out = scored(tmp_path / "out", MACHINE[:12], SITES[:12]).root
    human = people(tmp_path / "human.csv", MACHINE[:12])
    config = tmp_path / "settings.toml"
    config.write_text("[calibration]\nmin_calls = 12\nautomatic_kappa = 0.5\n", encoding="utf-8")
    permit = tmp_path / "permit.json"
    for arguments, may in (((), False), (("--config", config), True)):
        assert invoke("calibrate", out, human, "--json", permit, *arguments).exit_code == 0
        assert read_permits(permit).practices[PRACTICE].may_be_automatic is may


def test_groups_by_agent(tmp_path: Path) -> None:
    out = scored(tmp_path / "out", MACHINE[:12], SITES[:12]).root
    human = people(tmp_path / "human.csv", MACHINE[:12])
    done = invoke("calibrate", out, human, "--group", "agent_id")
    assert "Groups of calls by agent_id: maya.r 12" in done.stdout
    refused(invoke("calibrate", out, human, "--group", "sight"), "'sight'", "'site'")


@pytest.mark.parametrize(
    "text, words",
    [
        ("call_id,rater,practice\nc000,a,attend\n", ["no column 'score'"]),
        ("call_id,rater,practice,score\nc000,a,atend,3\n", ["row 2", "'atend'", "'attend'"]),
        ("call_id,rater,practice,score\nc000,a,attend,300\n", ["row 2", "'300'", "0 to 100"]),
        ("call_id,rater,practice,score\nc000,a,attend,3,9\n", ["row 2", "5 cells"]),
        ("call_id,rater,practice,score\nx,a,attend,3\n", ["none of its calls was analysed"]),
        ("", ["no column"]),
    ],
)
def test_a_wrong_human_file_names_row_key_and_what_is_expected(
    tmp_path: Path, text: str, words: list[str]
) -> None:
    out = scored(tmp_path / "out", MACHINE[:3], SITES[:3]).root
    human = tmp_path / "human.csv"
    human.write_text(text, encoding="utf-8")
    refused(invoke("calibrate", out, human), "human.csv", *words)
    refused(invoke("calibrate", out, tmp_path / "gone.csv"), "gone.csv")


def test_calls_without_scores_or_with_different_scorecards_are_no_calibration(
    tmp_path: Path,
) -> None:
    from dataclasses import replace

    human = people(tmp_path / "human.csv", MACHINE[:3])
    plain = stored(tmp_path / "plain", [two_channels()]).root
    refused(invoke("calibrate", plain, human), "no call in", "callcoach report")
    store = scored(tmp_path / "out", MACHINE[:3], SITES[:3])
    one = store.load("c001")
    card = one.scorecard
    assert isinstance(card, Scorecard)
    write_analysis(store, replace(one, scorecard=replace(card, sha256="0" * 64, version="old")))
    refused(invoke("calibrate", store.root, human), "2 scorecards", "old", "callcoach report")
    write_analysis(store, replace(one, scorecard=None))
    refused(invoke("calibrate", store.root, human), "1 of 3 calls have no scores")


def test_a_folder_without_a_run(tmp_path: Path) -> None:
    for arguments in (
        ("report", tmp_path, "--scorecard", CARD),
        ("scorecard", "diff", tmp_path, CARD, CARD),
        ("calibrate", tmp_path, tmp_path / "h.csv"),
    ):
        refused(invoke(*arguments), "not an output folder", code=1)


# ----------------------------------------------------------------- what may be automatic

PERMITS = Permits("ab" * 32, {"attend": Permit(True, 0.61234567, 120),
                              "validate": Permit(False, None, 12)})  # fmt: skip


def test_permits_are_read_as_written(tmp_path: Path) -> None:
    path = tmp_path / "permit.json"
    path.write_text(permits_json(PERMITS), encoding="utf-8")
    found = read_permits(path)
    assert found.scorecard_sha256 == PERMITS.scorecard_sha256
    assert found.practices["attend"] == Permit(True, 0.6123, 120)  # never rounded up
    assert found.practices["validate"] == Permit(False, None, 12)


def test_a_permit_is_for_one_scorecard_and_its_practices() -> None:
    assert PERMITS.refusal("attend", "ab" * 32) is None
    assert "another scorecard" in (PERMITS.refusal("attend", "cd" * 32) or "")
    assert "12 calls" in (PERMITS.refusal("validate", "ab" * 32) or "")
    assert "no scores of people" in (PERMITS.refusal("clarify", "ab" * 32) or "")


@pytest.mark.parametrize(
    "text, words",
    [
        ("{", ["not valid JSON", "line 1"]),
        ("[]", ["expected an object"]),
        ("{}", ["scorecard_sha256", "expected"]),
        ('{"scorecard_sha256": "a", "practices": []}', ["practices", "expected an object"]),
        ('{"scorecard_sha256": "a", "practices": {"x": 1}}', ["practices.x"]),
        ('{"scorecard_sha256": "a", "practices": {"x": {"may_be_automatic": "yes"}}}',
         ["practices.x.may_be_automatic", "true or false"]),
        ('{"scorecard_sha256": "a", "practices": {"x": {"may_be_automatic": true, "calls": 1.5}}}',
         ["practices.x.calls", "whole number"]),
        ('{"scorecard_sha256": "a", "practices": {"x": {"may_be_automatic": true, "calls": 1,'
         '"kappa_low": "high"}}}', ["practices.x.kappa_low"]),
    ],
)  # fmt: skip
def test_a_wrong_permit_names_the_key(tmp_path: Path, text: str, words: list[str]) -> None:
    path = tmp_path / "permit.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read_permits(path)
    for word in [str(path), *words]:
        assert word in str(caught.value)
