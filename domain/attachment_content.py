"""What a file is, by its content alone: nothing is taken for what its name or its sender says."""

from __future__ import annotations

import codecs
import re
import struct
import zlib
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from domain.attachment import AttachmentKind, AttachmentRules, KindRefused

MOST_UNPACKED = 200_000_000
"""Bytes that all parts of an office document may come to."""
MOST_LISTED = 1_000_000
"""Bytes that the list of the parts of an archive may have."""

_AT_ONCE = 64 * 1024
_PDF = b"%PDF-"
_PDF_IS_LOOKED_FOR_IN = 1024
# Bytes from its beginning, by programs that show PDF.
_PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
_PNG_ENDS = b"\x00\x00\x00\x00IEND\xaeB`\x82"
_JPEG = re.compile(rb"\xff\xd8\xff[\xc0-\xfe]")
_ZIP = b"PK\x03\x04"
_ZIP_ENDS = b"PK\x05\x06"
_ZIP_ENDS_AFTER = 22 + 0xFFFF
# Bytes, the longest comment included (APPNOTE.TXT 4.3.16).
_ZIP64_ENDS = b"PK\x06\x07"
_DAMAGED = (BadZipFile, EOFError, NotImplementedError, OSError, ValueError, struct.error, zlib.error)
_NOT_IN_TEXT = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f]")
_MARKUP = re.compile(r"\ufeff?\s*<[!?/a-zA-Z]")
_TYPES = "[Content_Types].xml"
_MAIN_PARTS = {
    AttachmentKind.XLSX: b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
    AttachmentKind.DOCX: b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
}


def admit(content: BinaryIO, rules: AttachmentRules) -> AttachmentKind:
    """What *content* is, which is one of the kinds that may be attached. Raises KindRefused."""
    try:
        kind = kind_of(content)
    except KindRefused as why:
        raise KindRefused(f"{why} {rules.in_words}") from None
    if kind not in rules.kinds:
        raise KindRefused(f"It is of the kind {kind}, which is not taken here. {rules.in_words}")
    return kind


def kind_of(content: BinaryIO) -> AttachmentKind:
    """
    What *content* is, and nothing else besides.

    Raises KindRefused for what is none of the kinds, is damaged, is two things at once, or would unpack to too much.
    """
    content.seek(0)
    beginning = content.read(_PDF_IS_LOOKED_FOR_IN)
    if beginning.startswith(_ZIP):
        kind = _office_document(content)
    elif (archive := _archive(content)) is not None:
        archive.close()
        raise KindRefused("It is an archive as well as what it begins as. Send one or the other.")
    else:
        kind = _by_its_beginning(content, beginning)
    if kind is not AttachmentKind.PDF and _PDF in beginning:
        raise KindRefused("It is a PDF as well as what it begins as. Send one or the other.")
    return kind


def _by_its_beginning(content: BinaryIO, beginning: bytes) -> AttachmentKind:
    if beginning.startswith(_PDF):
        if b"%%EOF" not in _end(content, _PDF_IS_LOOKED_FOR_IN):
            raise KindRefused("The PDF has no end: it was cut off, or something else follows.")
        return AttachmentKind.PDF
    if beginning.startswith(_PNG):
        if _end(content, len(_PNG_ENDS)) != _PNG_ENDS:
            raise KindRefused("The PNG does not end as one: it was cut off, or something else follows.")
        return AttachmentKind.PNG
    if _JPEG.match(beginning):
        return AttachmentKind.JPEG
    _read_as_text(content)
    return AttachmentKind.TEXT


def _read_as_text(content: BinaryIO) -> None:
    """Nothing, if *content* is plain text. Raises KindRefused."""
    content.seek(0)
    decoder = codecs.getincrementaldecoder("utf-8")()
    first = True
    try:
        while part := content.read(_AT_ONCE):
            text = decoder.decode(part)
            if _NOT_IN_TEXT.search(text):
                raise KindRefused("It is nothing that is known here, and no text either.")
            if first and _MARKUP.match(text):
                raise KindRefused("It is a web page, a drawing in SVG or other markup, which could carry a script.")
            first = False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise KindRefused("It is nothing that is known here. If it is text or CSV, save it in UTF-8.") from None


def _office_document(content: BinaryIO) -> AttachmentKind:
    archive = _archive(content)
    if archive is None:
        raise KindRefused("It begins as an office document and does not end as one: it was cut off or is damaged.")
    with archive:
        parts = archive.infolist()
        if sum(part.file_size for part in parts) > MOST_UNPACKED:
            raise KindRefused(f"It would unpack to more than {MOST_UNPACKED // 1_000_000} MB.")
        # Office documents know two ways of packing, no passwords, and no part twice; the others hide something.
        if any(part.compress_type not in (ZIP_STORED, ZIP_DEFLATED) or part.flag_bits & 1 for part in parts):
            raise KindRefused("It is encrypted, or packed as no office document is.")
        names = {part.filename for part in parts}
        if len(names) < len(parts):
            raise KindRefused("It has a part twice, so that two programs could see two documents in it.")
        if _TYPES not in names or archive.getinfo(_TYPES).file_size > MOST_LISTED:
            raise KindRefused("It is an archive, and no office document. Send what is in it, one by one.")
        return _document_in(archive, names)


def _document_in(archive: ZipFile, names: set[str]) -> AttachmentKind:
    try:
        # All of it is unpacked, at most as much as was said above: who lied about a size is found out by its sum.
        if archive.testzip() is not None:
            raise KindRefused("The office document is damaged.")
        types = archive.read(_TYPES)
    except _DAMAGED:
        raise KindRefused("The office document is damaged.") from None
    if b"macroEnabled" in types or any(name.lower().endswith("vbaproject.bin") for name in names):
        raise KindRefused("It holds macros. Save it without them.")
    found = [kind for kind, main in _MAIN_PARTS.items() if main in types]
    if len(found) != 1:
        raise KindRefused("It is neither an XLSX nor a DOCX.")
    return found[0]


def _archive(content: BinaryIO) -> ZipFile | None:
    """*content* as programs that open archives see it; nothing if they see none. Raises KindRefused."""
    tail = _end(content, _ZIP_ENDS_AFTER)
    at = tail.rfind(_ZIP_ENDS, 0, max(0, len(tail) - 18))
    if at < 0:
        return None
    # Before the list is read, which is done as a whole.
    if int.from_bytes(tail[at + 12 : at + 16], "little") > MOST_LISTED or tail[max(0, at - 20) :][:4] == _ZIP64_ENDS:
        raise KindRefused("It is an archive of more parts than an office document has.")
    try:
        return ZipFile(content)
    except _DAMAGED:
        return None


def _end(content: BinaryIO, length: int) -> bytes:
    content.seek(0, 2)
    content.seek(max(0, content.tell() - length))
    return content.read(length)
