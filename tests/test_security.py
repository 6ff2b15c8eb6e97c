"""What must never be in the code, and what the outside cannot do."""

from __future__ import annotations

import ast
import stat
from pathlib import Path

import pytest

import callcoach
from callcoach.audio.decode import decode
from callcoach.config.audio import AudioConfig
from callcoach.config.config import Config
from callcoach.errors import AudioError
from mutated import (
    Reader,
    broken_manifests,
    broken_recordings,
    broken_settings,
    recordings,
    snapshot,
)
from test_retention import store as store  # the fixture

PACKAGE = Path(callcoach.__file__).parent
_SHELL = {"os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput"}
_PICKLES = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
_MAY_PICKLE = {"batch/process_pool.py"}  # a temporary file of our own


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_no_shell_no_pickle_no_eval(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = {alias.name.split(".")[0] for alias in node.names}
            if isinstance(node, ast.ImportFrom):
                names = {(node.module or "").split(".")[0]}
            assert not names & _PICKLES or str(path.relative_to(PACKAGE)) in _MAY_PICKLE
        if not isinstance(node, ast.Call):
            continue
        name = dotted(node.func)
        given = {k.arg: k.value for k in node.keywords}
        assert name not in _SHELL | {"eval", "exec"}, name
        shell = given.get("shell")
        assert shell is None or (isinstance(shell, ast.Constant) and shell.value is False)
        if name == "torch.load":
            only = given.get("weights_only")
            assert isinstance(only, ast.Constant) and only.value is True
        if name in ("np.load", "numpy.load"):
            allowed = given.get("allow_pickle")
            assert allowed is None or (isinstance(allowed, ast.Constant) and not allowed.value)
        assert name not in ("yaml.load", "pd.read_pickle", "pandas.read_pickle")


def test_everything_is_private(store: object) -> None:
    root = store.root  # type: ignore[attr-defined]
    for path in (root, *root.rglob("*")):
        mode = stat.S_IMODE(path.lstat().st_mode)
        assert mode == (0o700 if path.is_dir() else 0o600), f"{path} {mode:o}"


# ------------------------------------------------------------------ decoders


@pytest.mark.parametrize("name", ["list.wav", "list.mp3", "list.m4a"])
@pytest.mark.parametrize("kind", ["ffconcat", "m3u8", "mpd"])
def test_a_text_that_names_other_files_is_no_recording(
    tmp_path: Path, name: str, kind: str
) -> None:
    (tmp_path / "a.m4a").write_bytes(recordings()["a.m4a"])
    text = {
        "ffconcat": "ffconcat version 1.0\nfile a.m4a\n",
        "m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\na.m4a\n#EXT-X-ENDLIST\n",
        "mpd": '<MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period/></MPD>',
    }[kind]
    (tmp_path / name).write_text(text)
    assert decode(tmp_path / "a.m4a", Config().audio).channels == 2
    with pytest.raises(AudioError, match="not a recording in a format"):
        decode(tmp_path / name, Config().audio)


@pytest.mark.parametrize("name", ["concat:a.m4a", "http:a.m4a", "-i.m4a", "a;b|c.m4a"])
def test_names_are_no_addresses(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).write_bytes(recordings()["a.m4a"])
    assert decode(Path(name), Config().audio).channels == 2


@pytest.mark.parametrize("name", ["pcm.wav", "a.flac", "a.m4a", "a.webm"])
def test_what_is_too_long_or_too_large_is_refused_before_it_is_decoded(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / name).write_bytes(recordings()[name])
    with pytest.raises(AudioError, match=r"audio\.max_mb"):
        decode(tmp_path / name, AudioConfig(max_mb=0.001))
    from callcoach.audio import decode as module

    def collector(*_: object) -> None:
        raise AssertionError("it was decoded")

    monkeypatch.setattr(module, "_Collector", collector)
    with pytest.raises(AudioError, match=r"audio\.max_duration_s"):
        decode(tmp_path / name, AudioConfig(max_duration_s=1.5))


# ------------------------------------------------------------------ broken input


@pytest.mark.parametrize("kind", ["recording", "manifest", "settings"])
def test_broken_input_is_refused_in_words(tmp_path: Path, kind: str) -> None:
    """A few of what benchmarks/fuzz.py does by the thousand."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.wav").write_bytes(b"x")
    (tmp_path / "in" / "link.wav").symlink_to("/etc/hostname")
    texts = {"manifest": ("csv", broken_manifests), "settings": ("toml", broken_settings)}
    if kind == "recording":
        files = list(broken_recordings(60))
    else:
        ending, make = texts[kind]
        files = [(f"{n}.{ending}", data) for n, data in enumerate(make(60))]
    for name, data in files:
        (tmp_path / "in" / name).write_bytes(data)
    before = snapshot(tmp_path / "in")
    with Reader(kind, tmp_path) as reader:
        found = {name: reader.read(tmp_path / "in" / name) for name, _ in files}
    assert {name: v for name, v in found.items() if v.kind not in ("read", "refused")} == {}
    assert {v.kind for v in found.values()} == {"read", "refused"}
    assert snapshot(tmp_path / "in") == before
    assert {path.name for path in tmp_path.iterdir()} <= {"in", "out"}


def test_the_good_ones_are_read(tmp_path: Path) -> None:
    with Reader("recording", tmp_path) as reader:
        for name, data in recordings().items():
            (tmp_path / name).write_bytes(data)
            assert reader.read(tmp_path / name).kind == "read", name


def test_what_hangs_or_dies_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    import mutated

    monkeypatch.setattr(mutated, "LIMIT_S", 1.0)
    os.mkfifo(tmp_path / "pipe.toml")
    with Reader("settings", tmp_path) as reader:
        assert reader.read(tmp_path / "pipe.toml").kind == "hangs"
        (tmp_path / "good.toml").write_text("")
        assert reader.read(tmp_path / "good.toml").kind == "read"
