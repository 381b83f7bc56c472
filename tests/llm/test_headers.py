"""Headers that the user adds for a gateway: read, refused, and written back."""

import pytest
from pydantic import ValidationError

from ai_coder.errors import SettingsError
from ai_coder.llm.headers import headers_text, parsed_headers
from ai_coder.llm.models import ProviderConfig


def test_headers_stand_one_on_each_line():
    headers = parsed_headers(" X-Team: compilers\n\nX-Route : http://inner:8080/a: b \n")

    assert headers == {"X-Team": "compilers", "X-Route": "http://inner:8080/a: b"}
    assert parsed_headers(headers_text(headers)) == headers
    assert parsed_headers(" \n") == {}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("X-Team", "a name, a colon and a value"),
        ("X Team: compilers", "“X Team” is not the name of a header"),
        (": compilers", "not the name"),
        ("X-Team: caf\u00e9", "more than plain letters"),
        ("X-Team: a\tb", "more than plain letters"),
        ("authorization: Bearer sk-abc", "authorization belongs to the key"),
        ("X-Api-Key: sk-abc", "belongs to the key"),
        ("Host: elsewhere", "set by each request itself"),
    ],
)
def test_what_cannot_be_a_header_here_is_refused(text, words):
    with pytest.raises(SettingsError, match=words):
        parsed_headers(text)


@pytest.mark.parametrize("headers", [{"X-Team": "caf\u00e9"}, {"X\u2013Team": "a"}, {"": "a"}])
def test_a_settings_file_cannot_bring_headers_that_no_request_carries(headers):
    with pytest.raises(ValidationError, match="headers"):
        ProviderConfig(headers=headers)
