"""The digests that ship with the package are found wherever it is installed."""

import runpy

from paperhouse import seeds
from paperhouse.flows.sources import seeds as source


def test_an_installation_of_links_leads_to_the_files_themselves(tmp_path, monkeypatch):
    link = tmp_path / "__init__.py"
    link.symlink_to(seeds.__file__)
    monkeypatch.setattr(seeds, "__file__", str(link))
    folder = runpy.run_path(source.__file__)["seed_digests"]()
    files = list(folder.iterdir())
    assert len(files) == 3
    assert not any(file.is_symlink() for file in files)
