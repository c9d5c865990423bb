"""Forms that files come with: taken apart as they arrive, and what is in the files goes to the case."""

from __future__ import annotations

import hashlib
from contextlib import ExitStack
from dataclasses import dataclass, field
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

from fastapi import Request
from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header
from starlette.datastructures import ImmutableMultiDict
from starlette.requests import ClientDisconnect

from api.attachments import keep
from api.calling import may_at
from api.problem_kinds import Kind
from api.problems import Problem
from api.refusals import REFUSALS
from api.services import Services
from api.strict_json import LARGEST_BODY
from api.uploading import HELD_IN_MEMORY, ArrivedFile
from domain.attachment import AttachmentEmpty
from domain.authorisation import Action
from storage.identity import Caller
from web.forms import MOST_FIELDS, Said, form_type, key_in, not_ours, said_in, spoken

UPLOAD = "upload/"
"""Before the name of the field that a file is for."""

MOST_FILES = 10
"""In one form."""


class FileRefused(Exception):
    """A file that came with a form is not taken, nor is what the form says."""

    def __init__(self, said: Said, field_name: str, why: Exception) -> None:
        super().__init__(str(why))
        self.said = said
        """What was filled in."""
        self.field_name = field_name
        """The field that the file was for."""
        self.why = why


async def said_with_files(request: Request, case_id: str, caller: Caller, services: Services) -> Said:
    """
    What was filled in on a page. What came as a file is attached to the case first, and its digest stands in its field.

    Raises FileRefused, NotInSystem, NotAllowed, Problem.
    """
    if form_type(request) != "multipart/form-data":
        return await said_in(request)
    largest = services.attachment_rules.largest
    with ExitStack() as undo:
        came = _Arriving(largest, undo)
        await came.read(request)
        said = spoken(came.fields)
        key_in(said)
        for file in came.files:
            try:
                digest = await _attached(file, largest, case_id, caller, services)
            except REFUSALS as why:
                raise FileRefused(said, file.field_name, why) from why
            others = [(name, value) for name, value in said.multi_items() if name != file.field_name]
            said = ImmutableMultiDict([*others, (file.field_name, digest)])
        return said


async def attach_sent(request: Request, case_id: str, caller: Caller, services: Services) -> None:
    """Attach the file of a form that asks for nothing else. Raises as ``said_with_files`` does."""
    said = await said_with_files(request, case_id, caller, services)
    if not said.get("attachment"):
        raise FileRefused(said, "attachment", AttachmentEmpty("Choose a file first."))


async def _attached(file: _File, largest: int, case_id: str, caller: Caller, services: Services) -> str:
    """The digest of what the case has from now on."""
    may_at(caller, await services.case_reader.site_of(case_id, caller.sites), Action.ATTACH)
    if file.size > largest:
        raise services.attachment_rules.too_large
    if not file.size:
        raise AttachmentEmpty("There is nothing in it.")
    arrived = ArrivedFile(file.content, file.found.hexdigest(), file.size)
    kept, _ = await keep(case_id, arrived, file.name or "attachment", caller, services)
    return kept.digest


@dataclass
class _File:
    """A file of a form, as far as it has come."""

    field_name: str
    name: str
    content: BinaryIO
    size: int = 0
    found: hashlib._Hash = field(default_factory=hashlib.sha256)

    def take(self, part: bytes, largest: int) -> None:
        """Take *part* as well; of what is too large nothing more is kept."""
        self.size += len(part)
        if self.size <= largest:
            self.found.update(part)
            self.content.write(part)


class _Arriving:
    """
    A form that is taken apart while it arrives.

    It is read to its end also where a file is too large: a browser that is not let finish shows its own trouble and not
    ours, and what was typed into the fields after the file would be lost.
    """

    def __init__(self, largest: int, undo: ExitStack) -> None:
        self.fields: list[tuple[str, str]] = []
        self.files: list[_File] = []
        self._largest = largest
        self._undo = undo
        self._room = LARGEST_BODY
        self._header, self._value, self._disposition = b"", b"", b""
        self._field = ""
        self._text = bytearray()
        self._file: _File | None = None
        self._whole = False

    async def read(self, request: Request) -> None:
        """All that *request* sends. Raises Problem."""
        boundary = parse_options_header(request.headers["content-type"])[1].get(b"boundary")
        if not boundary:
            raise not_ours()
        parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": self._header_name,
                "on_header_value": self._header_value,
                "on_header_end": self._header_end,
                "on_headers_finished": self._headers_end,
                "on_part_data": self._data,
                "on_part_end": self._end,
                "on_end": self._all,
            },
        )
        try:
            async for part in request.stream():
                parser.write(part)
            parser.finalize()
        except ClientDisconnect:
            raise Problem(Kind.MALFORMED, "The connection ended before all of it had arrived.") from None
        except (FormParserError, ValueError):
            raise not_ours() from None
        if not self._whole:
            raise not_ours()

    def _begin(self) -> None:
        self._disposition, self._text, self._file = b"", bytearray(), None

    def _header_name(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._disposition = self._value
        self._header, self._value = b"", b""

    def _headers_end(self) -> None:
        _, said = parse_options_header(self._disposition)
        self._field = said.get(b"name", b"").decode()
        if not self._field or len(self.fields) + len(self.files) >= MOST_FIELDS:
            raise not_ours()
        # Without a name it is a field for a file in which none was chosen.
        if name := said.get(b"filename", b"").decode(errors="replace"):
            if not self._field.startswith(UPLOAD) or len(self.files) >= MOST_FILES:
                raise not_ours()
            content = cast(BinaryIO, SpooledTemporaryFile(max_size=HELD_IN_MEMORY))  # noqa: SIM115 - the stack closes it
            self._file = _File(self._field.removeprefix(UPLOAD), name, self._undo.enter_context(content))

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._file is not None:
            self._file.take(data[start:end], self._largest)
            return
        self._room -= end - start
        if self._room < 0:
            raise not_ours()
        self._text += data[start:end]

    def _end(self) -> None:
        if self._file is not None:
            self.files.append(self._file)
        elif not self._field.startswith(UPLOAD):
            self.fields.append((self._field, self._text.decode()))

    def _all(self) -> None:
        self._whole = True
