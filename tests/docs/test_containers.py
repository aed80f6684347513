"""Dockerfile and compose.yaml as far as they can be checked without a container engine.

Paths exist and pass .dockerignore, commands and options exist in the programs that are installed here, variables are
settings, ports agree, secrets have no default. Nothing is built, and no image is fetched.
"""

import fnmatch
import json
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import version as version_of
from pathlib import Path

import pytest
import yaml

from paperhouse.flows.cli.main import main
from paperhouse.flows.reading_settings import CONFIG_VARIABLE, PREFIX
from paperhouse.flows.settings import Settings
from paperhouse.warehouse.storage.bucket_keys import VARIABLES as BUCKET_VARIABLES
from paperhouse.warehouse.storage.lake.address import parse_lake

ROOT = Path(__file__).parents[2]
SERVICES = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))["services"]


def instructions() -> list[tuple[str, str]]:
    """Instructions of the Dockerfile with their arguments, continued lines joined."""
    lines = [
        line for line in (ROOT / "Dockerfile").read_text("utf-8").splitlines() if not line.startswith("#")
    ]
    joined = "\n".join(lines).replace("\\\n", " ")
    return [tuple(line.split(maxsplit=1)) for line in joined.splitlines() if line.strip()]


def arguments_of(name: str) -> list[str]:
    return [argument for found, argument in instructions() if found == name]


def is_sent_to_the_engine(path: str) -> bool:
    """Whether .dockerignore lets a path through: the last pattern that fits decides."""
    is_ignored = False
    for pattern in (ROOT / ".dockerignore").read_text().split():
        if fnmatch.fnmatch(path, pattern.removeprefix("!")):
            is_ignored = not pattern.startswith("!")
    return not is_ignored


def require_paperhouse(words: list[str]) -> None:
    """Parse a command line as `paperhouse` does; raise where it would refuse it."""
    context = main.make_context("paperhouse", list(words))
    name, command, rest = main.resolve_command(context, list(words))
    command.make_context(name, rest, parent=context)


def require_prefect(words: list[str]) -> None:
    options = [index for index, word in enumerate(words) if word.startswith("-")]
    command = words[: options[0]] if options else words
    help_text = subprocess.run(
        [sys.executable, "-m", "prefect", *command, "--help"], capture_output=True, text=True, check=True
    ).stdout
    assert [words[index] for index in options if words[index] not in help_text] == []


def require_options(program: list[str], words: list[str]) -> None:
    """Ask a program what it knows; fail where one of these options is none of it."""
    command, *rest = words
    done = subprocess.run([*program, command, "--help"], capture_output=True, text=True, check=True)
    assert [word for word in rest if word.startswith("--") and word not in done.stdout] == []


def test_everything_that_is_copied_is_there_and_is_sent():
    copied = [shlex.split(argument)[:-1] for argument in arguments_of("COPY") if "--from=" not in argument]
    sources = [source for sources in copied for source in sources]
    assert [
        source for source in sources if not (ROOT / source).exists() or not is_sent_to_the_engine(source)
    ] == []
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    needed = {*(place.split("/")[0] for place in project["tool"]["setuptools"]["package-dir"].values()), *project["project"]["license-files"], project["project"]["readme"]}  # fmt: skip
    assert needed <= set(sources)
    assert not is_sent_to_the_engine(".git")
    assert not is_sent_to_the_engine(".env")


def test_bases_are_pinned_and_the_user_is_not_root():
    bases = [argument.split()[0] for argument in arguments_of("FROM")]
    assert len(set(bases)) == 1
    images = {*bases, SERVICES["database"]["image"], SERVICES["catalog"]["image"]}
    assert [image for image in images if not re.fullmatch(r"\w+:\d+(\.\d+)?-[\w-]+", image)] == []
    storage = SERVICES["storage"]["image"]
    assert storage.partition(":")[2] == version_of("nanio"), "the S3 server is the one that tests use"
    version = bases[0].split(":")[1].partition("-")[0]
    assert re.search(r'requires-python = ">=3\.11,<3\.14"', (ROOT / "pyproject.toml").read_text())
    assert version in {"3.11", "3.12", "3.13"}
    (user,) = arguments_of("USER")
    assert int(user) > 0
    assert f"--uid {user} " in "".join(arguments_of("RUN"))


def test_the_image_runs_commands_that_exist():
    assert arguments_of("ENTRYPOINT") == ['["paperhouse"]']
    require_paperhouse(json.loads(arguments_of("CMD")[0]))
    _, _, check = arguments_of("HEALTHCHECK")[0].partition("CMD ")
    program, *words = json.loads(check)
    assert program == "paperhouse"
    require_paperhouse(words)


