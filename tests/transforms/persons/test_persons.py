from dataclasses import replace
from random import Random

import polars as pl
import pytest

from paperhouse.transforms.papers.author_names import author_id
from paperhouse.transforms.papers.authors import mention_ids
from paperhouse.transforms.persons import persons
from paperhouse.transforms.persons.affiliations import orcids_in, place_key
from paperhouse.transforms.persons.blocks import MOST_PAIRED, read_blocks
from paperhouse.transforms.persons.corrections import (
    HEADER,
    Corrections,
    CurationError,
    read_curation,
    write_curation,
)
from paperhouse.transforms.persons.persons import PersonFacts, find_persons, mark_compared
from paperhouse.transforms.persons.rarity import RARE, with_rarity
from paperhouse.warehouse.write.persons import shipped_model

SPEECH = "speech recognition with acoustic encoders and phoneme decoding for low resource languages"
CELLS = "single cell transcriptomics and gene regulatory networks of tumour tissue"
PAPERS = {
    # Two that share a co-author of a rare name, two about the same without one, two of something else.
    "2501.00001": ("Phoneme decoding of dialects", SPEECH, ["Wei Zhang", "Ottokar Quellmalz"]),
    "2502.00002": (
        "A corpus of whispered tales",
        "We describe a corpus.",
        ["Ottokar Quellmalz", "Wei Zhang"],
    ),
    "2502.00003": ("Gene networks of tumour cells", CELLS, ["Wei Zhang", "Li Wang"]),
    "2503.00004": ("Gene networks of healthy cells", CELLS + " compared", ["Wei Zhang", "Yang Liu"]),
    "2503.00005": ("Bridges", "On bridges.", ["Xiphias Grottlesby"]),
    "2503.00006": ("Poetry", "On poetry.", ["Xiphias Grottlesby", "Jun Li"]),
}


def facts_of(papers, seed=None, of=None, stated=()):
    """The facts of all names, or of one; `stated` are affiliations (arxiv_id, position, affiliation)."""
    rows = [
        (arxiv_id, position, author_id(name.lower()), name.lower())
        for arxiv_id, (_, _, names) in papers.items()
        for position, name in enumerate(names, 1)
    ]
    schema = {
        "arxiv_id": pl.String,
        "position": pl.UInt32,
        "author_id": pl.Int64,
        "name_key": pl.String,
    }
    lists = pl.DataFrame(rows, schema=schema, orient="row")
    texts = pl.DataFrame(
        [
            (arxiv_id, title, abstract, 2025, len(names))
            for arxiv_id, (title, abstract, names) in papers.items()
        ],
        schema={
            "arxiv_id": pl.String,
            "title": pl.String,
            "abstract": pl.String,
            "year": pl.Int64,
            "n_authors": pl.UInt32,
        },
        orient="row",
    )
    mentions = with_rarity(lists, shipped_model()).drop("name_key")
    mentions = mentions.with_columns(
        mention_ids(mentions["arxiv_id"], mentions["position"]).alias("mention_id")
    ).filter(pl.col("author_id") == of if of is not None else True)
    names = lists.select("author_id", "name_key").unique()
    schema = {"arxiv_id": pl.String, "position": pl.UInt32, "affiliation": pl.String}
    affiliations = pl.DataFrame(stated, schema=schema, orient="row")
    frames = (mentions, lists.select("arxiv_id", "author_id"), names, texts, affiliations)
    if seed is not None:
        frames = [frame.sample(fraction=1, shuffle=True, seed=seed) for frame in frames]
    return PersonFacts(*frames)


def persons_of(facts, corrections=Corrections()):  # noqa: B008 - frozen
    marked = mark_compared(facts.mentions, facts.affiliations, corrections)
    compared = replace(facts, mentions=marked)
    found = find_persons(compared, corrections, shipped_model())
    return found, found.drop_nulls("score")


def person_at(assigned, arxiv_id, position=1):
    return assigned.filter(pl.col("arxiv_id") == arxiv_id, pl.col("position") == position)["person_id"].item()


def curated(*rows):
    return read_curation(HEADER + "".join(f"{row}\n" for row in rows), "curation.csv")


