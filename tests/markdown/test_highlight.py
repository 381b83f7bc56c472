import pytest
from pygments.lexers import get_lexer_by_name

from ai_coder.markdown.highlight import LONGEST_LINE, START, LineLexer, load_lexer

SOURCES = {
    "python": 'def f(x):\n    """Two\n    lines."""\n    return x + 1  # done\n@d\nclass A: pass\n',
    "javascript": "/* two\n lines */\nconst a = `x ${b}\n y`;\n",
    "rust": 'fn main() { /* a\n b */ let s = "x\n y"; }\n',
    "bash": "# x\nif [ $a ]; then\n  ls /tmp/* 'b'\nfi\n",
    "css": "a { /* x\n y */ color: red; }\n",
    "html": "<div class='a'>\n<!-- x\ny -->\n</div>\n",
    "c": "#define A \\\n 1\n/* x\n*/ int a;\n",
}


@pytest.mark.parametrize("language", SOURCES)
def test_lines_alone_are_coloured_as_the_whole_text_is(language):
    source = SOURCES[language]
    lexer = load_lexer(language)
    roles = LineLexer(get_lexer_by_name(language))
    expected = [
        (start + offset, roles._role(token))
        for start, token, text in get_lexer_by_name(language).get_tokens_unprocessed(source)
        for offset, character in enumerate(text)
        if not character.isspace() and roles._role(token)
    ]

    found, state, position = [], START, 0
    for line in source.split("\n")[:-1]:
        runs, state = lexer.lex(line, state)
        found += [
            (position + start + offset, role)
            for start, length, role in runs
            for offset in range(length)
            if not line[start + offset : start + offset + 1].isspace()
            and start + offset < len(line)
        ]
        position += len(line) + 1

    assert found == expected


def test_comment_signs_in_strings_open_nothing():
    lexer = load_lexer("c")

    _runs, state = lexer.lex('char *a = "/*"; /* done */ int b;', START)

    assert state == START


def test_unknown_languages_have_no_lexer():
    assert load_lexer("no such language") is None


def test_languages_without_line_states_are_coloured_too():
    runs, _state = load_lexer("yaml").lex("key: 'value'", START)

    assert runs


def test_huge_lines_stay_plain():
    assert load_lexer("json").lex("[1]" * LONGEST_LINE, START) == ([], START)


def test_positions_count_utf16_units():
    runs, _state = load_lexer("python").lex("'🙂'; x = 1", START)

    assert runs[-1] == (10, 1, "number")
