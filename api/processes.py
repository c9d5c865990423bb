"""The processes there are, and asking for what they are for."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, ConfigDict, create_model
from pydantic.json_schema import SkipJsonSchema

from api.calling import CallersRoute, Calling, Serving, may_at, permits
from api.idempotency import IdempotencyKey, request_key
from api.links import CaseLinks, case_links
from api.problem_kinds import OF_CALLERS, OF_WRITERS, Kind
from api.problems import documented, not_found
from api.strict_json import Strict
from domain.authorisation import Action
from domain.case import Request
from domain.decision import Channel
from domain.process import Process
from domain.reason import check_reason
from domain.subject import Identifier, Subject

_TAGS: list[Any] = ["processes"]
_STATUS = {"opened": 201, "known": 200, "superseding": 202, "queued": 202, "merged": 202}


class ProcessState(BaseModel):
    """Where a case of the process can be."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    name: str
    meaning: str
    owner: str
    """Who is waited for; ``lockstep`` where it only works."""
    next: tuple[str, ...]
    """Empty where the case ends."""


class ProcessCheck(BaseModel):
    """What is looked at before anything is decided."""

    model_config = ConfigDict(frozen=True)

    name: str
    title: str
    system: str


class ProcessDescription(BaseModel):
    """One kind of coordination."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    name: str
    title: str
    purpose: str
    reasons: tuple[str, ...]
    """Codes a request may give as its reason."""
    states: tuple[ProcessState, ...]
    checks: tuple[ProcessCheck, ...]


class Opened(BaseModel):
    """What became of a request."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    case_id: str
    result: Literal["opened", "known", "superseding", "queued", "merged"]
    """``known``: the same was asked before; ``superseding`` or ``queued``: behind the open case; ``merged`` into it."""
    behind: str | None
    """The open case it takes over from or waits for."""
    links: CaseLinks


def processes_router(processes: Mapping[str, Process]) -> APIRouter:
    """The routes of *processes*, one to open cases of each, with what it wants to know."""
    router = APIRouter(prefix="/v1", tags=_TAGS, route_class=CallersRoute)

    @router.get("/processes", responses=documented(*OF_CALLERS))
    @permits(Action.READ)
    async def list_processes(_: Calling) -> tuple[ProcessDescription, ...]:
        """Every process there is."""
        return tuple(_described(process) for process in processes.values())

    @router.get("/processes/{process}", responses=documented(*OF_CALLERS, Kind.NOT_FOUND, Kind.VALIDATION))
    @permits(Action.READ)
    async def show_process(
        _: Calling, name: Annotated[str, Path(alias="process", max_length=64)]
    ) -> ProcessDescription:
        """One process."""
        if name not in processes:
            raise not_found()
        return _described(processes[name])

    for process in processes.values():
        router.add_api_route(
            f"/processes/{process.name}/cases",
            _opening(process),
            methods=["POST"],
            status_code=201,
            operation_id=f"open_{process.name}",
            summary=f"{process.title}: open a case",
            responses={
                200: {"model": Opened, "description": "The same was asked before"},
                202: {"model": Opened, "description": "Accepted behind a case that is open"},
                **documented(*OF_WRITERS, *((Kind.DECISION_REFUSED,) if process.founded_on else ())),
            },
        )
    return router


def _opening(process: Process) -> Callable[..., Coroutine[Any, Any, Opened]]:
    @permits(Action.ASK)
    async def open_case(
        asked: Any,
        key: IdempotencyKey,
        caller: Calling,
        services: Serving,
        response: Response,
    ) -> Opened:
        site: str = asked.site
        may_at(caller, site, Action.ASK)
        request = process.request.model_validate(asked.model_dump(exclude={"site"}))
        check_reason(request)
        wanted = request.model_dump(mode="json")
        opened = await services.cases.open(
            process,
            site,
            request,
            caller.principal,
            Channel.API,
            services.now(),
            request_key(caller, key, "open", process.name, site, wanted),
        )
        workflow_id = Subject(site=site, key=request.subject_key).workflow_id(process.name)
        links = case_links(services, opened.case_id, workflow_id)
        response.status_code = _STATUS[opened.result]
        response.headers["Location"] = links.self
        return Opened.model_validate({**opened.model_dump(), "links": links})

    open_case.__doc__ = process.purpose
    open_case.__annotations__["asked"] = Annotated[_request_at_the_door(process), Strict()]
    return open_case


def _request_at_the_door(process: Process) -> type[Request]:
    """The process's request as callers make it: with a site, and with one of the process's reasons."""
    fields: dict[str, Any] = {
        "site": (Identifier, ...),
        "reason": (Literal[process.reasons], ...),
        # Only the source system itself can say that what is asked for is so already.
        "already_made": (Annotated[Literal[False], SkipJsonSchema()], False),  # type: ignore[type-arg]
    }
    name = process.request.__name__
    return create_model(name, __base__=process.request, __doc__=process.request.__doc__, **fields)


def _described(process: Process) -> ProcessDescription:
    return ProcessDescription(
        name=process.name,
        title=process.title,
        purpose=process.purpose,
        reasons=process.reasons,
        states=tuple(
            ProcessState(name=state.name, meaning=state.meaning, owner=str(state.owner), next=state.next)
            for state in process.states
        ),
        checks=tuple(ProcessCheck(name=check.name, title=check.title, system=check.system) for check in process.checks),
    )