def test_a_rare_shared_coauthor_joins_mentions_of_a_common_name():
    assigned, joins = persons_of(facts_of(PAPERS))
    assert person_at(assigned, "2501.00001") == person_at(assigned, "2502.00002", 2)
    (join,) = joins.filter(joined_by="coauthors").iter_rows(named=True)
    assert (join["arxiv_id"], join["joined_arxiv_id"]) == ("2502.00002", "2501.00001")


def test_other_subjects_of_a_common_name_are_other_persons():
    assigned, _ = persons_of(facts_of(PAPERS))
    assert person_at(assigned, "2501.00001") != person_at(assigned, "2502.00003")


def test_a_rare_name_is_one_person_whatever_it_writes_about():
    assigned, _ = persons_of(facts_of(PAPERS))
    assert person_at(assigned, "2503.00005") == person_at(assigned, "2503.00006")


def test_the_rarity_of_names_is_ordered_as_one_knows_it():
    names = pl.DataFrame(
        {"name_key": ["wei zhang", "xiphias grottlesby", "w zhang", "tat-seng chua", "plato"]}
    )
    rarity = dict(
        zip(
            names["name_key"],
            with_rarity(names.with_row_index("author_id"), shipped_model())["rarity"],
            strict=True,
        )
    )
    assert rarity["xiphias grottlesby"] < RARE
    assert rarity["tat-seng chua"] < RARE
    assert rarity["wei zhang"] > 0
    assert rarity["w zhang"] > rarity["wei zhang"]
    assert rarity["plato"] > 0


def test_a_person_is_called_by_the_oldest_mention():
    assigned, _ = persons_of(facts_of(PAPERS))
    (first,) = mention_ids(pl.Series(["2501.00001"]), pl.Series([1]))
    assert person_at(assigned, "2502.00002", 2) == first


@pytest.mark.parametrize("seed", range(5))
def test_shuffled_mentions_give_the_same_persons(seed):
    plain, joins = persons_of(facts_of(PAPERS))
    shuffled, joins_of_shuffled = persons_of(facts_of(PAPERS, seed))
    assert shuffled.equals(plain)
    assert joins_of_shuffled.equals(joins)


def test_a_hundred_papers_in_any_order_give_the_same_persons():
    random = Random(3)
    words = f"{SPEECH} {CELLS} bridges graph ranking agents reward music proofs".split()
    names = ["Jun Li", "Yang Liu", "Wei Wang", "Ottokar Quellmalz", "Anna Smith"]
    papers = {
        f"2501.{number:05}": (
            " ".join(random.sample(words, 5)),
            " ".join(random.sample(words, 12)),
            ["Wei Zhang", *random.sample(names, 2)],
        )
        for number in range(1, 101)
    }
    plain, joins = persons_of(facts_of(papers))
    assert joins.height > 50
    assert persons_of(facts_of(papers, 1))[0].equals(plain)


def test_a_name_alone_gives_what_it_gives_among_others():
    assigned, _ = persons_of(facts_of(PAPERS))
    zhang = author_id("wei zhang")
    alone, _ = persons_of(facts_of(PAPERS, of=zhang))
    assert alone.equals(assigned.filter(author_id=zhang))


def test_every_mention_is_absorbed_once_at_most_and_persons_never():
    assigned, joins = persons_of(facts_of(PAPERS))
    assert joins.select("arxiv_id", "position").is_unique().all()
    assert joins.height == assigned.height - assigned["person_id"].n_unique()


def test_two_of_one_common_name_in_one_list_are_two_persons():
    twice = {
        **PAPERS,
        "2504.00007": ("Phoneme corpora", SPEECH, ["Wei Zhang", "Ottokar Quellmalz", "Wei Zhang"]),
        "2504.00008": ("Bridges again", "On bridges.", ["Xiphias Grottlesby", "Xiphias Grottlesby"]),
    }
    assigned, _ = persons_of(facts_of(twice))
    assert person_at(assigned, "2504.00007") != person_at(assigned, "2504.00007", 3)
    assert person_at(assigned, "2504.00007") == person_at(assigned, "2501.00001")
    assert person_at(assigned, "2504.00008") == person_at(assigned, "2504.00008", 2)
    assigned, _ = persons_of(facts_of(twice), curated("same,2504.00007:1,2504.00007:3,a slip,"))
    assert person_at(assigned, "2504.00007") == person_at(assigned, "2504.00007", 3)


