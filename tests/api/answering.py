"""Answers as callers give them, with what they saw."""

from __future__ import annotations

from typing import Any

import httpx2


async def seen_by(api: httpx2.AsyncClient, caller: dict[str, str], question: str) -> str | None:
    """The digest of the evidence that the question shows the caller; nothing where it is not there for him."""
    shown: dict[str, str] = (await api.get(f"/v1/questions/{question}", headers=caller)).json()
    return shown.get("evidence_digest")


async def answer(
    api: httpx2.AsyncClient,
    caller: dict[str, str],
    question: str,
    choice: str = "accept_as_asked",
    *,
    to: str = "answers",
    key: str | None = None,
    **said: Any,
) -> httpx2.Response:
    """What is told to who reads the question and answers it, or signs what he would answer."""
    headers = caller if key is None else {**caller, "Idempotency-Key": key}
    body = {"choice": choice, "seen": await seen_by(api, caller, question)} | said
    return await api.post(f"/v1/questions/{question}/{to}", json=body, headers=headers)
