"""A load whose tables lie in several package files comes to what a load in one file comes to."""

from paperhouse.flows.load.pipeline import run_load
from paperhouse.flows.load.plan import plan_load
from paperhouse.flows.settings import Settings
from paperhouse.transforms.read_digest import DigestDefaults


def test_a_load_in_many_batches_is_that_in_one(bench, tmp_path):
    digests = tmp_path / "digests"
    digests.mkdir()
    for number in range(8):
        rows = "".join(
            f"## A title of some words {number} {paper}\n\n**Authors**: Ada Hill, Bo Marsh\n\n"
            f"**Link**: https://arxiv.org/abs/2501.{number}{paper:04}\n\n"
            for paper in range(20)
        )
        (digests / f"list{number}.md").write_text(rows)
        essay = f"A thought about https://arxiv.org/abs/2502.0000{number} and no list of papers at all.\n"
        (digests / f"list{number}_essay.md").write_text(essay)
    hashes = set()
    for name, batch_bytes in (("one", 100_000_000), ("many", 1_000)):
        settings = Settings(home=tmp_path / name, batch_bytes=batch_bytes)
        summary = run_load(plan_load([digests], settings, DigestDefaults()))
        assert (summary.n_digests, summary.n_rejects) == (16, 8)
        hashes.add(bench.hash_of(tmp_path / name))
    assert len(hashes) == 1