def test_corrections_win_over_what_the_passes_find():
    corrections = curated(
        "different,2501.00001:1,2502.00002:2,another Zhang,2026-01-02",
        "same,2501.00001:1,2502.00003:1,his home page,",
        "different,2503.00005:1,2503.00006:1,,",
    )
    assigned, joins = persons_of(facts_of(PAPERS), corrections)
    assert person_at(assigned, "2501.00001") != person_at(assigned, "2502.00002", 2)
    assert person_at(assigned, "2501.00001") == person_at(assigned, "2502.00003")
    assert person_at(assigned, "2503.00005") != person_at(assigned, "2503.00006")
    assert joins.filter(joined_by="correction").height == 1


def test_mentions_kept_apart_do_not_meet_by_way_of_a_third():
    corrections = curated("different,2501.00001:1,2503.00004:1,,", "same,2502.00003:1,2501.00001:1,,")
    assigned, _ = persons_of(facts_of(PAPERS), corrections)
    assert person_at(assigned, "2501.00001") != person_at(assigned, "2503.00004")


def test_a_correction_of_papers_that_are_not_there_changes_nothing():
    plain, _ = persons_of(facts_of(PAPERS))
    assigned, _ = persons_of(facts_of(PAPERS), curated("same,1901.00001:1,1901.00002:1,,"))
    assert assigned.equals(plain)


ONE, OTHER = "0000-0002-1825-0097", "0000-0001-5109-3700"


def test_mentions_of_one_orcid_are_one_person_and_of_two_orcids_two():
    stated = [
        ("2501.00001", 1, f"Univ. X (ORCID: {ONE})"),
        ("2502.00003", 1, f"https://orcid.org/{ONE}"),
        ("2502.00002", 2, f"https://orcid.org/{OTHER}"),
        ("2503.00005", 1, ONE),
        ("2503.00006", 1, OTHER),
    ]
    assigned, joins = persons_of(facts_of(PAPERS, stated=stated))
    assert person_at(assigned, "2501.00001") == person_at(assigned, "2502.00003")
    # Whatever co-authors they share, and however rare the name is.
    assert person_at(assigned, "2501.00001") != person_at(assigned, "2502.00002", 2)
    assert person_at(assigned, "2503.00005") != person_at(assigned, "2503.00006")
    assert joins.filter(joined_by="orcid")["arxiv_id"].to_list() == ["2502.00003"]
    for seed in range(3):
        assert persons_of(facts_of(PAPERS, seed, stated=stated))[0].equals(assigned)


def test_a_correction_wins_over_orcids():
    stated = [("2501.00001", 1, ONE), ("2502.00003", 1, ONE), ("2502.00002", 2, OTHER)]
    corrections = curated("different,2501.00001:1,2502.00003:1,,", "same,2501.00001:1,2502.00002:2,,")
    assigned, _ = persons_of(facts_of(PAPERS, stated=stated), corrections)
    assert person_at(assigned, "2501.00001") != person_at(assigned, "2502.00003")
    assert person_at(assigned, "2501.00001") == person_at(assigned, "2502.00002", 2)


def test_an_orcid_of_two_names_of_a_list_tells_nothing():
    stated = [("2501.00001", 1, ONE), ("2501.00001", 2, ONE), ("2502.00002", 2, OTHER)]
    assigned, _ = persons_of(facts_of(PAPERS, stated=stated))
    assert assigned.equals(persons_of(facts_of(PAPERS))[0])


