"""Streams are closed by whoever reads them, not by the garbage collector."""

import ast
from pathlib import Path

MODULES = sorted((Path(__file__).parents[1] / "ai_coder").rglob("*.py"))


def is_generator(node):
    is_context = any("contextmanager" in ast.unparse(d) for d in node.decorator_list)
    return not is_context and any(isinstance(each, ast.Yield) for each in ast.walk(node))


def called(node):
    """Return the name of what an `async for` calls, "" when it reads a variable."""
    if not isinstance(node, ast.AsyncFor) and not getattr(node, "is_async", False):
        return ""
    function = getattr(node.iter, "func", None)
    return getattr(function, "attr", getattr(function, "id", ""))


def test_generators_of_ours_are_read_under_aclosing():
    nodes = {path: list(ast.walk(ast.parse(path.read_text("utf-8")))) for path in MODULES}
    ours = {
        node.name
        for each in nodes.values()
        for node in each
        if isinstance(node, ast.AsyncFunctionDef) and is_generator(node)
    }

    unclosed = [
        f"{path.name}:{node.iter.lineno}"
        for path, each in nodes.items()
        for node in each
        if called(node) in ours
    ]

    assert "stream_chat" in ours
    assert unclosed == []
