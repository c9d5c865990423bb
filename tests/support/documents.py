"""Small documents and pictures of every kind that may be attached."""

from __future__ import annotations

import hashlib
import io
import zlib
from struct import pack
from zipfile import ZIP_DEFLATED, ZipFile

from domain.attachment import AttachmentKind
from storage.attachments import Upload

PDF = b"%PDF-1.7\n1 0 obj << /Type /Catalog >> endobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xd9"
TEXT = "Prüfung;Maß\n12,5;18\n".encode()
_OFFICE = "application/vnd.openxmlformats-officedocument"
SHEET = f"{_OFFICE}.spreadsheetml.sheet.main+xml"
LETTER = f"{_OFFICE}.wordprocessingml.document.main+xml"


def png() -> bytes:
    """One white dot."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return pack(">I", len(data)) + name + data + pack(">I", zlib.crc32(name + data))

    header = chunk(b"IHDR", pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\x00\xff")) + chunk(b"IEND", b"")


def archive(**parts: bytes | str) -> bytes:
    """An archive of *parts*."""
    file = io.BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            packed.writestr(name, content)
    return file.getvalue()


def office(main: str, **more: bytes | str) -> bytes:
    """An office document whose main part is of type *main*, with further parts."""
    types = f'<Types><Override PartName="/main.xml" ContentType="{main}"/></Types>'
    return archive(**{"[Content_Types].xml": types, "main.xml": "<main/>", **more})


def upload(content: bytes = TEXT, name: str = "measured.csv", kind: AttachmentKind = AttachmentKind.TEXT) -> Upload:
    """A file that has arrived."""
    return Upload(io.BytesIO(content), hashlib.sha256(content).hexdigest(), len(content), name, kind)


DOCUMENTS = {
    AttachmentKind.PDF: PDF,
    AttachmentKind.PNG: png(),
    AttachmentKind.JPEG: JPEG,
    AttachmentKind.TEXT: TEXT,
    AttachmentKind.XLSX: office(SHEET),
    AttachmentKind.DOCX: office(LETTER),
}
"""One of each kind."""

HOSTILE = {
    "a page with a script": b"<!DOCTYPE html><script>alert(1)</script>",
    "a drawing with a script": b'\n <svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "markup behind a mark of order": b"\xef\xbb\xbf<?xml version='1.0'?><a/>",
    "a program": b"\x7fELF\x02\x01\x01" + bytes(60),
    "a program of Windows": b"MZ\x90\x00" + bytes(60),
    "a picture of a kind that is not taken": b"GIF89a\x01\x00\x01\x00\x00\x00\x00;",
    "a text that repaints terminals": b"All is well.\x1b[2J",
    "a text in another encoding": "Prüfung".encode("latin-1"),
    "a text that ends in the midst of a letter": "Prüfung ü".encode()[:-1],
    "an old spreadsheet": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504),
    "an archive": archive(**{"read.me": "Hello."}),
    "an archive in an archive": archive(**{"inner.zip": archive(**{"read.me": "Hello."})}),
    "an office document of another kind": office(f"{_OFFICE}.presentationml.presentation.main+xml"),
    "a sheet and a letter at once": office(f"{SHEET} {LETTER}"),
    "a sheet with macros": office("application/vnd.ms-excel.sheet.macroEnabled.main+xml"),
    "a sheet with macros that does not say so": office(SHEET, **{"xl/vbaProject.bin": b"macro"}),
    "a sheet that was cut off": office(SHEET)[:-30],
    "a bomb": office(SHEET, **{f"{number}.xml": bytes(21_000_000) for number in range(10)}),
    "a picture that is an archive as well": png() + archive(**{"read.me": "Hello."}),
    "a photograph that is an archive as well": JPEG + archive(**{"read.me": "Hello."}),
    "a PDF that is an archive as well": PDF + archive(**{"read.me": "Hello."}) + b"%%EOF",
    "a photograph that is a PDF as well": JPEG[:2] + b"\xff\xfe\x00\x40" + PDF + JPEG[2:],
    "a sheet that is a PDF as well": office(SHEET).replace(b"main.xml", b"%PDF-1.7"),
    "a picture with something behind it": png() + b"<script>alert(1)</script>",
    "a picture that was cut off": png()[:-5],
    "a PDF that was cut off": PDF[:-8],
}
"""What nobody may attach."""
