"""Exports: every table, read back by other programs, with texts that stay texts."""

from __future__ import annotations

import io
import stat
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pandas as pd
import pyarrow as pa
import pytest
from click.testing import CliRunner
from hypothesis import example, given
from hypothesis import strategies as st

import factory
from callcoach.batch.export import Format, export, format_of
from callcoach.batch.store import Store, write_file
from callcoach.cli import main
from callcoach.errors import ConfigError, StoreError
from callcoach.reports import workbook
from callcoach.reports.columns import CALL, COLUMNS
from callcoach.reports.spreadsheet import csv_text, is_formula
from callcoach.reports.tables import build_tables
from callcoach.reports.workbook import About, write_workbook
from coached import scored
from stored import busy, named, write_tables

NOW = datetime(2026, 3, 4, 14, 5, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    calls = [
        named(factory.two_channels(), "a", queue="billing", team="north"),
        factory.mono(),
        named(scored(), "b", queue="repairs", team="south"),
    ]
    made = Store(tmp_path / "out")
    write_tables(build_tables(calls), made.root, write_file)
    return made


def sheets(path: Path) -> openpyxl.Workbook:
    return openpyxl.load_workbook(path)


def rows_of(book: openpyxl.Workbook, name: str) -> list[dict[str, object]]:
    head, *rows = book[name].iter_rows(values_only=True)
    return [dict(zip(map(str, head), row, strict=True)) for row in rows]


def booked(table: pa.Table, tmp_path: Path) -> openpyxl.Workbook:
    """A workbook of one table, as it comes back."""
    file = io.BytesIO()
    write_workbook({"calls": table}, About(NOW, "1.0", 1), file, tmp_path)
    return openpyxl.load_workbook(io.BytesIO(file.getvalue()))


# ------------------------------------------------------------------------ the workbook


@pytest.mark.parametrize("form", Format)
def test_it_waits_for_whoever_writes_the_tables(
    store: Store, tmp_path: Path, form: Format, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / ("calls.xlsx" if form is Format.XLSX else "folder")
    with busy(store, monkeypatch) as waits:
        export(store, output, form, now=NOW)
    assert len(waits) == 1 and output.exists()


def test_a_workbook_has_a_sheet_for_each_table(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "new" / "calls.xlsx"
    counts = export(store, path, Format.XLSX, now=NOW)
    book = sheets(path)
    assert book.sheetnames == ["About", "Columns", *COLUMNS]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [item.name for item in path.parent.iterdir()] == ["calls.xlsx"]
    for name in COLUMNS:
        sheet = book[name]
        table = pd.read_parquet(store.tables / f"{name}.parquet")
        assert sheet.max_row - 1 == len(table) == counts[name]
        assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("B2", sheet.dimensions)
        assert sheet["A1"].font.bold


def test_values_come_back_as_they_are(store: Store, tmp_path: Path) -> None:
    export(store, tmp_path / "x.xlsx", Format.XLSX, now=NOW)
    book = sheets(tmp_path / "x.xlsx")
    for name in COLUMNS:
        table = pd.read_parquet(store.tables / f"{name}.parquet").astype(object)
        for row, (_, expected) in zip(rows_of(book, name), table.iterrows(), strict=True):
            for column, value in expected.items():
                if column == "started_at":
                    continue
                found = row[str(column)]
                if pd.isna(value) or value == "":
                    assert found is None or found == "", f"{name} {column}"
                elif isinstance(value, float):
                    assert found == pytest.approx(value), f"{name} {column}"
                else:
                    assert found == value, f"{name} {column}"


def test_dates_can_be_sorted_and_other_texts_stay(store: Store, tmp_path: Path) -> None:
    export(store, tmp_path / "x.xlsx", Format.XLSX, now=NOW)
    calls = {row["call_id"]: row for row in rows_of(sheets(tmp_path / "x.xlsx"), "calls")}
    assert calls["a"]["started_at"] == datetime(2025, 3, 4, 14, 5)
    assert calls["mono_0003"]["started_at"] is None
    columns = {"call_id": ["a", "b"], "started_at": ["4th of March", "0999-01-01"]}
    back = rows_of(booked(pa.table(columns), tmp_path), "calls")
    assert [row["started_at"] for row in back] == ["4th of March", "0999-01-01"]


def test_the_first_sheets_say_what_it_is(store: Store, tmp_path: Path) -> None:
    export(store, tmp_path / "x.xlsx", Format.XLSX, now=NOW)
    book = sheets(tmp_path / "x.xlsx")
    said = " ".join(str(c) for row in book["About"].iter_rows(values_only=True) for c in row if c)
    for text in ("2026-03-04 14:05+00:00", "house card 7", "not measured", *COLUMNS):
        assert text in said
    told = {(row["table"], row["column"]): row for row in rows_of(book, "Columns")}
    shown = {(name, cell.value) for name in COLUMNS for cell in book[name][1]}
    assert set(told) == shown
    assert told["calls", "agent_talk_s"]["unit"] == "s"
    assert told["turns", "queue"]["meaning"] == "a column of the manifest"


def test_a_table_too_long_for_a_sheet_goes_on_in_the_next(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "MOST_ROWS", 101)
    count = export(store, tmp_path / "x.xlsx", Format.XLSX, names=["words"], now=NOW)["words"]
    book = sheets(tmp_path / "x.xlsx")
    assert count > 200
    names = book.sheetnames[2:]
    assert names == ["words", *(f"words {i}" for i in range(2, -(-count // 100) + 1))]
    assert {book[name].max_row for name in names[:-1]} == {101}
    back = [row["text"] for name in names for row in rows_of(book, name)]
    assert back == list(pd.read_parquet(store.tables / "words.parquet")["text"])
    said = [str(row[2]) for row in book["About"].iter_rows(values_only=True)]
    assert any("goes on in words 2, words 3" in text for text in said)


def test_an_empty_batch_is_a_workbook_too(tmp_path: Path) -> None:
    made = Store(tmp_path / "out")
    write_tables(build_tables([]), made.root, write_file)
    export(made, tmp_path / "x.xlsx", Format.XLSX, now=NOW)
    assert all(sheets(tmp_path / "x.xlsx")[name].max_row == 1 for name in COLUMNS)


# ------------------------------------------------------------------------ texts stay texts

FORMULAS = ("=1+1", "+1", "-1", "@SUM(1)", "＝1", "＋1", "－1", "＠a", "\t=1", "\r=1", "\n=1",
            " =1", "\u200b=1", "\u202e=1", "\ufeff-1", "−1", "\x00=1")  # fmt: skip


@pytest.mark.parametrize("evil", FORMULAS)
def test_nothing_in_a_workbook_is_a_formula_or_a_link(evil: str, tmp_path: Path) -> None:
    columns = {"call_id": [evil], "agent_id": ["https://a.example"], evil: ["mailto:a@b.c"]}
    book = booked(pa.table(columns), tmp_path)
    sheet = book["calls"]
    for cell in (sheet["A2"], sheet["B2"], sheet["C1"], sheet["C2"]):
        assert (cell.data_type, cell.hyperlink) == ("s", None)
    assert sheet["A2"].quotePrefix
    assert not sheet["B2"].quotePrefix


@pytest.mark.parametrize("evil", FORMULAS)
def test_nothing_in_a_csv_begins_like_a_formula(evil: str) -> None:
    frame = pd.DataFrame({"x": [evil, f"a;{evil}", f'",{evil}']}, dtype="string")
    frame[f"b{evil}"] = pd.Series([-1.5, 2.0, None], dtype="Float64")
    frame[evil] = frame["x"]
    text = csv_text(frame)
    for separator in ",;":
        for line in text.splitlines():
            back = pd.read_csv(io.StringIO(line), sep=separator, header=None, dtype=str)
            for cell in back.iloc[0].dropna():
                assert not is_formula(cell) or cell == "-1.5", cell
    assert len(text.splitlines()) == 4
    assert "-1.5" in text  # a number stays one


@given(st.text(max_size=40))
@example(" ")
def test_harmless_texts_come_back_from_a_csv(text: str) -> None:
    frame = pd.DataFrame({"x": [text]}, dtype="string")
    # A line of blanks alone is a row too: pandas leaves it out unless told.
    back = pd.read_csv(
        io.StringIO(csv_text(frame)),
        dtype="string",
        keep_default_na=False,
        skip_blank_lines=False,
    )
    found = back["x"][0] if len(back) else ""
    assert not is_formula(found)
    printable = all(c.isprintable() for c in text)
    if text and printable and ";" not in text and not is_formula(text):
        assert found == text


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60))
def test_any_text_can_be_written_into_a_workbook(text: str) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as work:
        book = booked(pa.table({"call_id": [text]}), Path(work))
    cell = book["calls"]["A2"]
    assert cell.data_type == "s"
    if all(c.isprintable() for c in text) and "_x" not in text:
        assert cell.value == text


def test_what_looks_like_an_escape_stays_as_it_is(tmp_path: Path) -> None:
    with_escape = pa.table({"call_id": ["_x0041_", "a\x00b\ufffe\x1b"]})
    sheet = booked(with_escape, tmp_path)["calls"]
    # Read as Excel reads it: the first character of an escape stands for itself.
    assert sheet["A2"].value.replace("_x005F_", "_") == "_x0041_"
    assert sheet["A3"].value == "a\ufffdb\ufffd\ufffd"


def test_a_text_too_long_for_a_cell_is_cut_and_says_so(tmp_path: Path) -> None:
    long = ["x" * 40_000, "😀" * 20_000, "😀" * 16_000]
    sheet = booked(pa.table({"call_id": long}), tmp_path)["calls"]
    for cell in (sheet["A2"], sheet["A3"]):
        assert len(cell.value.encode("utf-16-le")) // 2 <= 32_767
        assert cell.value.endswith("… (cut)")
    assert sheet["A4"].value == long[2]


# ------------------------------------------------------------------------ choosing


def test_each_table_has_the_columns_that_are_asked_for(store: Store, tmp_path: Path) -> None:
    extra = ["team", "turns", "agent_id"]
    export(store, tmp_path / "p", Format.PARQUET, extra=extra, now=NOW)
    findings = pd.read_parquet(tmp_path / "p" / "findings.parquet")
    assert list(findings.columns)[:6] == [*CALL, "team", "turns", "key"]
    assert set(findings["team"]) == {"south"}
    turns = pd.read_parquet(tmp_path / "p" / "turns.parquet").set_index("call_id")
    assert set(turns.loc["a", "team"]) == {"north"}
    assert turns.loc["mono_0003", "team"].isna().all()
    voice = pd.read_parquet(tmp_path / "p" / "voice.parquet")
    assert len(voice) == len(pd.read_parquet(store.tables / "voice.parquet"))
    calls = pd.read_parquet(tmp_path / "p" / "calls.parquet")
    assert list(calls.columns) == list(pd.read_parquet(store.tables / "calls.parquet").columns)


def test_a_name_that_is_taken_is_told_apart(store: Store, tmp_path: Path) -> None:
    export(store, tmp_path / "p", Format.PARQUET, names=["tension"], extra=["coverage"], now=NOW)
    assert "coverage" in pd.read_parquet(tmp_path / "p" / "tension.parquet").columns
    base = build_tables([named(factory.two_channels(), "a", kind="x")])
    write_tables(base, store.root, write_file)
    export(store, tmp_path / "p", Format.PARQUET, extra=["kind"], now=NOW)
    overlaps = pd.read_parquet(tmp_path / "p" / "overlaps.parquet")
    assert set(overlaps["call_kind"]) == {"x"} and "backchannel" in set(overlaps["kind"])


def test_parquet_and_csv_hold_the_same_as_the_tables(store: Store, tmp_path: Path) -> None:
    export(store, tmp_path / "p", Format.PARQUET, extra=(), now=NOW)
    export(store, tmp_path / "c", Format.CSV, extra=(), now=NOW)
    assert sorted(p.name for p in (tmp_path / "c").iterdir()) == sorted(
        f"{name}.csv" for name in COLUMNS
    )
    for name in COLUMNS:
        copied = (tmp_path / "p" / f"{name}.parquet").read_bytes()
        assert copied == (store.tables / f"{name}.parquet").read_bytes()
        expected = pd.read_parquet(store.tables / f"{name}.parquet")
        assert len(pd.read_csv(tmp_path / "c" / f"{name}.csv")) == len(expected)


@pytest.mark.parametrize(
    "output, named_form, expected",
    [("a.xlsx", None, "xlsx"), ("A.XLSX", "xlsx", "xlsx"), ("folder", "csv", "csv"),
     ("folder", "parquet", "parquet"), ("folder", None, None), ("a.csv", None, None),
     ("a.xlsx", "csv", None), ("folder", "xlsx", None)],
)  # fmt: skip
def test_the_format_is_known_or_asked_for(
    output: str, named_form: str | None, expected: str | None
) -> None:
    if expected is None:
        with pytest.raises(ConfigError, match="--format"):
            format_of(Path(output), named_form)
    else:
        assert format_of(Path(output), named_form) == expected


# ------------------------------------------------------------------------ what goes wrong


def told(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["export", *map(str, arguments)])
    assert not isinstance(result.exception, AttributeError | TypeError | KeyError)
    return result.exit_code, result.output


def test_the_command(store: Store, tmp_path: Path) -> None:
    store.ledger.touch()
    code, said = told(store.root, "-o", tmp_path / "x.xlsx", "--tables", "calls, practices")
    assert (code, sheets(tmp_path / "x.xlsx").sheetnames[2:]) == (0, ["calls", "practices"])
    assert said == f"2 tables, 7 rows: {tmp_path / 'x.xlsx'}\n"
    for options, text in (
        (["--tables", "call"], "no table 'call'; did you mean 'calls'?"),
        (["--with", "teem"], "no column 'teem'; did you mean 'team'?"),
        (["--format", "csv"], "does not fit"),
    ):
        code, said = told(store.root, "-o", tmp_path / "x.xlsx", *options)
        assert code == 2 and text in said
    code, said = told(tmp_path / "nowhere", "-o", tmp_path / "x.xlsx")
    assert code == 1 and "is not an output folder" in said


def test_a_missing_table_says_what_to_do(store: Store, tmp_path: Path) -> None:
    (store.tables / "voice.parquet").write_bytes(b"no table")
    with pytest.raises(StoreError, match=r"voice\.parquet.*callcoach report"):
        export(store, tmp_path / "x.xlsx", Format.XLSX, now=NOW)
    assert not (tmp_path / "x.xlsx").exists()


def test_a_place_that_cannot_be_written_says_so(store: Store, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot write"):
        export(store, tmp_path / "file" / "x.xlsx", Format.XLSX, now=NOW)
    with pytest.raises(StoreError, match="cannot"):
        export(store, tmp_path / "file", Format.CSV, now=NOW)


def test_an_export_replaces_the_one_before_and_leaves_nothing_else(
    store: Store, tmp_path: Path
) -> None:
    (tmp_path / "x.xlsx").write_text("old")
    export(store, tmp_path / "x.xlsx", Format.XLSX, names=["calls"], now=NOW)
    assert sheets(tmp_path / "x.xlsx").sheetnames[2:] == ["calls"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out", "x.xlsx"]
