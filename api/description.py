"""The API described in OpenAPI, with its problems as they are really sent."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from pydantic.json_schema import models_json_schema

from api.problem_kinds import Kind
from api.problems import ProblemDetails, documented

_FRAMEWORK_OWN = ("HTTPValidationError", "ValidationError")


def describe(app: FastAPI) -> None:
    """Let *app* describe invalid fields as the problem details they are sent as."""
    described = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _with_problems(described())
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _with_problems(description: dict[str, Any]) -> dict[str, Any]:
    schemas = description.setdefault("components", {}).setdefault("schemas", {})
    for name in _FRAMEWORK_OWN:
        schemas.pop(name, None)
    _, problems = models_json_schema([(ProblemDetails, "serialization")], ref_template="#/components/schemas/{model}")
    schemas.update(problems["$defs"])
    (invalid,) = documented(Kind.VALIDATION).values()
    for path in description["paths"].values():
        for operation in path.values():
            answer = operation["responses"].get("422", {})
            if "application/json" in answer.get("content", {}):
                operation["responses"]["422"] = invalid
    return description
