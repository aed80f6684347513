import pytest

from paperhouse.transforms.tables import WAREHOUSE_TABLES
from paperhouse.warehouse.schema.dictionary import dictionary_markdown
from paperhouse.warehouse.schema.relations import load_checks, load_models


@pytest.mark.parametrize("name", [*WAREHOUSE_TABLES, *(model.name for model in load_models())])
def test_every_table_and_model_has_a_section(name):
    assert f"\n### {name}\n" in dictionary_markdown()


@pytest.mark.parametrize("check", load_checks(), ids=lambda check: check.name)
def test_every_check_has_a_line(check):
    assert f"\n| `{check.name}` | {check.description} |\n" in dictionary_markdown()


def test_a_section_states_key_types_and_null_rules():
    text = dictionary_markdown()
    assert "Key: `arxiv_id`, `position`.\n" in text
    assert "| `digest_date` | date | yes | Date of the digest;" in text
    assert "| `is_primary` | boolean | no | Whether it is the paper's primary category. |" in text


def test_every_row_of_a_grid_has_as_many_cells_as_its_head():
    n_cells = None
    for line in dictionary_markdown().splitlines():
        if not line.startswith("|"):
            n_cells = None
            continue
        found = line.replace("\\|", "").count("|")
        assert found == (n_cells or found), line
        n_cells = found