def test_every_variable_is_a_setting():
    from prefect.settings.legacy import _get_settings_fields
    from prefect.settings.models.root import Settings as PrefectSettings

    names = set(re.findall(r"\b([A-Z][A-Z_]+)=", " ".join(arguments_of("ENV"))))
    for service in SERVICES.values():
        names |= set(service.get("environment", {}))
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields} | {CONFIG_VARIABLE}
    known |= set(_get_settings_fields(PrefectSettings))
    others = {"PATH", "DO_NOT_TRACK", "PYTHONUNBUFFERED", "PIP_DISABLE_PIP_VERSION_CHECK", "PIP_NO_CACHE_DIR"}
    others |= {"POSTGRES_DB", "POSTGRES_USER", "POSTGRES_PASSWORD", "PGPASSWORD"}
    others |= {"NANIO_ACCESS_KEY", "NANIO_SECRET_KEY"} | BUCKET_VARIABLES
    assert names - known - others == set()


def test_services_run_commands_that_exist():
    for name in ("server", "worker"):
        assert SERVICES[name]["entrypoint"] == ["prefect"]
        require_prefect(SERVICES[name]["command"])


def test_the_services_of_a_lake_run_commands_that_exist():
    require_paperhouse(SERVICES["loader"]["command"])
    for name in ("scheduler", "parser"):
        assert SERVICES[name]["entrypoint"] == ["dask"]
        require_options([sys.executable, "-m", "dask"], SERVICES[name]["command"])
    require_options([sys.executable, "-m", "nanio"], SERVICES["storage"]["command"])
    compile(SERVICES["bucket"]["command"][0], "bucket", "exec")


def test_the_services_of_a_lake_name_each_other():
    loader = SERVICES["loader"]["environment"]
    lake = parse_lake(loader["PAPERHOUSE_WAREHOUSE"], loader["PAPERHOUSE_DATA"])
    catalog = SERVICES["catalog"]["environment"]
    assert lake.catalog == f"postgres://{catalog['POSTGRES_USER']}@catalog/{catalog['POSTGRES_DB']}"
    scheduler, storage = SERVICES["scheduler"]["command"], SERVICES["storage"]["command"]
    assert loader["PAPERHOUSE_WORKERS"] == f"dask://scheduler:{scheduler[scheduler.index('--port') + 1]}"
    assert loader["PAPERHOUSE_S3_ENDPOINT"] == f"http://storage:{storage[storage.index('--port') + 1]}"
    keys = SERVICES["storage"]["environment"]
    assert loader["PAPERHOUSE_S3_KEY_ID"] == keys["NANIO_ACCESS_KEY"]
    assert loader["PAPERHOUSE_S3_SECRET"] == keys["NANIO_SECRET_KEY"]
    assert loader["PGPASSWORD"] == catalog["POSTGRES_PASSWORD"]
    assert {name for name, service in SERVICES.items() if service.get("profiles") == ["lake"]} == {
        "catalog", "storage", "bucket", "scheduler", "parser", "loader",
    }  # fmt: skip


def test_ports_and_names_agree_and_only_this_machine_can_reach_them():
    server, worker = SERVICES["server"], SERVICES["worker"]
    port = server["command"][server["command"].index("--port") + 1]
    assert server["ports"] == [f"127.0.0.1:{port}:{port}"]
    assert worker["environment"]["PREFECT_API_URL"] == f"http://server:{port}/api"
    assert server["environment"]["PREFECT_SERVER_UI_API_URL"] == f"http://127.0.0.1:{port}/api"
    assert f"http://127.0.0.1:{port}/api/health" in server["healthcheck"]["test"][-1]
    compile(server["healthcheck"]["test"][-1], "healthcheck", "exec")
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["server"]
    database = SERVICES["database"]["environment"]
    address = server["environment"]["PREFECT_SERVER_DATABASE_CONNECTION_URL"]
    assert address.startswith(f"postgresql+asyncpg://{database['POSTGRES_USER']}:${{POSTGRES_PASSWORD:?")
    assert address.endswith(f"@database:5432/{database['POSTGRES_DB']}")


def test_secrets_have_no_default_and_both_sides_have_the_same():
    text = (ROOT / "compose.yaml").read_text("utf-8")
    assert set(re.findall(r"\$\{(\w+):-", text)) == {"DIGESTS"}
    assert set(re.findall(r"\$\{(\w+):\?", text)) == {
        "POSTGRES_PASSWORD",
        "PREFECT_AUTH_STRING",
        "S3_SECRET",
    }
    given = SERVICES["server"]["environment"]["PREFECT_SERVER_API_AUTH_STRING"]
    assert SERVICES["worker"]["environment"]["PREFECT_API_AUTH_STRING"] == given


def test_services_wait_for_services_that_have_a_health_check_and_volumes_are_declared():
    declared = set(yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))["volumes"])
    for service in SERVICES.values():
        for other, how in service.get("depends_on", {}).items():
            assert ("healthcheck" in SERVICES[other]) == (how["condition"] == "service_healthy")
        named = {volume.partition(":")[0] for volume in service.get("volumes", [])}
        assert {name for name in named if re.fullmatch(r"\w+", name)} <= declared
    assert "/data" in arguments_of("VOLUME")
    assert (ROOT / "seeds/digests").is_dir()  # what the worker reads unless DIGESTS says otherwise


def test_hadolint_finds_nothing():
    if shutil.which("hadolint") is None:
        pytest.skip("hadolint is not installed")
    done = subprocess.run(["hadolint", ROOT / "Dockerfile"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
