"""What a file is, found out from its content, whatever somebody made it look like."""

from __future__ import annotations

import contextlib
import io
import time
import tracemalloc
import warnings
from zipfile import ZIP_DEFLATED, ZIP_LZMA, ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.attachment import AttachmentKind, AttachmentRules, KindRefused
from domain.attachment_content import MOST_LISTED, admit, kind_of
from tests.support.documents import DOCUMENTS, HOSTILE, PDF, SHEET, archive, office


@pytest.mark.parametrize(("kind", "content"), DOCUMENTS.items(), ids=lambda one: str(one)[:5])
def test_each_kind_is_known_by_what_it_holds(kind: AttachmentKind, content: bytes) -> None:
    assert kind_of(io.BytesIO(content)) is kind


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE.keys())
def test_nothing_else_is_taken_for_one(content: bytes) -> None:
    with pytest.raises(KindRefused):
        kind_of(io.BytesIO(content))


def test_an_installation_takes_what_it_says_and_nothing_else() -> None:
    rules = AttachmentRules(kinds=(AttachmentKind.PDF, AttachmentKind.JPEG))

    assert admit(io.BytesIO(PDF), rules) is AttachmentKind.PDF
    for refused, why in ((AttachmentKind.DOCX, "of the kind docx"), (AttachmentKind.TEXT, "of the kind text")):
        with pytest.raises(KindRefused, match=rf"{why}.* These may be attached: PDF, JPEG\."):
            admit(io.BytesIO(DOCUMENTS[refused]), rules)
    with pytest.raises(KindRefused, match=r"no text either\. These may be attached: PDF, JPEG\."):
        admit(io.BytesIO(HOSTILE["a program"]), rules)


@pytest.mark.parametrize("text", ["< 25 mm", "a <b> c", "<3", "﻿Maß;Soll", "a\tb\r\n\x0c"])
def test_a_text_may_hold_what_only_looks_like_markup(text: str) -> None:
    assert kind_of(io.BytesIO(text.encode())) is AttachmentKind.TEXT


def test_a_text_is_read_to_its_end() -> None:
    with pytest.raises(KindRefused, match="no text"):
        kind_of(io.BytesIO(b"a" * 300_000 + b"\x00"))


def test_a_letter_on_the_border_of_two_parts_is_whole() -> None:
    assert kind_of(io.BytesIO(b"a" * 65_535 + "ü".encode())) is AttachmentKind.TEXT


def test_a_photograph_may_have_what_telephones_put_behind_it() -> None:
    assert kind_of(io.BytesIO(DOCUMENTS[AttachmentKind.JPEG] * 2)) is AttachmentKind.JPEG


def test_what_lies_about_how_much_it_unpacks_to_is_found_out() -> None:
    honest = office(SHEET, **{"xl/big.xml": bytes(3_000_000)})
    lying = honest.replace((3_000_000).to_bytes(4, "little"), (30).to_bytes(4, "little"))

    with pytest.raises(KindRefused, match="damaged"):
        kind_of(io.BytesIO(lying))


def test_a_bomb_is_refused_before_it_goes_off() -> None:
    bomb = io.BytesIO(HOSTILE["a bomb"])
    tracemalloc.start()
    started = time.perf_counter()

    with pytest.raises(KindRefused, match="unpack to more than 200 MB"):
        kind_of(bomb)

    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 2_000_000
    assert time.perf_counter() - started < 2


def test_an_archive_of_a_hundred_thousand_parts_is_not_even_listed() -> None:
    file = io.BytesIO()
    with ZipFile(file, "w") as packed:
        for number in range(30_000):
            packed.writestr(f"{number}", b"")
    assert file.tell() > MOST_LISTED

    with pytest.raises(KindRefused, match="more parts"):
        kind_of(file)


def test_what_no_office_program_writes_is_refused() -> None:
    types = archive(**{"[Content_Types].xml": SHEET})
    twice, packed = io.BytesIO(types), io.BytesIO(types)
    with warnings.catch_warnings(), ZipFile(twice, "a", ZIP_DEFLATED) as open_:
        warnings.simplefilter("ignore")
        open_.writestr("[Content_Types].xml", "something else")
    with ZipFile(packed, "a", ZIP_LZMA) as open_:
        open_.writestr("main.xml", bytes(1000))
    locked = bytearray(types)
    for sign, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[locked.index(sign) + flags] |= 1

    for content, why in ((twice, "twice"), (packed, "packed"), (io.BytesIO(locked), "encrypted")):
        with pytest.raises(KindRefused, match=why):
            kind_of(content)


@given(st.data())
def test_whatever_is_done_to_a_document_ends_in_an_answer(data: st.DataObject) -> None:
    document = bytearray(data.draw(st.sampled_from(list(DOCUMENTS.values()))))
    for place in data.draw(st.lists(st.integers(0, len(document) - 1), max_size=8)):
        document[place] = data.draw(st.integers(0, 255))
    end = data.draw(st.integers(0, len(document)))

    with contextlib.suppress(KindRefused):
        assert kind_of(io.BytesIO(bytes(document[:end]))) in AttachmentKind


@given(st.binary(max_size=3000))
def test_noise_ends_in_an_answer(noise: bytes) -> None:
    for content in (noise, b"PK\x03\x04" + noise, noise + b"PK\x05\x06" + bytes(18), b"\x89PNG" + noise):
        with contextlib.suppress(KindRefused):
            assert kind_of(io.BytesIO(content)) in AttachmentKind
