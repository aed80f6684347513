import json
import re
import tomllib

import pytest

from paperhouse.flows.cli.config_template import config_text
from paperhouse.flows.cli.preview import N_SAMPLED, sampled
from paperhouse.flows.settings import Settings, load_settings
from paperhouse.flows.sources.files import FoundFile
from paperhouse.transforms.text.path_metadata import Place


@pytest.fixture
def folders(tmp_path, seeds):
    """Folders of digests, of nothing, and of what is no digest."""
    made = [tmp_path / 'rag "daily"', tmp_path / "empty", tmp_path / "notes"]
    for folder in made:
        folder.mkdir()
    for seed in seeds.glob("*.txt"):
        (made[0] / seed.name).write_bytes(seed.read_bytes())
    (made[0] / "2025-04-08.tar.gz").write_bytes(b"")
    (made[2] / "todo.md").write_text("buy milk")
    return made


def test_init_writes_settings_that_can_be_read_and_shows_what_a_load_will_find(paperhouse, folders, tmp_path):
    done = paperhouse("init", *(folder.name for folder in folders))
    assert (done.returncode, done.stderr) == (0, "")
    assert "wrote       paperhouse.toml: 3 folders, every setting with its default" in done.stdout
    assert re.search(r'rag "daily"\s+4\s+0\.1\s+2 reporter, 1 report_table\s+2025-04-30\n', done.stdout)
    assert "1 archives, which the load unpacks, were not looked into" in done.stdout
    assert f"{folders[1]}: holds no file yet" in done.stdout
    assert f"{folders[2]}: no paper in the files that were read; is it the right folder?" in done.stdout
    assert "next        paperhouse ingest\n" in done.stdout
    written = tomllib.loads((tmp_path / "paperhouse.toml").read_text("utf-8"))
    assert [folder["path"] for folder in written["folders"]] == [str(folder) for folder in folders]
    assert not (tmp_path / "data").exists()
    loaded = json.loads(paperhouse("ingest", "--json").stdout)
    assert loaded["n_digests"] == 3


def test_init_overwrites_no_settings_unless_it_is_forced_and_then_keeps_them(paperhouse, tmp_path):
    (tmp_path / "paperhouse.toml").write_text("workers = 7\n")
    refused = paperhouse("init")
    assert refused.returncode == 1
    assert "paperhouse.toml: is there already; edit it, or give --force" in refused.stderr
    assert (tmp_path / "paperhouse.toml").read_text() == "workers = 7\n"
    forced = paperhouse("init", "--force", "--home", "h", "--quiet")
    assert (forced.returncode, forced.stdout) == (0, "")
    assert (tmp_path / "paperhouse.toml.bak").read_text() == "workers = 7\n"
    assert tomllib.loads((tmp_path / "paperhouse.toml").read_text())["home"] == str(tmp_path / "h")


def test_every_setting_is_in_the_file_with_its_description_and_its_default(tmp_path, monkeypatch):
    text = config_text([])
    uncommented = re.sub(r"^# (?=[a-z_]+ = (?!\.\.\.))|^# (?=\[\[)", "", text, flags=re.MULTILINE)
    stated = tomllib.loads(uncommented)
    for name, field in Settings.model_fields.items():
        assert f"\n# {name} = " in text or name in {"folders", "formats", "watches"}
        default = field.get_default(call_default_factory=True, validated_data={})
        assert stated.get(name) == (str(default) if name == "home" else default) or name in {
            "folders",
            "formats",
            "watches",
        }
        assert name == "folders" or " ".join(field.description.split()) in " ".join(
            text.replace("\n# ", " ").split()
        )
    monkeypatch.setenv("PAPERHOUSE_CONFIG", str(tmp_path / "all.toml"))
    (tmp_path / "all.toml").write_text(uncommented)
    assert load_settings().folders[0].list_name == "RAG"
    assert load_settings().watches[0].words == '"retrieval augmented" -survey'
    (tmp_path / "all.toml").write_text(text)
    assert load_settings() == Settings()


@pytest.mark.parametrize("name", ["a b", 'quo"te', "back\\slash", "tab\t", "del\x7f", "日報", "emoji 😀"])
def test_any_name_of_a_folder_survives(tmp_path, name):
    (folder,) = tomllib.loads(config_text([tmp_path / name]))["folders"]
    assert folder == {"path": str(tmp_path / name), "source": name}


def test_a_sample_is_even_and_holds_the_first_and_the_last():
    files = [FoundFile(None, Place(str(number), (str(number),))) for number in range(1000)]
    chosen = [int(file.place.path) for file in sampled(files)]
    assert len(set(chosen)) == N_SAMPLED
    assert (chosen[0], chosen[-1]) == (0, 999)
    assert sampled(files[:3]) == files[:3]
