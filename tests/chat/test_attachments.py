from __future__ import annotations

import pytest

from ai_coder.chat.attachments import (
    MAX_TEXT_BYTES,
    AttachmentError,
    BinaryFileError,
    EmptyFileError,
    FileTooLargeError,
    FolderError,
    PdfError,
    attached,
    estimated_tokens,
    is_long_paste,
    read_file,
)
from ai_coder.chat.conversation import AttachmentKind

TEXT = "Grüße, 世界 – def f(): pass\n"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
)
def test_text_is_read_in_every_unicode(encoding):
    text = TEXT if encoding in {"utf-8", "utf-8-sig", "utf-16", "utf-32"} else "Plain text\n" * 9

    file = attached("a.py", text.encode(encoding))

    assert file.text == text
    assert file.kind is AttachmentKind.TEXT
    assert file.media_type == "text/x-python"


def test_latin_1_is_read():
    assert attached("a.txt", "Grüße".encode("latin-1")).text == "Grüße"


def test_it_is_told_that_an_encoding_is_only_a_guess():
    assert attached("a.txt", "表示".encode("shift_jis")).is_guess
    assert not attached("a.txt", "表示".encode()).is_guess


def test_a_pdf_is_no_text_even_if_it_is_written_in_letters():
    with pytest.raises(PdfError):
        attached("a.pdf", b"%PDF-1.4\n1 0 obj\n")


@pytest.mark.parametrize("sign", ["\n", "\r", "\t", "\u2028", "\x1b"])
def test_a_name_is_shown_and_sent_in_one_line(sign):
    assert attached(f"a{sign}b.txt", b"x").name == "a b.txt"


def test_a_name_that_no_encoding_explains_can_be_stored():
    attached("a\udcffb.txt", b"x").name.encode()


def test_an_empty_file_is_text():
    assert attached("a.txt", b"").text == ""


@pytest.mark.parametrize(
    "content", [b"\x00\x01\x02\x03", b"text\x00text", b"\x7fELF\x02\x01\x01\x00"]
)
def test_binary_files_are_refused(content):
    with pytest.raises(BinaryFileError, match=r"a\.bin is not a text file"):
        attached("a.bin", content)


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"\x89PNG\r\n\x1a\n\x00", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a\x00", "image/gif"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"BM\x46\x00\x00\x00\x00\x00\x00\x00\x36\x00\x00\x00\x28\x00\x00\x00", "image/bmp"),
        (b"II*\x00\x08\x00\x00\x00", "image/tiff"),
        (b"MM\x00*\x00\x00\x00\x08", "image/tiff"),
    ],
)
def test_pictures_are_told_by_their_content(content, media_type):
    file = attached("misleading.txt", content)

    assert (file.kind, file.media_type, file.content) == (AttachmentKind.IMAGE, media_type, content)


def test_a_text_may_begin_like_a_picture():
    assert attached("a.txt", b"BMW and II* are words too").kind is AttachmentKind.TEXT


def test_a_text_that_is_too_large_is_refused():
    with pytest.raises(FileTooLargeError, match=r"2\.0 MB, at most 2 MB"):
        attached("a.txt", b"x" * (MAX_TEXT_BYTES + 1))


def test_a_file_is_read_from_disk(tmp_path):
    (tmp_path / "a.md").write_text(TEXT, "utf-8")

    assert read_file(tmp_path / "a.md").text == TEXT
    with pytest.raises(AttachmentError, match=r"b\.md cannot be read: No such file"):
        read_file(tmp_path / "b.md")


def test_a_path_that_cannot_be_looked_at_is_named(tmp_path):
    with pytest.raises(AttachmentError, match="cannot be read"):
        read_file(tmp_path / ("x" * 300))


def test_a_folder_and_an_empty_file_are_named(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.md").touch()

    with pytest.raises(FolderError, match=r"^sub is a folder\.$"):
        read_file(tmp_path / "sub")
    with pytest.raises(EmptyFileError, match=r"^a\.md is empty\.$"):
        read_file(tmp_path / "a.md")


def test_long_pastes_become_attachments():
    assert is_long_paste("x" * 4001)
    assert is_long_paste("x\n" * 80)
    assert not is_long_paste("a short question")


def test_tokens_are_estimated_for_text_only():
    assert estimated_tokens(attached("a.txt", b"x" * 400), 0.25) == 100
    assert estimated_tokens(attached("a.gif", b"GIF89a"), 0.25) is None
