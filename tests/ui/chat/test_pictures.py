"""Pictures in the transcript: those that are shown, and those that must not be opened."""

import base64

import pytest
from PyQt6.QtCore import QBuffer, QByteArray, QSize, Qt
from PyQt6.QtGui import QBitmap, QColor, QImage, QRegion

from ai_coder.ui.chat.raster_picture import RasterPicture
from tests.ui.chat.transcript_texts import answer, prompt

SECRET = "#12ab56"
VECTOR = """\
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" \
width="40" height="40"><rect width="40" height="40" fill="red"/>\
<image xlink:href="{target}" width="40" height="40"/></svg>"""


def picture(size, color, kind="PNG"):
    image = QImage(size, size, QImage.Format.Format_RGB32)
    image.fill(QColor(color))
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    image.save(buffer, kind)
    return bytes(data)


def address(data, media_type="image/png"):
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"


def shown(data, media_type="image/png"):
    """An answer with a picture in it."""
    return answer(1, f"![The chart]({address(data, media_type)})")


def first_item(transcript):
    transcript.viewport().repaint()
    return transcript._layout.view(0).blocks[0].items[0]


@pytest.fixture(params=["{path}", "file://{path}"])
def vector(request, tmp_path):
    """A vector graphic that shows a picture of this computer."""
    path = tmp_path / "secret.png"
    path.write_bytes(picture(40, SECRET))
    return VECTOR.format(target=request.param.format(path=path.as_posix())).encode()


def test_data_url_pictures_are_decoded(transcript, qtbot):
    transcript.set_messages([shown(picture(10, "red"))])
    item = first_item(transcript)

    qtbot.waitUntil(lambda: item._image is not None)

    assert (item._image.width(), item.height) == (10, 10)


def test_a_vector_graphic_is_its_description_whatever_it_is_said_to_be(transcript, vector, qtbot):
    transcript.set_messages([shown(vector)])

    item = first_item(transcript)

    assert item._size.isEmpty()
    assert item.text == "The chart"
    assert not item._is_loading


def test_a_vector_graphic_is_never_decoded(vector):
    assert RasterPicture(vector).size().isEmpty()
    assert RasterPicture(vector).decoded().isNull()


def test_a_vector_graphic_behind_the_first_bytes_of_a_picture_is_not_decoded(vector):
    assert RasterPicture(b"\x89PNG\r\n\x1a\n" + vector).decoded().isNull()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_pixels_are_read(qapp, kind):
    assert RasterPicture(picture(10, "red", kind)).decoded().size().width() == 10


def test_attached_pictures_are_shown(transcript):
    transcript.set_messages([prompt(1)])
    first_item(transcript)
    height = transcript._layout.height(0)

    transcript.set_messages([prompt(1, images=(picture(40, Qt.GlobalColor.red),))])
    first_item(transcript)

    assert transcript._layout.height(0) > height


def in_table(cell, alignment="---"):
    return answer(1, f"| a | b |\n|---|{alignment}|\n| x | {cell} |\n| y | z |\n")


def colored(transcript, color):
    """Return the part of the transcript that shows a colour."""
    image = transcript.viewport().grab().toImage()
    same = image.createMaskFromColor(QColor(color).rgb(), Qt.MaskMode.MaskOutColor)
    return QRegion(QBitmap.fromImage(same)).boundingRect()


def test_a_picture_alone_in_a_cell_is_shown_there(transcript, qtbot):
    transcript.set_messages([in_table(f"![The chart]({address(picture(30, SECRET))})")])

    table = first_item(transcript)

    qtbot.waitUntil(lambda: not colored(transcript, SECRET).isEmpty())
    assert colored(transcript, SECRET).size() == QSize(30, 30)
    assert table.text == "a\tb\nx\tThe chart\ny\tz"


def test_a_picture_in_a_cell_stands_where_the_column_is_aligned(transcript, qtbot):
    cell = f"![]({address(picture(30, SECRET))})"
    wide = f"![]({address(picture(120, 'blue'))})"
    text = f"| a |\n|--:|\n| {cell} |\n| {wide} |\n"
    transcript.set_messages([answer(1, text)])
    first_item(transcript)

    for color in (SECRET, "blue"):
        qtbot.waitUntil(lambda color=color: not colored(transcript, color).isEmpty())
    assert colored(transcript, SECRET).right() == colored(transcript, "blue").right()


def test_a_large_picture_in_a_cell_is_scaled_down(transcript):
    transcript.set_messages([in_table(f"![The chart]({address(picture(900, SECRET))})")])

    table = first_item(transcript)

    assert table.height < 300
    assert table.scroll_range == 0


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("See ![The chart]({png}) now", "See [picture: The chart] now"),
        ("![]({png}) ![two]({png})", "[picture] [picture: two]"),
        ("![The chart](data:image/png;base64,AAAA)", "[picture: The chart]"),
        ("![The chart](https://example.org/x.png)", "The chart"),
    ],
)
def test_where_a_cell_cannot_show_a_picture_words_say_that_it_is_one(transcript, cell, words):
    transcript.set_messages([in_table(cell.replace("{png}", address(picture(30, "red"))))])

    assert first_item(transcript).text == f"a\tb\nx\t{words}\ny\tz"
