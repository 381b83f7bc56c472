import pytest

from ai_coder.markdown.parser import MarkdownParser


@pytest.fixture(scope="session")
def parser():
    return MarkdownParser()
