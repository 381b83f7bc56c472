"""Files that go with a prompt: read, recognised, and refused in words."""

from __future__ import annotations

import codecs
import mimetypes
import re
import stat
from typing import TYPE_CHECKING

from ai_coder.chat.conversation import AttachedFile, AttachmentKind
from ai_coder.chat.surrogates import repaired
from ai_coder.errors import AICoderError
from ai_coder.translation import QT_TRANSLATE_NOOP

if TYPE_CHECKING:
    from pathlib import Path

MAX_TEXT_BYTES = 2 * 1024 * 1024
MAX_IMAGE_BYTES = 20 * 1024 * 1024
LONG_PASTE_CHARACTERS = 4000
LONG_PASTE_LINES = 80

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins like UTF-16's, so it comes first
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_FALLBACK = "cp1252"
"""Windows' superset of Latin-1, which any bytes can be read as."""

_LINE_BREAKERS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_CONTROL = bytes(set(range(32)) - {7, 8, 9, 10, 12, 13, 27})


class AttachmentError(AICoderError):
    """A file cannot go with a prompt."""

    message = QT_TRANSLATE_NOOP("errors", "{name} cannot be read: {reason}")
    hint = QT_TRANSLATE_NOOP("errors", "Check that the file exists and may be read.")


class BinaryFileError(AttachmentError):
    """The file is neither text nor a picture."""

    message = QT_TRANSLATE_NOOP("errors", "{name} is not a text file or a picture.")
    hint = QT_TRANSLATE_NOOP(
        "errors", "Attach text, source code, PNG, JPEG, WebP, GIF, BMP or TIFF files."
    )


class PdfError(BinaryFileError):
    """What is in a PDF are instructions to paint pages, also where they are written in letters."""

    message = QT_TRANSLATE_NOOP("errors", "{name} is a PDF, which models cannot read as it is.")
    hint = QT_TRANSLATE_NOOP("errors", "Attach its text, or pictures of its pages.")


class FolderError(AttachmentError):
    """A folder is no file."""

    message = QT_TRANSLATE_NOOP("errors", "{name} is a folder.")
    hint = QT_TRANSLATE_NOOP("errors", "Attach the files in it.")


class NoFileError(AttachmentError):
    """A pipe, a socket or a device, which may never come to an end."""

    message = QT_TRANSLATE_NOOP("errors", "{name} is not a file.")
    hint = QT_TRANSLATE_NOOP("errors", "Save what it gives into a file, and attach that.")


class EmptyFileError(AttachmentError):
    """There is nothing to read for a model."""

    message = QT_TRANSLATE_NOOP("errors", "{name} is empty.")
    hint = QT_TRANSLATE_NOOP("errors", "Save the file first if it is open elsewhere.")


class DamagedPictureError(AttachmentError):
    """The file begins like a picture, and cannot be decoded."""

    message = QT_TRANSLATE_NOOP("errors", "The picture {name} is damaged.")
    hint = QT_TRANSLATE_NOOP("errors", "Save it again, or attach another one.")


class FileTooLargeError(AttachmentError):
    """The file is larger than models can sensibly read."""

    message = QT_TRANSLATE_NOOP("errors", "{name} is too large: {size} MB, at most {limit} MB.")
    hint = QT_TRANSLATE_NOOP("errors", "Attach only the part that matters.")


class FilesRefusedError(AttachmentError):
    """Several files that were given together cannot go with a prompt; `raw` has the reasons."""

    message = QT_TRANSLATE_NOOP("errors", "{count} files were not attached: {names}")
    hint = QT_TRANSLATE_NOOP("errors", "The details say why.")


def read_file(path: Path) -> AttachedFile:
    """Read a file for a prompt; raises AttachmentError. Call it in a worker thread."""
    try:
        if path.is_dir():
            raise FolderError(name=path.name)
        if not stat.S_ISREG(path.stat().st_mode):
            raise NoFileError(name=path.name)
        with path.open("rb") as file:
            content = file.read(MAX_IMAGE_BYTES + 1)
        size = path.stat().st_size
    except OSError as error:
        reason = error.strerror or str(error)
        raise AttachmentError(name=path.name, reason=reason, raw=str(error)) from error
    if not content:
        raise EmptyFileError(name=path.name)
    return attached(path.name, content, max(size, len(content)))


