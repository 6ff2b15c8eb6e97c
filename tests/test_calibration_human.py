"""People's scores as a table."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcoach.calibration.human import HumanScore, HumanScores, read_human
from callcoach.errors import SourceError

PRACTICES = ("validate", "attend", "clarify")


def read(folder: Path, text: str, calls: tuple[str, ...] | None = ("c1", "c2")) -> HumanScores:
    path = folder / "human.csv"
    path.write_text(text, encoding="utf-8")
    return read_human(path, PRACTICES, calls)


def refused(folder: Path, text: str) -> str:
    with pytest.raises(SourceError) as error:
        read(folder, text)
    assert str(folder / "human.csv") in str(error.value)
    return str(error.value)


def test_a_table_is_read(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        "call_id,rater,practice,score,remark\n"
        "c1,ann,validate,80,well done\n"
        "c1,bo,validate,72.5,\n"
        "c2,ann,attend,na,\n"
        "c2,ann,overall,,\n",
    )
    assert found.scores == (
        HumanScore("c1", "ann", "validate", 80.0),
        HumanScore("c1", "bo", "validate", 72.5),
        HumanScore("c2", "ann", "attend", None),
        HumanScore("c2", "ann", "overall", None),
    )
    assert found.unknown_calls == () and found.notes == ()


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_spreadsheets_of_all_kinds(tmp_path: Path, separator: str) -> None:
    text = "\ufeffCall_ID,Rater,Practice,Score\r\nc1,Ann, Validate ,N/A\r\n\r\nc2,ann,attend,0\r\n"
    found = read(tmp_path, text.replace(",", separator))
    assert [(s.rater, s.practice, s.score) for s in found.scores] == [
        ("Ann", "validate", None),
        ("Ann", "attend", 0.0),  # one rater, written in two ways
    ]


def test_a_decimal_comma_is_read(tmp_path: Path) -> None:
    found = read(tmp_path, "call_id;rater;practice;score\nc1;ann;validate;72,5\n")
    assert found.scores[0].score == 72.5


def test_calls_that_were_not_analysed_are_counted(tmp_path: Path) -> None:
    text = "call_id,rater,practice,score\nc1,a,attend,5\nx9,a,attend,50\nx1,a,attend,5\n"
    found = read(tmp_path, text)
    assert [s.call_id for s in found.scores] == ["c1"] and found.unknown_calls == ("x1", "x9")
    assert len(read(tmp_path, text, None).scores) == 3
    message = refused(tmp_path, "call_id,rater,practice,score\nx9,a,attend,50\n")
    assert "none of its calls was analysed; it has x9, the analyses are of c1, c2" in message


@pytest.mark.parametrize("score", ["101", "-1", "nan", "inf", "80%", "good", "1e3", "1.000,5"])
def test_a_wrong_score_names_row_column_value_and_what_is_expected(
    tmp_path: Path, score: str
) -> None:
    text = f"call_id;rater;practice;score\nc1;a;attend;50\nc2;a;attend;{score}\n"
    message = refused(tmp_path, text)
    assert f"row 3, score {score!r}: expected a number from 0 to 100, or na" in message


def test_an_unknown_practice_names_the_nearest(tmp_path: Path) -> None:
    message = refused(tmp_path, "call_id,rater,practice,score\nc1,a,validat,50\n")
    assert "row 2, practice 'validat': not known; did you mean 'validate'?" in message
    message = refused(tmp_path, "call_id,rater,practice,score\nc1,a,xyz,50\n")
    assert "expected one of attend, clarify, overall, validate" in message


def test_all_wrong_rows_are_listed_at_once(tmp_path: Path) -> None:
    message = refused(
        tmp_path,
        "call_id,rater,practice,score\n,a,attend,50\nc1,,attend,50\nc1,a,atend,500\nc1,a,attend,5\n",
    )
    assert "has 4 problems:" in message
    assert "row 2, call_id: it is empty; every row needs a call" in message
    assert "row 3, rater: it is empty" in message
    assert "row 4, practice 'atend'" in message and "row 4, score '500'" in message
    many = "".join(f"c1,r{i},attend,{200 + i}\n" for i in range(25))
    message = refused(tmp_path, "call_id,rater,practice,score\n" + many)
    assert "25 problems" in message and message.count("expected a number") == 20
    assert message.endswith("and 5 more")


def test_two_scores_of_one_thing_are_an_error_and_a_repeated_row_is_not(tmp_path: Path) -> None:
    head = "call_id,rater,practice,score\nc1,a,attend,50\n"
    assert len(read(tmp_path, head + "c1,A,Attend,50.0\n").scores) == 1
    message = refused(tmp_path, head + "c1,a,attend,60\n")
    assert "row 3, score '60': row 2 has 50 for the same call, rater and practice" in message
    assert "row 2 has 50" in refused(tmp_path, head + "c1,a,attend,na\n")


def test_tables_that_are_none(tmp_path: Path) -> None:
    message = refused(tmp_path, "call_id,rater,practise,score\nc1,a,attend,50\n")
    assert "no column 'practice' (found: call_id, rater, practise, score)" in message
    assert "did you mean 'practice' by 'practise'?" in message
    assert "found: nothing" in refused(tmp_path, "")
    assert "has no rows" in refused(tmp_path, "call_id,rater,practice,score\n")
    assert "twice" in refused(tmp_path, "call_id,rater,practice,score,score\n")
    assert "capitals" in refused(tmp_path, "call_id,rater,practice,score,Score\n")
    message = refused(tmp_path, "call_id,rater,practice,score\nc1,a,attend,500\nc1,a,attend\n")
    assert "has 2 problems" in message and "row 3: 3 cells, the header has 4" in message
    (tmp_path / "human.csv").write_bytes(b"call_id;rater;practice;score\nc1;zo\x81;a;1\x00")
    with pytest.raises(SourceError, match="not UTF-8"):
        read_human(tmp_path / "human.csv", PRACTICES)
    with pytest.raises(SourceError, match="No such file"):
        read_human(tmp_path / "other.csv", PRACTICES)


def test_another_scale_is_noticed(tmp_path: Path) -> None:
    def rows(top: int) -> str:
        cells = "".join(f"c1,r{i},attend,{i % top + 1}\n" for i in range(12))
        return "call_id,rater,practice,score\n" + cells

    (note,) = read(tmp_path, rows(5)).notes
    assert "above 5" in note and "0 to 100" in note
    assert read(tmp_path, rows(12)).notes == ()


@given(st.text(max_size=60))
def test_no_text_breaks_the_reader(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(f"call_id,rater,practice,score\n{text}".encode("utf-8", "surrogatepass"))
    try:
        found = read_human(path, PRACTICES)
    except SourceError:
        return
    assert all(score.practice in (*PRACTICES, "overall") for score in found.scores)
