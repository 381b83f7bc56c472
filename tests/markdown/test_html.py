"""Markdown as HTML for exports."""

from ai_coder.markdown.html import HtmlWriter


def test_brackets_elsewhere_in_a_long_text_take_no_link_away():
    code = "```\n" + "x[i] = y[i]\n" * 500 + "```\n"
    writer = HtmlWriter(lambda _url: "")

    html = writer.html(f"{code}\n[a](https://example.org) and https://example.org/b\n\n{code}")

    assert '<a href="https://example.org">a</a>' in html
    assert '<a href="https://example.org/b">https://example.org/b</a>' in html


def test_what_is_nested_deeply_is_exported():
    html = HtmlWriter(lambda _url: "").html("\n".join("  " * n + f"- w{n}." for n in range(50)))

    assert all(f"w{number}." in html for number in range(50))
