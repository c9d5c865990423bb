"""The whole system as its one command starts it, and those who call it over HTTP."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import httpx2

from api.cloud_events import STRUCTURED
from runtime.dev_server import HOST, free_port
from runtime.development import DevelopmentFile, read_development_file
from tests.support.terminal import Terminal, at_a_terminal

T = TypeVar("T")

COMMAND = (sys.executable, "-m", "lockstep")
READY = "Ctrl-C stops it."

STARTS_WITHIN = 120.0
PATIENCE = 60.0
# In seconds; on a machine with nothing else to do a few are enough.
PAUSE = 0.1

ERP = "erp"
SITE = "north"


@dataclass(frozen=True)
class Stack:
    """A running system."""

    launcher: int
    """The process that the command began."""
    home: Path
    http: httpx2.Client

    @cached_property
    def people(self) -> DevelopmentFile:
        """Everybody who may call, with what they show."""
        known = read_development_file(self.home)
        assert known is not None
        return known

    def call(self, who: str, method: str, path: str, **more: Any) -> httpx2.Response:
        """What the API answers to *who*, a person or the ERP system."""
        shown = self.people.erp_key if who == ERP else self.people.people[who].token
        headers = {"Authorization": f"Bearer {shown}", **more.pop("headers", {})}
        return self.http.request(method, path, headers=headers, **more)

    def get(self, path: str, who: str = "mira.vogt", **query: Any) -> Any:
        """What is at *path*."""
        answer = self.call(who, "GET", path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def ask(self, who: str, order: str, *, key: str | None = None, **wanted: Any) -> httpx2.Response:
        """What is answered to a request to change line 10 of *order*."""
        return self.call(
            who,
            "POST",
            "/v1/processes/order_change/cases",
            headers={"Idempotency-Key": key or str(uuid4())},
            json={"site": SITE, "order": order, "line": "10", "reason": "CUSTOMER_REQUEST", **wanted},
        )

    def opened(self, who: str, order: str, **wanted: Any) -> str:
        """The case that such a request opens."""
        answer = self.ask(who, order, **wanted)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["case_id"])

    def tell(self, *events: Mapping[str, Any]) -> httpx2.Response:
        """What is answered to the ERP system's events, sent one by itself or several in a batch."""
        kind = STRUCTURED if len(events) == 1 else "application/cloudevents-batch+json"
        body: Any = events[0] if len(events) == 1 else events
        return self.call(ERP, "POST", "/v1/events", json=body, headers={"Content-Type": kind})

    def withdraw(self, who: str, case_id: str) -> httpx2.Response:
        """What is answered to taking the request back."""
        told = {"command": "withdraw", "reason": "The customer found other pumps."}
        return self.call(who, "POST", f"/v1/cases/{case_id}/commands", json=told)

    def answer(self, who: str, question: Mapping[str, Any], choice: str, reason: str = "") -> httpx2.Response:
        """What is answered to an answer, given on what the question shows who gives it."""
        seen = self.call(who, "GET", f"/v1/questions/{question['id']}").json().get("evidence_digest")
        said = {"choice": choice, "reason": reason, "seen": seen}
        return self.call(who, "POST", f"/v1/questions/{question['id']}/answers", json=said)

    def choice_of(self, question: Mapping[str, Any], *roles: str) -> str:
        """The first of the question's choices that goes on and that just these roles must agree to."""
        choices = self.get(f"/v1/questions/{question['id']}")["choices"]
        needed = {
            choice["name"]: [need["role"] for need in choice["require"]] for choice in choices if not choice["ends"]
        }
        return str(next(name for name, who in needed.items() if set(who) == set(roles)))

    def until(self, case_id: str, *states: str) -> Any:
        """The case, once it is in one of *states*."""

        def look() -> Any:
            case = self.get(f"/v1/cases/{case_id}")
            return case if case["state"] in states else None

        return eventually(look, lambda: f"{case_id} is {self.get(f'/v1/cases/{case_id}')['state']}, not {states}")

    def case_about(self, subject: str) -> str:
        """The newest case about an order line, once there is one."""

        def look() -> str | None:
            found = self.get("/v1/cases", site=SITE, subject=subject)["items"]
            return str(found[0]["id"]) if found else None

        return eventually(look, lambda: f"no case about {subject}")

    def trail(self, case_id: str) -> list[Any]:
        """What happened to the case."""
        return list(self.get(f"/v1/cases/{case_id}/trail")["items"])

    def status(self, order: str) -> Any:
        """Where line 10 of *order* is."""
        return self.get(f"/v1/status/order-lines/{SITE}/{order}/10")

    def taken_over(self, case_id: str) -> Any:
        """The case, once everybody concerned has taken the change over."""
        for handoff in questions(self.until(case_id, "propagating")):
            answer = self.answer(self.somebody(handoff["topic"]), handoff, "acknowledge")
            assert answer.status_code == 200, answer.text
        return self.until(case_id, "completed")

    def somebody(self, role: str) -> str:
        """Who holds the role, and few others."""
        held = {name: known.roles.get(SITE, ()) for name, known in self.people.people.items()}
        return min((name for name, roles in held.items() if role in roles), key=lambda name: len(held[name]))

    def processes(self) -> dict[int, str]:
        """Every process of the system with its command: the launcher, and what it started."""
        found: dict[int, str] = {}
        to_see = [self.launcher]
        while to_see:
            pid = to_see.pop()
            found[pid] = Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
            to_see += map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
        return found

    def process(self, words: str) -> int:
        """The process whose command has these *words*."""
        (pid,) = (pid for pid, command in self.processes().items() if words in command)
        return pid

    @property
    def engine(self) -> str:
        """Where Temporal is."""
        port = re.search(r"--port (\d+)", self.processes()[self.process("start-dev")])
        assert port is not None
        return f"{HOST}:{port[1]}"


