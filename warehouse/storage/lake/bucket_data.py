"""The data of a lake under a prefix of an S3 bucket.

A bucket has no folders and no renaming: a package is there once its manifest is, and gone once its manifest is gone.
The engine reads and writes its Parquet files by itself; packages are copied to this machine to be read, once each.
"""

import json
import shutil
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import duckdb

from paperhouse.transforms.errors import PackageError, SettingsError
from paperhouse.transforms.persons.corrections import Corrections, CurationError, read_curation
from paperhouse.warehouse.schema.ddl import quoted_text
from paperhouse.warehouse.storage.atomic_files import fsync_path
from paperhouse.warehouse.storage.disk_use import DiskUse
from paperhouse.warehouse.storage.home import MANIFEST
from paperhouse.warehouse.storage.lake.data import CURATION, LOADS, SCRAP_SECONDS, SET_ASIDE, TABLES
from paperhouse.warehouse.storage.packages import Package, delete_folder, sealed_packages, verify_package

if TYPE_CHECKING:
    from paperhouse.warehouse.storage.bucket_store import BucketStore

_ENGINE: Final = {
    # The largest file that it writes. It uploads in ten thousand parts, and holds one of them for every open file.
    "s3_uploader_max_filesize": "'50GB'",
    "http_timeout": "30",
    # An object of a lake never changes: what was read of it once need not be asked for again.
    "enable_http_metadata_cache": "true",
    "parquet_metadata_cache": "true",
    "validate_external_file_cache": "'NO_VALIDATION'",
}


