from __future__ import annotations

import random

import pytest

from ai_coder.chat.unspaced import expression, is_unspaced, pieces

SIGNS = [*"中文测试日本ファイルไทย", *"Pyt19", *" .，。・-", "ß", "É", "İ", "한", "\0", "😀", "𠮷"]


def looked_up(term):
    """The pieces that a term is looked up by."""
    return set(expression([term]).replace('"', "").split())


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("plain Latin", set()),
        ("中文", {"中", "文", "中文"}),
        ("中，文", {"中", "文"}),
        ("的API文", {"的", "文", "api"}),
        ("文 Case 12", {"文", "cas", "ase"}),
        ("ไทย", {"ไ", "ท", "ย", "ไท", "ทย"}),
    ],
)
def test_only_texts_with_such_scripts_have_pieces(text, found):
    assert pieces(text) == found


@pytest.mark.parametrize("seed", range(20))
def test_what_a_text_contains_is_looked_up_by_pieces_that_the_text_has(seed):
    chance = random.Random(seed)
    for _ in range(100):
        text = "".join(chance.choices(SIGNS, k=chance.randrange(1, 40)))
        start = chance.randrange(len(text))
        term = text[start : start + chance.randrange(1, 20)]
        term = "".join(
            chance.choice((each, each.lower(), each.upper())) if each.isascii() else each
            for each in term
        )

        if is_unspaced(text):
            assert looked_up(term) <= pieces(text)


def test_a_long_text_is_looked_up_by_some_of_its_pieces_from_all_over():
    text = "".join(chr(0x4E00 + number) for number in range(1000))

    wanted = looked_up(text)

    assert len(wanted) == 12
    assert any(piece in text[:100] for piece in wanted)
    assert any(piece in text[-100:] for piece in wanted)
