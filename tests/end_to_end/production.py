"""An installation as an operator makes it: PostgreSQL, a Temporal server, and one command after the other."""

from __future__ import annotations

import os
import signal
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import httpx2
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from connectors.plant.files import write_file
from runtime.dev_server import HOST, DevServer, dev_server, free_port
from runtime.signatures import new_signing_key
from tests.end_to_end.stack import COMMAND, PAUSE, STARTS_WITHIN
from tests.support.small_plant import small_plant

_STOPS_WITHIN = 90.0
# In seconds.


@dataclass
class Installation:
    """What it is set to, and what of it runs."""

    home: Path
    port: int
    temporal: DevServer
    settings: dict[str, str]
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    """Programs, by name."""

    @property
    def url(self) -> str:
        """Where the API answers."""
        return self.settings["LOCKSTEP_PUBLIC_URL"]

    def lockstep(self, *words: str, **otherwise: str) -> subprocess.CompletedProcess[str]:
        """What the command line answers, with some settings *otherwise*; an empty one counts as not set."""
        return subprocess.run(
            (*COMMAND, *words), env=self._environment(otherwise), cwd=self.home, capture_output=True, text=True,
            check=False,
        )  # fmt: skip

    def start(self, name: str, *command: str) -> subprocess.Popen[bytes]:
        """A program of this installation; what it says is kept under its name."""
        with (self.home / f"{name}.log").open("ab") as said:
            self.running[name] = subprocess.Popen(
                command, env=self._environment({}), cwd=self.home, stdout=said, stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
        return self.running[name]

    def start_temporal(self) -> None:
        """The Temporal server, answering."""
        self.start("temporal", *self.temporal.command)
        health = (self.temporal.command[0], "operator", "cluster", "health", "--address", self.temporal.address)
        self.until(lambda: subprocess.run(health, capture_output=True, check=False).returncode == 0, "temporal")

    def start_lockstep(self) -> None:
        """Lockstep, taking requests."""
        self.start("lockstep", *COMMAND, "serve")
        self.until(self._is_ready, "lockstep")

    @contextmanager
    def frozen(self, name: str) -> Iterator[None]:
        """A program does nothing meanwhile."""
        self.running[name].send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.running[name].send_signal(signal.SIGCONT)

    def until(self, there: Callable[[], bool], name: str) -> None:
        """Return when *there* says so; whatever the program *name* said is told if it does not."""
        began = time.monotonic()
        while not there():
            assert self.running[name].poll() is None, self.said(name)
            assert time.monotonic() - began < STARTS_WITHIN, self.said(name)
            time.sleep(PAUSE)

    def stop(self, name: str, how: signal.Signals = signal.SIGTERM) -> int:
        """The exit code of a program that is told to end."""
        program = self.running.pop(name)
        program.send_signal(how)
        return program.wait(_STOPS_WITHIN)

    def said(self, name: str) -> str:
        """All that a program has said."""
        return (self.home / f"{name}.log").read_text(errors="replace")

    def call(self, path: str, token: str = "") -> httpx2.Response:
        """What the API answers, whose certificate must be the one of this installation."""
        trusted = ssl.create_default_context(cafile=self.settings["LOCKSTEP_TLS_CERTIFICATE"])
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        with httpx2.Client(base_url=self.url, verify=trusted, trust_env=False, timeout=30) as client:
            return client.get(path, headers=headers)

    def _is_ready(self) -> bool:
        try:
            return set(self.call("/readyz").json().values()) == {"ok"}
        except httpx2.TransportError:
            return False

    def _environment(self, otherwise: dict[str, str]) -> dict[str, str]:
        others = ("LOCKSTEP_", "TEMPORAL_", "PG")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(others)}
        said = {name: value for name, value in (self.settings | otherwise).items() if value}
        return kept | {"PYTHONUNBUFFERED": "1", "COLUMNS": "200"} | said


@contextmanager
def installation(home: Path, database_url: str) -> Iterator[Installation]:
    """Everything is set, nothing runs, and the database is empty. Whatever is started ends with it."""
    home.mkdir(parents=True, exist_ok=True)
    port = free_port(22000 + os.getpid() % 2000)
    temporal = dev_server(home, free_port(24000 + os.getpid() % 2000), free_port(26000 + os.getpid() % 2000))
    certificate, key = _self_signed(home)
    signing = home / "answers.pem"
    signing.write_text(new_signing_key())
    made = Installation(
        home,
        port,
        temporal,
        {
            "LOCKSTEP_HOME": str(home / "data"),
            "LOCKSTEP_DATABASE_URL": database_url,
            "LOCKSTEP_API_PORT": str(port),
            "LOCKSTEP_PUBLIC_URL": f"https://{HOST}:{port}",
            "LOCKSTEP_TLS": "direct",
            "LOCKSTEP_TLS_CERTIFICATE": str(certificate),
            "LOCKSTEP_TLS_KEY": str(key),
            "LOCKSTEP_SIGNING_KEY_FILE": str(signing),
            # There is no other Temporal server on this machine than one on SQLite.
            "LOCKSTEP_SINGLE_NODE": "true",
            "TEMPORAL_ADDRESS": temporal.address,
        },
    )
    try:
        yield made
    finally:
        for name in [*made.running][::-1]:
            made.stop(name, signal.SIGKILL)


def prepare(made: Installation) -> str:
    """The token of a planner, once the database has its shape, the small plant, and him."""
    facts = made.home / "plant.ndjson"
    write_file(facts, small_plant(datetime.now(UTC)))
    for words in (("migrate",), ("load", str(facts), "--source", "erp")):
        done = made.lockstep(*words)
        assert done.returncode == 0, done.stderr
    given = made.lockstep("credential", "person", "boris")
    assert given.returncode == 0, given.stderr
    return given.stdout.strip()


def _self_signed(home: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    files = home / "tls.pem", home / "tls.key"
    files[0].write_bytes(certificate.public_bytes(Encoding.PEM))
    files[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return files