def test_one_place_joins_a_name_unless_it_is_very_common():
    papers = {
        **PAPERS,
        "2504.00001": ("Bees", "On bees.", ["Anna Vogel"]),
        "2504.00002": ("Tax law", "On tax law of towns.", ["Anna Vogel"]),
    }
    stated = [
        ("2501.00001", 1, "Univ. of X, Xanadu"),
        ("2502.00003", 1, "univ of X; Xanadu"),
        ("2504.00001", 1, "Univ. of X, Xanadu"),
        ("2504.00002", 1, "univ of X; Xanadu"),
    ]
    assigned, joins = persons_of(facts_of(papers, stated=stated))
    assert person_at(assigned, "2501.00001") != person_at(assigned, "2502.00003")
    assert person_at(assigned, "2504.00001") == person_at(assigned, "2504.00002")
    (join,) = joins.filter(joined_by="affiliation").iter_rows(named=True)
    assert join["score"] > 3
    plain, _ = persons_of(facts_of(papers))
    assert person_at(plain, "2504.00001") != person_at(plain, "2504.00002")


@pytest.mark.parametrize(
    ("text", "orcids"),
    [
        ("https://orcid.org/0000-0002-1694-233x", ["0000-0002-1694-233X"]),
        (f"{OTHER}, {ONE} {ONE}", [OTHER, ONE]),
        ("0000-0002-1825-0098", []),
        (f"1{ONE}", []),
        ("Univ. X", []),
    ],
)
def test_orcids_are_read_by_their_check_digit(text, orcids):
    assert orcids_in(text) == orcids


@pytest.mark.parametrize(
    ("affiliation", "key"),
    [
        ("CfA", "cfa"),
        ("Universit\u00e4t K\u00f6ln,  Dept. of Physics", "universitat koln dept of physics"),
        ("Department of Computer Science", None),
        (f"https://orcid.org/{ONE}", None),
        ("1", None),
    ],
)
def test_a_place_is_known_by_its_words(affiliation, key):
    assert place_key(affiliation) == key


def test_a_contradiction_names_its_rows():
    rows = ("same,a:1,b:1,,", "same,b:1,c:2,,", "different,a:1,c:2,,")
    with pytest.raises(CurationError, match=r"curation.csv:4: a:1 and c:2 .* by line 2, 3; delete one"):
        curated(*rows)


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("alike,a:1,b:1,,", "'alike' is neither same nor different"),
        ("same,a,b:1,,", "'a' is no mention"),
        ("same,a:0,b:1,,", "'a:0' is no mention"),
        ("same,a:1,a:1,,", "compared with itself"),
        ("same,a:1,b:1,,yesterday", "yesterday"),
        ("same,a:1", "'' is no mention"),
    ],
)
def test_a_malformed_row_names_its_line(row, fault):
    with pytest.raises(CurationError, match=rf"curation.csv:2: .*{fault}"):
        curated(row)


def test_another_header_is_refused():
    with pytest.raises(CurationError, match=r"curation\.csv:1: the header is 'a,b'"):
        read_curation("a,b\n1,2\n", "curation.csv")


def test_a_written_curation_reads_back_as_it_was():
    text = HEADER + 'same,a:1,b:2,"one, and the same",2026-01-02\n'
    assert write_curation(read_curation(text, "x").rows) == text


def test_two_who_always_write_together_are_two_persons_and_few_pairs():
    n = 2 * MOST_PAIRED
    papers = {f"2501.{number:05}": ("Title", "Text.", ["Wei Zhang", "Jun Li"]) for number in range(n)}
    facts = facts_of(papers)
    assigned, _ = persons_of(facts)
    assert assigned["person_id"].n_unique() == 2
    texts = facts.papers.with_columns(has_abstract=True)
    shared = read_blocks(facts.mentions, facts.lists, facts.names, texts, shipped_model()).shared
    assert len(shared.left) == 2 * sum(min(MOST_PAIRED, n - 1 - number) for number in range(n))
    assert set(shared.n) == {1}


def test_of_a_name_with_too_many_mentions_the_largest_clusters_are_compared(monkeypatch):
    _, joins = persons_of(facts_of(PAPERS))
    assert joins.filter(joined_by="model")["arxiv_id"].to_list() == ["2503.00004"]
    monkeypatch.setattr(persons, "MOST_COMPARED", 2)  # the two that share a co-author
    _, joins = persons_of(facts_of(PAPERS))
    assert not joins.filter(joined_by="model").height
    assert joins.filter(joined_by="coauthors").height
