"""The frozen tables by which topics of papers are told, as they come with Paperhouse."""

from functools import cache
from importlib.resources import files

from paperhouse.transforms.topics.model import CELLS_FILE, TERMS_FILE, TopicModel, read_topic_model


@cache
def shipped_topics() -> TopicModel:
    """Read the tables, once a process."""
    folder = files("paperhouse.seeds").joinpath("reference", "topics")
    return read_topic_model(*(folder.joinpath(name).read_bytes() for name in (TERMS_FILE, CELLS_FILE)))
