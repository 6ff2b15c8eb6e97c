"""Tables as people save them: the same rows come out whatever the coding, separator and program."""

from __future__ import annotations

import csv
import io
import string
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcoach.errors import SourceError
from callcoach.measure.transcript_formats import read_dialogues
from callcoach.model.party import Side
from callcoach.storage.table_rows import read_rows
from shipped import read_source

ROWS = [["path", "agent_id", "note"], ["a.wav", "José", "50 € “soon”"], ["b.wav", "Kim", ""]]


def written(rows: list[list[str]], delimiter: str) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue()


def read(path: Path) -> list[list[str]]:
    header, rows = read_rows(path, "table", ("path", "agent_id"))
    return [header, *([row[name] for name in header] for _, row in rows)]


@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_every_usual_coding_and_separator(tmp_path: Path, coding: str, delimiter: str) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(written(ROWS, delimiter).encode(coding))
    assert read(path) == ROWS
    path.write_bytes((f"sep={delimiter}\r\n" + written(ROWS, delimiter)).encode(coding))
    assert read(path) == ROWS


def test_a_workbook_says_what_its_csv_says(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "empty"
    sheet = book.create_sheet("calls")
    sheet.append(["Path", "agent_id", "started_at", "agent_channel", "queue", None])
    sheet.append(["a.wav", 4711, datetime(2026, 3, 2, 14, 5), 1.0, date(2026, 3, 1), None])
    sheet.append([None, None])
    book.save(tmp_path / "calls.xlsx")
    (tmp_path / "a.wav").write_bytes(b"x")
    (only,) = read_source(tmp_path / "calls.xlsx").recordings
    assert (only.call_id, only.agent_id, only.agent_side) == ("a", "4711", Side.LEFT)
    assert only.started_at is not None and only.started_at.startswith("2026-03-02T14:05")
    assert [(item.name, item.value) for item in only.metadata] == [("queue", "2026-03-01")]


def test_a_transcript_in_a_workbook(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["speaker", "text", "start", "end"], ["agent", "Hello", 0, 1.5]):
        book.active.append(row)
    book.save(tmp_path / "call.xlsx")
    (entry,) = read_dialogues(tmp_path / "call.xlsx")
    assert entry.dialogue is not None
    assert [(t.speaker, t.text) for t in entry.dialogue.turns] == [("agent", "Hello")]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.csv", b"\x00\x01\x02\xff bad"),
        ("t.csv", b"path\n\x81\x8d.wav\n"),
        ("t.xlsx", b"PK\x03\x04 nothing"),
        ("t.csv", b"\xff\xfea"),
    ],
)
def test_what_is_no_table_is_told_in_one_line(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SourceError) as refused:
        read(tmp_path / name)
    assert name in str(refused.value) and "\n" not in str(refused.value)


cells = st.text(string.ascii_letters + string.digits + " .-_'\"äéß,;\t\n", max_size=12)


@given(
    st.lists(st.lists(cells, min_size=3, max_size=3), min_size=1, max_size=6),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
    st.permutations(["path", "agent_id", "note"]),
    st.integers(0, 2),
)
def test_no_row_is_lost(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[list[str]],
    delimiter: str,
    coding: str,
    header: list[str],
    empty: int,
) -> None:
    path = tmp_path_factory.mktemp("rows") / "t.csv"
    names = [name.capitalize() if name == "path" else name for name in header]
    table = [row + [""] * empty for row in [names, *rows]]
    path.write_bytes(written(table, delimiter).encode(coding))
    expected = [row for row in rows if any(cell.strip() for cell in row)]
    assert read(path)[1:] == expected