def questions(case: Mapping[str, Any]) -> list[Any]:
    """What the case asks now."""
    return [question for question in case["questions"] if question["closed_at"] is None]


def event(kind: str, data: Mapping[str, Any], **said: Any) -> dict[str, Any]:
    """Something that the ERP system tells."""
    return {
        "specversion": "1.0",
        "id": str(uuid4()),
        "source": "/erp/north",
        "type": f"lockstep.{kind}.v1",
        "time": datetime.now(UTC).isoformat(),
        "data": {"site": SITE, **data},
        **said,
    }


def eventually(look: Callable[[], T | None], otherwise: Callable[[], str]) -> T:
    """What *look* finds as soon as it finds something."""
    began = time.monotonic()
    while (found := look()) is None:
        assert time.monotonic() - began < PATIENCE, otherwise()
        time.sleep(PAUSE)
    return found


@contextmanager
def running(home: Path, log: Path) -> Iterator[Stack]:
    """The system with its data in *home*, all that it says in *log*."""
    port = free_port(18000 + os.getpid() % 2000)
    with log.open("wb") as said:
        program = subprocess.Popen(
            (*COMMAND, "dev"), env=environment(home, port), stdout=said, stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        try:
            began = time.monotonic()
            while READY not in log.read_text():
                assert program.poll() is None, log.read_text()
                assert time.monotonic() - began < STARTS_WITHIN, log.read_text()
                time.sleep(PAUSE)
            with _calling(port) as http:
                yield Stack(program.pid, home, http)
        finally:
            program.terminate()
            program.wait()


@contextmanager
def typed(home: Path) -> Iterator[tuple[Terminal, Stack]]:
    """The system as a person starts it at a terminal, with its data in *home*."""
    port = free_port(20000 + os.getpid() % 2000)
    with at_a_terminal((*COMMAND, "dev"), env=environment(home, port)) as terminal:
        terminal.read_until(READY)
        with _calling(port) as http:
            yield terminal, Stack(terminal.program.pid, home, http)


def environment(home: Path, port: int | None = None) -> dict[str, str]:
    """The environment of a command that belongs to the system in *home*; nothing else that is set here counts."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LOCKSTEP_", "TEMPORAL_"))}
    said = {"LOCKSTEP_HOME": str(home), "PYTHONUNBUFFERED": "1", "COLUMNS": "120"}
    return kept | said | ({} if port is None else {"LOCKSTEP_API_PORT": str(port)})


def _calling(port: int) -> httpx2.Client:
    return httpx2.Client(base_url=f"http://{HOST}:{port}", trust_env=False, timeout=30.0)