@dataclass(frozen=True, slots=True)
class BucketData:
    """Data of a lake below an address of a bucket; the methods are those of `LakeData`."""

    name: str
    bucket: "BucketStore"

    @property
    def tables(self) -> str:
        """Address of the engine's Parquet files, with a slash at its end."""
        return f"{self.name}/{TABLES}/"

    def let_in(self, connection: duckdb.DuckDBPyConnection, database: str) -> None:
        """Give the engine the keys, for what lies below this address and nothing else."""
        given = {name: quoted_text(value) for name, value in self.bucket.keys.values.items()}
        try:
            connection.execute(self._secret(f"{database}_data", given))
        except duckdb.Error:
            msg = f"{self.name}: the engine does not take the keys of PAPERHOUSE_S3_*; look for odd characters in them"
            raise SettingsError(msg, path=self.name) from None
        for setting, value in _ENGINE.items():
            connection.execute(f"set {setting} = {value}")

    def _secret(self, name: str, given: Mapping[str, str]) -> str:
        """Statement that makes a secret of these expressions, for what lies below this address."""
        keys = self.bucket.keys
        facts = {
            **given,
            "region": quoted_text(keys.region),
            "scope": quoted_text(f"{self.name}/"),
            "use_ssl": str(keys.is_encrypted).lower(),
        }
        if keys.host is not None:
            facts |= {"endpoint": quoted_text(keys.host), "url_style": "'path'"}
        stated = ", ".join(f"{key} {value}" for key, value in facts.items())
        return f"create or replace temporary secret {name} (type s3, {stated})"

    @property
    def client_statements(self) -> list[str]:
        """A secret whose values a client takes from the variables of its environment."""
        variables = self.bucket.keys.variables
        given = {name: f"getenv({quoted_text(variable)})" for name, variable in variables.items()}
        return [self._secret("data", given)]

    @property
    def client_environment(self) -> dict[str, str]:
        """The keys, wherever they came from."""
        return self.bucket.keys.environment

    def make(self) -> None:
        """Do nothing: a bucket is made by who pays for it, and a prefix is there once something lies below it."""

    def read(self, name: str) -> bytes | None:
        """Content of an object; None if there is none."""
        return self.bucket.read(name)

    def create(self, name: str, content: bytes) -> None:
        """Write an object, unless there is one."""
        self.bucket.create(name, content)

    def put_package(self, package: Package, mirror: Path) -> None:
        """Copy a sealed package here, its manifest last, and to the mirror: the next load need not fetch it."""
        files = sorted(package.folder.iterdir(), key=lambda path: (path.name == MANIFEST, path.name))
        with self.bucket.explained():
            for path in files:
                self.bucket.store.put(f"{LOADS}/{package.load_id}/{path.name}", path)
        draft = mirror / f".{package.load_id}"
        delete_folder(draft)
        shutil.copytree(package.folder, draft)
        delete_folder(mirror / package.load_id)
        draft.replace(mirror / package.load_id)

    def packages(self, mirror: Path) -> list[Package]:
        """Every package that is complete, oldest first, copied to `mirror` where it is not there yet."""
        there = self.bucket.folders(LOADS)
        held = {package.load_id for package in sealed_packages(mirror)}
        for load_id in held - there:
            delete_folder(mirror / load_id)
        for load_id in sorted(there - held):
            self._fetch(load_id, mirror)
        return sealed_packages(mirror)

    def _fetch(self, load_id: str, mirror: Path) -> None:
        """Copy one package here, if it is complete.

        Raises:
            PackageError: what came is not what the manifest lists.
        """
        place = f"{self.name}/{LOADS}/{load_id}"
        manifest = self.read(f"{LOADS}/{load_id}/{MANIFEST}")
        if manifest is None:
            return
        draft = mirror / f".{load_id}"
        delete_folder(draft)
        draft.mkdir(parents=True)
        (draft / MANIFEST).write_bytes(manifest)
        for name in _listed(manifest, place):
            self.bucket.fetch(f"{LOADS}/{load_id}/{name}", draft / name)
        faults = list(verify_package(Package(load_id, draft)))
        if faults:
            delete_folder(draft)
            shown = "\n  ".join(fault.replace(str(draft), place) for fault in faults)
            msg = f"a load package is damaged:\n  {shown}\nRestore the objects from a copy, or move them away"
            raise PackageError(msg, faults=faults)
        fsync_path(draft)
        draft.replace(mirror / load_id)

    def load_ids(self) -> frozenset[str]:
        """Loads whose packages are complete here."""
        return frozenset(
            load_id for load_id, names in self._objects_by_load(LOADS).items() if MANIFEST in names
        )

    def set_aside(self, load_ids: Iterable[str]) -> None:
        """Put the packages of these loads where no run looks for them."""
        self._move(load_ids, LOADS, SET_ASIDE)

    def bring_back(self, load_ids: Iterable[str]) -> list[str]:
        """Put packages of these loads that were set aside where they belong; return which."""
        aside = self._objects_by_load(SET_ASIDE)
        wanted = {load_id for load_id in load_ids if MANIFEST in aside.get(load_id, {})}
        lacking = sorted(wanted - self.load_ids()) if wanted else []
        self._move(lacking, SET_ASIDE, LOADS)
        return lacking

    def _move(self, load_ids: Iterable[str], source: str, target: str) -> None:
        """Copy packages, manifest last, and then delete them, manifest first."""
        for load_id in load_ids:
            names = sorted(self._objects_by_load(f"{source}/{load_id}").get("", {}))
            with self.bucket.explained():
                for name in sorted(names, key=lambda name: name == MANIFEST):
                    self.bucket.store.copy(f"{source}/{load_id}/{name}", f"{target}/{load_id}/{name}")
                for name in sorted(names, key=lambda name: name != MANIFEST):
                    self.bucket.store.delete(f"{source}/{load_id}/{name}")

    def delete_unfinished(self) -> list[str]:
        """Delete packages without a manifest whose loads were cut off more than a day ago; return which."""
        long_ago = datetime.now(UTC) - timedelta(seconds=SCRAP_SECONDS)
        scrap = {
            load_id: objects
            for load_id, objects in self._objects_by_load(LOADS).items()
            if MANIFEST not in objects and max(one["last_modified"] for one in objects.values()) < long_ago
        }
        with self.bucket.explained():
            for load_id, objects in scrap.items():
                self.bucket.store.delete([f"{LOADS}/{load_id}/{name}" for name in objects])
        return sorted(scrap)

    def corrections(self) -> Corrections:
        """What people know better about who is who; nothing where there is no object."""
        content, place = self.read(CURATION), f"{self.name}/{CURATION}"
        if content is None:
            return Corrections()
        try:
            return read_curation(content.decode("utf-8-sig"), place)
        except UnicodeDecodeError as error:
            msg = f"{place}: cannot be read ({error}); make it a CSV file in UTF-8, or remove it"
            raise CurationError(msg) from error

    def put_curation(self, content: bytes) -> None:
        """Write the object of corrections."""
        with self.bucket.explained():
            self.bucket.store.put(CURATION, content)

    def disk_use(self) -> DiskUse:
        """Bytes of tables, packages and the rest."""
        n_bytes: dict[str, int] = defaultdict(int)
        for one in self.bucket.objects():
            n_bytes[one["path"].partition("/")[0]] += one["size"]
        live, packages = n_bytes.pop(TABLES, 0), n_bytes.pop(LOADS, 0)
        return DiskUse(live=live, packages=packages, other=sum(n_bytes.values()))

    def _objects_by_load(self, below: str) -> dict[str, dict[str, Any]]:
        """Objects by load and name; those that lie directly below are of the load ""."""
        found: dict[str, dict[str, Any]] = defaultdict(dict)
        for one in self.bucket.objects(below):
            load_id, _, name = one["path"].removeprefix(f"{below}/").rpartition("/")
            found[load_id][name] = one
        return found


def _listed(manifest: bytes, place: str) -> list[str]:
    try:
        names = list(json.loads(manifest)["files"])
    except (ValueError, KeyError, TypeError) as error:
        msg = f"{place}/{MANIFEST}: cannot be read ({error}); restore it from a copy"
        raise PackageError(msg) from error
    if any("/" in name or name.startswith(".") for name in names):
        msg = f"{place}/{MANIFEST}: lists names that are none of a package; restore it from a copy"
        raise PackageError(msg)
    return names
