"""Named sets of system prompt and parameters: shipped ones, the user's own, and LM Studio's."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ai_coder.errors import SettingsError, UnwritableFileError
from ai_coder.llm.lm_studio_presets import is_preset, preset_fields
from ai_coder.llm.models import GenerationParameters
from ai_coder.translation import QT_TRANSLATE_NOOP

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_VERSION = 1
_MOST_BYTES = 4_000_000
INPUT = "{input}"
"""Where a template's prompt takes in what the user writes."""


class UnreadableTemplateError(SettingsError):
    """A file of templates cannot be used."""

    message = QT_TRANSLATE_NOOP("errors", "{path} holds no templates that can be read: {reason}")
    hint = QT_TRANSLATE_NOOP("errors", "Choose a file that was exported here or by LM Studio.")


class Template(BaseModel):
    """A way to ask: *name* is what follows the slash in the prompt field."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    name: str = Field(pattern=r"^[\w-]{1,40}$")
    title: str = Field(min_length=1, max_length=80)
    description: str = ""
    prompt: str = ""
    """What the prompt field is filled with; `{input}` stands for what follows the command."""

    system_prompt: str = ""
    parameters: GenerationParameters = Field(default_factory=GenerationParameters)
    model: str | None = None
    """The model that suits best, as provider/model."""

    def filled(self, text: str) -> str:
        """Return the prompt with *text* in its place."""
        if INPUT in self.prompt:
            return self.prompt.replace(INPUT, text)
        return f"{self.prompt}\n\n{text}".strip() if self.prompt else text


class _File(BaseModel):
    model_config = ConfigDict(extra="ignore")

    version: int = _VERSION
    templates: tuple[Template, ...]


class Templates:
    """The shipped templates and the user's own, which replace shipped ones of the same name.

    `problem` says why the user's file could not be read; it is not written over then.
    """

    def __init__(self, shipped: Path, own: Path) -> None:
        self._shipped_file = shipped
        self._own_file = own
        self._shipped: dict[str, Template] = {}
        self._own: dict[str, Template] = {}
        self.problem: SettingsError | None = None

    def load(self) -> None:
        """Read both files."""
        self._shipped = _by_name(_read(self._shipped_file))
        self.problem = None
        try:
            self._own = _by_name(_read(self._own_file)) if self._own_file.exists() else {}
        except UnreadableTemplateError as error:
            self._own, self.problem = {}, error

    def all(self) -> list[Template]:
        """Return every template by title."""
        merged = self._shipped | self._own
        return sorted(merged.values(), key=lambda each: each.title.casefold())

    def get(self, name: str) -> Template | None:
        """Return the template of that name."""
        return self._own.get(name) or self._shipped.get(name)

    def is_own(self, name: str) -> bool:
        """Whether the user made or changed it."""
        return name in self._own

    def save(self, template: Template) -> None:
        """Keep *template*; raises `UnwritableFileError` and keeps everything as it was then."""
        self._write(self._own | {template.name: template})

    def remove(self, name: str) -> None:
        """Forget the user's template; a shipped one of that name comes back."""
        self._write({key: value for key, value in self._own.items() if key != name})

    def free_name(self, title: str) -> str:
        """Return a name for *title* that no template has yet."""
        stem = slug(title)
        taken = self._shipped.keys() | self._own.keys()
        number, name = 2, stem
        while name in taken:
            name, number = f"{stem[:36]}-{number}", number + 1
        return name

    def free_title(self, title: str) -> str:
        """Return *title*, with a number where a template has that title already."""
        taken = {template.title.casefold() for template in self.all()}
        number, free = 2, title
        while free.casefold() in taken:
            free, number = f"{title[:76]} {number}", number + 1
        return free

    def export_text(self, names: Iterable[str]) -> str:
        """Return templates as JSON for a file."""
        chosen = [found for name in names if (found := self.get(name))]
        return _text(chosen)

    def import_text(self, text: str | bytes, *, origin: str) -> list[Template]:
        """Keep and return what a file holds: our own export or a preset of LM Studio.

        A template whose name is taken gets another one. Raises `UnreadableTemplateError`.
        """
        added: dict[str, Template] = {}
        for template in parse_templates(text, origin=origin):
            name = template.name
            if (known := self.get(name)) is not None and known != template:
                name = self.free_name(template.title)
            elif known is not None:
                continue
            added[name] = template.model_copy(update={"name": name})
        if added:
            self._write(self._own | added)
        return list(added.values())

    def _write(self, own: dict[str, Template]) -> None:
        if self.problem is not None:
            raise self.problem
        path = self._own_file
        partial = path.with_suffix(".partial")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            partial.write_text(_text(own.values()), "utf-8")
            partial.replace(path)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise UnwritableFileError(path=path.name, reason=reason) from error
        self._own = own


def parse_templates(text: str | bytes, *, origin: str) -> list[Template]:
    """Return the templates in a file named *origin*; raises `UnreadableTemplateError`."""
    if len(text) > _MOST_BYTES:
        raise UnreadableTemplateError(path=origin, reason="it is too large.")
    document: object = None
    try:
        document = json.loads(text)
        if isinstance(document, dict) and is_preset(document):
            fields = preset_fields(document)
            title = str(fields["title"] or origin.partition(".")[0])[:80]
            return [Template.model_validate({**fields, "name": slug(title), "title": title})]
        if isinstance(document, dict) and "templates" not in document:
            document = {"templates": [document]}
        return list(_File.model_validate(document).templates)
    except ValidationError as error:
        raise UnreadableTemplateError(path=origin, reason=_mistake(document, error)) from error
    except (ValueError, RecursionError) as error:
        raise UnreadableTemplateError(path=origin, reason="it is not JSON.") from error


def _mistake(document: object, error: ValidationError) -> str:
    """Return the first mistake in the words of someone who wrote the file."""
    first = error.errors(include_url=False)[0]
    match first["loc"]:
        case ("templates", int(number)):
            return f"{_called(document, number)} is no template."
        case ("templates", int(number), *_, field):
            which = _called(document, number)
        case _:
            return "it has no list of templates."
    if first["type"] == "missing":
        return f"{which} has no “{field}”."
    if field == "name":
        return f"the “name” of {which} may have letters, digits, - and _ only, at most 40."
    given = json.dumps(first["input"], ensure_ascii=False, default=str)
    return f"the “{field}” of {which} cannot be {given[:60]}."


def _called(document: object, number: int) -> str:
    """Return what to call a template of a file: its title, or its place."""
    entries = document.get("templates") if isinstance(document, dict) else None
    entry = entries[number] if isinstance(entries, list) else None
    title = entry.get("title") if isinstance(entry, dict) else None
    return f"“{title[:80]}”" if title and isinstance(title, str) else f"template {number + 1}"


def slug(title: str) -> str:
    """Return *title* as the name of a command."""
    return re.sub(r"[^\w]+", "-", title.casefold()).strip("-")[:40].strip("-") or "template"


def _read(path: Path) -> list[Template]:
    try:
        return parse_templates(path.read_bytes(), origin=path.name)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UnreadableTemplateError(path=path.name, reason=reason) from error


def _by_name(templates: Iterable[Template]) -> dict[str, Template]:
    return {template.name: template for template in templates}


def _text(templates: Iterable[Template]) -> str:
    entries = [each.model_dump(mode="json", exclude_defaults=True) for each in templates]
    return json.dumps({"version": _VERSION, "templates": entries}, indent=2, ensure_ascii=False)
