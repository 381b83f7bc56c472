import re

import pytest

from ai_coder.markdown.blocks import split
from ai_coder.markdown.inline import LINE_BREAK, Style
from ai_coder.markdown.pieces import (
    CodePiece,
    ImagePiece,
    RulePiece,
    TablePiece,
    TextPiece,
    pieces_of,
)


@pytest.fixture
def pieces(parser):
    def read(text, **options):
        environment = {}
        return [
            piece
            for block in split(text, parser)
            for piece in pieces_of(block, parser, environment, **options)
        ]

    return read


def test_raw_html_is_text(pieces):
    block, inline = pieces("<script>alert(1)</script>\n\nsee <b onclick=x>this</b>")

    assert block.content.text == "<script>alert(1)</script>"
    assert block.is_verbatim
    assert inline.content.text == "see <b onclick=x>this</b>"
    assert not inline.content.spans


@pytest.mark.parametrize("url", ["javascript:alert(1)", "file:///etc/passwd", "vbscript:x"])
def test_dangerous_addresses_are_no_links(pieces, url):
    (piece,) = pieces(f"[x]({url}) ![y]({url}) <{url}>")

    assert not any(span.href for span in piece.content.spans)


def test_remote_pictures_are_links_never_pictures(pieces):
    (piece,) = pieces("![logo](https://example.org/logo.png)")

    assert isinstance(piece, TextPiece)
    assert piece.content.text == "logo"
    assert piece.content.spans[0].href == "https://example.org/logo.png"


def test_data_pictures_are_pictures(pieces):
    (piece,) = pieces("![dot](data:image/png;base64,iVBORw0KGgo=)")

    assert isinstance(piece, ImagePiece)
    assert piece.description == "dot"


@pytest.mark.parametrize("type_", ["png", "jpeg", "gif", "webp"])
def test_pictures_of_any_length_are_kept_whole(pieces, type_):
    url = f"data:image/{type_};base64," + "A7c+" * 50_000 + "A/=="

    (piece,) = pieces(f"![dot]({url})")

    assert isinstance(piece, ImagePiece)
    assert piece.url == url


def test_a_picture_that_still_arrives_is_shown_shortened(pieces):
    (short,) = pieces("So: ![dot](data:image/png;base64,iVBORw0KGgo")
    (long,) = pieces("So: ![dot](data:image/png;base64," + "A7cB" * 50_000)
    (other,) = pieces("![dot](data:image/png;base64," + "A7cB" * 50 + " and so on")

    assert short.content.text == "So: ![dot](data:image/png;base64,iVBORw0KGgo"
    assert long.content.text == f"So: ![dot](data:image/png;base64,{('A7cB' * 20)[:38]}\u2026"
    assert other.content.text.endswith("A7cB and so on")


DOT = "data:image/png;base64,iVBORw0KGgo="


def test_pictures_in_a_sentence_stand_between_its_words(pieces):
    before, picture, after = pieces(f"- In **a ![dot]({DOT}) bold** sentence ![]({DOT})")[:3]

    assert (before.content.text.strip(), before.place.marker) == ("In a", "\u2022")
    assert (picture.description, picture.place.path, picture.place.marker) == ("dot", "L", "")
    assert after.content.text.strip() == "bold sentence"
    assert [(s.start, s.length, s.style) for s in after.content.spans] == [(0, 4, Style.BOLD)]


def test_a_picture_that_begins_an_item_has_its_marker(pieces):
    picture, words = pieces(f"1. ![dot]({DOT}) and words")

    assert isinstance(picture, ImagePiece)
    assert (picture.place.marker, words.place.marker) == ("1.", "")
    assert words.content.text == "and words"


def test_a_link_goes_on_behind_a_picture_in_it(pieces):
    _picture, words = pieces(f"[![dot]({DOT}) more](https://example.org)")

    assert [(s.start, s.length, s.href) for s in words.content.spans] == [
        (0, 4, "https://example.org")
    ]


def test_styles_count_utf16_units(pieces):
    (piece,) = pieces("🙂 **bold** ~~gone~~ `code`")

    assert [(span.start, span.length, span.style) for span in piece.content.spans] == [
        (3, 4, Style.BOLD),
        (8, 4, Style.STRIKE),
        (13, 4, Style.CODE),
    ]


def test_bare_addresses_become_links(pieces):
    (piece,) = pieces("see https://example.org/a_b_c now")

    assert [span.href for span in piece.content.spans] == ["https://example.org/a_b_c"]


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("Use @dataclass in models.py and utils.py, then run build.sh.", []),
        (
            "Edit README.md as shown at https://docs.python.org/3/.",
            ["https://docs.python.org/3/"],
        ),
        (
            "(www.example.org/a_b) and WWW.example.org.",
            ["http://www.example.org/a_b", "http://WWW.example.org"],
        ),
        (
            "me@example.org, mailto:you@example.org",
            ["mailto:me@example.org", "mailto:you@example.org"],
        ),
        (
            "http://localhost:1234/v1 at ftp://example.org",
            ["http://localhost:1234/v1", "ftp://example.org"],
        ),
        ("my.www.example.org://x //example.org C://x.py", []),
    ],
)
def test_only_what_is_written_as_an_address_becomes_a_link(pieces, text, addresses):
    (piece,) = pieces(text)

    assert [span.href for span in piece.content.spans] == addresses
    assert piece.content.text == text


