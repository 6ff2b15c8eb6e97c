import re
from pathlib import Path

import pytest

from callcoach.config.config import Config, known_keys, load_config
from callcoach.config.retired import RETIRED
from callcoach.config.team_settings import is_for_teams
from callcoach.config.toml import _value as toml_value
from callcoach.config.toml import default_toml
from callcoach.errors import ConfigError

ROOT = Path(__file__).parents[1]
DEFAULTS = ROOT / "configs" / "default.toml"


def write(folder: Path, text: str) -> Path:
    path = folder / "settings.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_no_file_gives_the_defaults() -> None:
    assert load_config(None) == Config()


def test_a_file_changes_only_what_it_names(tmp_path: Path) -> None:
    config = load_config(write(tmp_path, "[turns]\njoin_s = 1.5\n"))
    assert config.turns.join_s == 1.5
    assert config.turns.pause_s == Config().turns.pause_s
    assert config.sha256 != Config().sha256


def test_the_hash_is_of_the_values_not_of_the_text(tmp_path: Path) -> None:
    same = load_config(write(tmp_path, f"# a remark\n[turns]\njoin_s={Config().turns.join_s}\n"))
    assert same.sha256 == Config().sha256


@pytest.mark.parametrize(
    "text, names",
    [
        ("[turns]\njoins_s = 1\n", ["turns.joins_s", "turns.join_s"]),
        ("[spech]\nbeam_size = 1\n", ["spech", "speech"]),
        ("[turns]\nbeam_size = 1\n", ["turns.beam_size", "speech.beam_size"]),
        ("research = true\n[rate]\nmin_words = 'ten'\n", ["rate.min_words", "ten", "integer"]),
        ("research = true\n[activity]\nonset = 1.5\n", ["activity.onset", "1.5"]),
        ("[activity]\nonset = 0.45\n", ["activity.onset", "part of the method", "research = true"]),
        ("[channels]\nagent = 'middle'\n", ["channels.agent", "left"]),
        (
            "research = true\n[effort]\nsplit_hz = 200.0\n",
            ["[effort]", "low_hz < split_hz < high_hz", "200.0"],
        ),
        ("research = true\n[pitch]\nmin_hz = 900.0\n", ["[pitch]", "min_hz < max_hz"]),
        ("[turns\n", ["not valid TOML"]),
    ],
)
def test_mistakes_are_explained(tmp_path: Path, text: str, names: list[str]) -> None:
    path = write(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    for name in [path.name, *names]:
        assert name in str(caught.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[paraphrase]\nweight_similar = 2.0\n", "fitted, they cannot be set"),
        ("[paraphrase_weights]\noffset = 2.0\n", "fitted, they cannot be set"),
        ("[weights]\n", "fitted, they cannot be set"),
        ("[measures]\nleast_rate_s = 60.0\n", "it is listening.least_rate_s now"),
        ("[stretches]\nraised_db = 6.0\n", "judged by turns now"),
    ],
)
def test_a_setting_that_went_says_where_to(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        load_config(write(tmp_path, text))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.toml"):
        load_config(tmp_path / "nowhere.toml")


def test_every_setting_says_what_it_means() -> None:
    for section, key, entry in known_keys():
        assert entry.description, f"{section}.{key}"


def test_default_toml_spells_out_every_default() -> None:
    assert DEFAULTS.read_text(encoding="utf-8") == default_toml(), "run: make config"
    assert load_config(DEFAULTS) == Config()


def test_research_may_change_the_method(tmp_path: Path) -> None:
    config = load_config(write(tmp_path, "research = true\n[activity]\nonset = 0.45\n"))
    assert config.activity.onset == 0.45
    assert config.sha256 != Config().sha256


def test_settings_can_be_read_in_ten_minutes() -> None:
    ours = [(section, key) for section, key, _ in known_keys() if is_for_teams(section, key)]
    assert len(ours) <= 175
    assert len(DEFAULTS.read_text(encoding="utf-8").splitlines()) <= 850


def test_the_methods_own_value_is_no_mistake(tmp_path: Path) -> None:
    lines: dict[str, list[str]] = {}
    for section, key, _ in known_keys():
        value = getattr(getattr(Config(), section), key)
        lines.setdefault(section, []).append(f"{key} = {toml_value(value)}")
    everything = "\n".join(f"[{name}]\n" + "\n".join(keys) for name, keys in lines.items())
    assert load_config(write(tmp_path, everything)) == Config()


def test_a_changed_value_of_the_method_and_a_key_that_went_are_told_together(
    tmp_path: Path,
) -> None:
    text = "[activity]\nonset = 0.45\n[stretches]\nraised_db = 6.0\n[turns]\njoin_s = 0.8\n"
    with pytest.raises(ConfigError) as found:
        load_config(write(tmp_path, text))
    told = str(found.value)
    assert "activity.onset is a part of the method" in told
    assert "stretches.raised_db" in told and "judged by turns now" in told
    assert "join_s" not in told


def test_what_went_is_no_setting_and_what_it_became_is_one() -> None:
    known = {f"{section}.{key}" for section, key, _ in known_keys()}
    assert not RETIRED.keys() & known
    for name, became in RETIRED.items():
        for setting in re.findall(r"\b(?:it is|by|under) (\w+\.(?!py)\w+)\b", became):
            assert setting in known, name
        for file in re.findall(r"[a-z_]+/[a-z_]+(?:/[a-z_]+)?\.(?:py|md)", became):
            places = (ROOT / "pipeline" / "callcoach" / file, ROOT / file)
            assert any(place.is_file() for place in places), name


def test_each_key_that_went_is_told(tmp_path: Path) -> None:
    for name, became in RETIRED.items():
        section, key = name.split(".")
        with pytest.raises(ConfigError, match=re.escape(became)):
            load_config(write(tmp_path, f"[{section}]\n{key} = 1\n"))