def attached(name: str, content: bytes, size: int | None = None) -> AttachedFile:
    """Recognise the content of a file; `size` is the whole file's if more than was read."""
    name = shown_name(name)
    size = len(content) if size is None else size
    media_type = image_type(content) or _other_image_type(content)
    if media_type:
        _check_size(name, size, MAX_IMAGE_BYTES)
        return AttachedFile(name, AttachmentKind.IMAGE, media_type, content)
    if content.startswith(b"%PDF-"):
        raise PdfError(name=name)
    read = _read(content)
    if read is None:
        raise BinaryFileError(name=name)
    text, encoding = read
    _check_size(name, size, MAX_TEXT_BYTES)
    media_type = mimetypes.guess_type(name)[0] or "text/plain"
    is_guess = encoding == _FALLBACK
    return AttachedFile(name, AttachmentKind.TEXT, media_type, text.encode(), is_guess=is_guess)


def shown_name(name: str) -> str:
    """Return the name of a file in one line that can be stored: names may hold any sign."""
    return repaired(_LINE_BREAKERS.sub(" ", name))


def pasted(text: str) -> AttachedFile:
    """Return long pasted text as an attachment; raises FileTooLargeError."""
    content = text.encode("utf-8", "replace")
    _check_size("pasted.txt", len(content), MAX_TEXT_BYTES)
    return AttachedFile("pasted.txt", AttachmentKind.TEXT, "text/plain", content)


def is_long_paste(text: str) -> bool:
    """Whether pasted text is better shown as an attachment than in the prompt."""
    return len(text) > LONG_PASTE_CHARACTERS or text.count("\n") >= LONG_PASTE_LINES


def image_type(content: bytes) -> str | None:
    """Return the media type of a picture by its first bytes, if it is one that pages show."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return None


def decoded(content: bytes) -> str | None:
    """Return the words of a text file in UTF-8, UTF-16, UTF-32 or Latin-1; None for binary."""
    read = _read(content)
    return read[0] if read is not None else None


def estimated_tokens(file: AttachedFile, tokens_per_character: float) -> int | None:
    """Return about how many tokens a text costs; None for pictures, whose cost models differ in.

    The ratio comes from what the server of the model counted before.
    """
    if file.kind is AttachmentKind.IMAGE:
        return None
    return round(len(file.text) * tokens_per_character)


def _read(content: bytes) -> tuple[str, str] | None:
    """Return the words of a text file and their encoding; None for binary."""
    marked = next((code for mark, code in _BYTE_ORDER_MARKS if content.startswith(mark)), None)
    encoding = marked or _wide_encoding(content)
    if encoding is None and any(byte in content for byte in _CONTROL):
        return None
    try:
        return content.decode(encoding or "utf-8"), encoding or "utf-8"
    except UnicodeDecodeError:
        # The few bytes that it leaves open become replacement marks.
        return None if encoding else (content.decode(_FALLBACK, "replace"), _FALLBACK)


def _other_image_type(content: bytes) -> str | None:
    """Recognise pictures that are converted before they are sent."""
    if content.startswith((b"II*\x00", b"MM\x00*")):
        return "image/tiff"
    # Two letters begin many a text, so the zeros that follow the size must be there as well.
    if content.startswith(b"BM") and content[6:10] == bytes(4) and content[15:18] == bytes(3):
        return "image/bmp"
    return None


def _wide_encoding(content: bytes) -> str | None:
    """Recognise UTF-16 without a mark: every other byte of plain text is zero."""
    sample = content[:4096]
    half = len(sample) // 2
    if half < 2 or len(content) % 2:
        return None
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if odd > half * 0.6 and even < half * 0.1:
        return "utf-16-le"
    if even > half * 0.6 and odd < half * 0.1:
        return "utf-16-be"
    return None


def _check_size(name: str, size: int, limit: int) -> None:
    if size > limit:
        megabyte = 1024 * 1024
        raise FileTooLargeError(
            name=name, size=f"{size / megabyte:.1f}", limit=f"{limit / megabyte:.0f}"
        )