@pytest.mark.parametrize("words", ["https://example.org/a", "www.example.org", "**b**", "`c`"])
def test_what_has_thousands_of_marks_is_plain_text(pieces, words):
    few, many = pieces(f"{words} " * 100 + "\n\n" + f"{words} " * 1000 + "\n" + words)

    assert len(few.content.spans) == 100
    assert not many.content.spans
    assert many.content.text == f"{words} " * 1000 + words


def test_line_ends(pieces):
    (soft,) = pieces("a\nb")
    (kept,) = pieces("a\nb", keep_breaks=True)
    (hard,) = pieces("a  \nb<br>c\\\nd")

    assert soft.content.text == "a b"
    assert kept.content.text == f"a{LINE_BREAK}b"
    assert hard.content.text == LINE_BREAK.join("abcd")


def test_math_stays_as_written(pieces):
    (piece,) = pieces(r"$a_1 * b_1$ and \(c_2*d_2\) but $5 and $6")

    assert piece.content.text == r"$a_1 * b_1$ and \(c_2*d_2\) but $5 and $6"
    assert not piece.content.spans


@pytest.mark.parametrize(
    "formula",
    [
        r"\( a*b*c \)",
        r"\( a_b * c_d * e \)",
        "$$\nx\n- y\n$$",
        "$$\na\n=\nb\n$$",
        "$$\n# x\n$$",
        "$$\n> 0\n$$",
        "\\[\n1. x\n+ y_1 * z_1\n\\]",
        "$$\n\\begin{aligned}\n  a &= b \\\\\n  c &= d\n\\end{aligned}\n$$",
    ],
)
def test_formulas_lose_nothing(pieces, formula):
    (piece,) = pieces(formula)

    assert piece.content.text == formula.replace("\n", LINE_BREAK)
    assert not piece.content.spans
    assert (piece.level, piece.place.path, piece.is_verbatim) == (0, "", False)


def test_formulas_stand_in_lists_and_quotes(pieces):
    found = pieces("- so\n  $$\n  - x\n  $$\n> $$\n> # y\n> $$\n")

    assert [(piece.place.path, piece.content.text) for piece in found] == [
        ("L", "so"),
        ("L", LINE_BREAK.join(("$$", "- x", "$$"))),
        ("Q", LINE_BREAK.join(("$$", "# y", "$$"))),
    ]


@pytest.mark.parametrize("text", ["costs $$ 5", "a $$", "    $$\n    - x", "`$$`"])
def test_other_dollars_begin_no_formula(pieces, text):
    found = pieces(f"{text}\n\n- item")

    assert found[-1].place.marker == "\u2022"


def test_task_lists_have_boxes(pieces):
    done, todo = pieces("- [x] done\n- [ ] todo")

    assert (done.place.marker, done.content.text) == ("\u2611", "done")
    assert (todo.place.marker, todo.content.text) == ("\u2610", "todo")


def test_nested_structure(pieces):
    found = pieces("1. a\n   - b\n\n     ```py\n     x\n     ```\n   > q\n2. c\n\n---\n")

    assert [(type(piece), piece.place.path, piece.place.marker) for piece in found] == [
        (TextPiece, "L", "1."),
        (TextPiece, "LL", "◦"),
        (CodePiece, "LL", ""),
        (TextPiece, "LQ", ""),
        (TextPiece, "L", "2."),
        (RulePiece, "", ""),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "\n".join("  " * depth + f"- w{depth}" for depth in range(120)),
        "\n".join("   " * depth + f"1. w{depth}\n" for depth in range(120)),
        "\n".join(">" * depth + f" w{depth}" for depth in range(1, 600)),
        "\n".join("> - " * depth + f"w{depth}" for depth in range(1, 60)),
        "\n".join(
            ["  " * depth + f"- w{depth}" for depth in range(60)] + ["- w60", "w61", "", "w62"]
        ),
        ">" * 80 + " w0\n>> w1\nw2\n\nw3",
    ],
)
def test_nothing_is_nested_too_deeply_to_be_shown(pieces, text):
    found = " ".join(piece.content.text for piece in pieces(text))

    assert sorted(re.findall(r"w\d+", found)) == sorted(re.findall(r"w\d+", text))


def test_tables_have_alignment_and_equal_rows(pieces):
    (table,) = pieces("| a | b | c |\n|:--|:-:|--:|\n| 1 \\| 2 |\n| x | y | z | w |\n")

    assert isinstance(table, TablePiece)
    assert table.alignments == ("left", "center", "right")
    assert table.rows == (("a", "b", "c"), ("1 | 2", "", ""), ("x", "y", "z"))


def test_reference_links_find_definitions_in_other_blocks(parser):
    blocks = split("[a]: https://example.org\n\nsee [a]\n", parser)
    environment = {}
    pieces_of(blocks[0], parser, environment)

    (piece,) = pieces_of(blocks[1], parser, environment)

    assert piece.content.spans[0].href == "https://example.org"


def test_thousands_of_brackets_are_read_quickly(pieces):
    (piece,) = pieces("[" * 5000)

    assert len(piece.content.text) == 5000


@pytest.mark.parametrize("opener", ["\\( ", "\\[ ", "a://", "http://", "`a ", "_a "])
def test_thousands_of_things_never_closed_lose_nothing(pieces, opener):
    (piece,) = pieces("x " + opener * 5000)

    assert len(piece.content.text) >= 5000


def test_a_formula_begins_where_it_was_opened_last(pieces):
    (piece,) = pieces(r"\( a_1 and \( b_1 * c_1 \) and *d*")

    assert piece.content.text == r"( a_1 and \( b_1 * c_1 \) and d"
