"""A file on its way in: counted and digested as it arrives, and never held in memory as a whole."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

from fastapi import Request
from starlette.requests import ClientDisconnect

from api.problem_kinds import Kind
from api.problems import Problem
from domain.attachment import AttachmentEmpty, AttachmentRules

HELD_IN_MEMORY = 1024 * 1024
"""Bytes; what is more goes into a temporary file without a name."""


@dataclass(frozen=True)
class ArrivedFile:
    """All of a file, of which nothing else is known yet."""

    content: BinaryIO
    digest: str
    size: int


@asynccontextmanager
async def arriving(request: Request, rules: AttachmentRules) -> AsyncIterator[ArrivedFile]:
    """
    The body of *request* as a file, gone when this is left.

    Raises AttachmentTooLarge as soon as more than may be is announced or has come, AttachmentEmpty, Problem.
    """
    announced: str = request.state.announced
    if announced.isdecimal() and int(announced) > rules.largest:
        raise rules.too_large
    found, size = hashlib.sha256(), 0
    with SpooledTemporaryFile(max_size=HELD_IN_MEMORY) as file:
        try:
            async for part in request.stream():
                size += len(part)
                # Counted here, whatever was announced.
                if size > rules.largest:
                    raise rules.too_large
                found.update(part)
                file.write(part)
        except ClientDisconnect:
            raise Problem(Kind.MALFORMED, "The connection ended before all of it had arrived.") from None
        if not size:
            raise AttachmentEmpty("There is nothing in it.")
        yield ArrivedFile(cast(BinaryIO, file), found.hexdigest(), size)
