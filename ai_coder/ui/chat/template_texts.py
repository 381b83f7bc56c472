"""What is written in the editor of templates, and what of it is not saved yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ai_coder.llm.templates import Template


class TemplateTexts(NamedTuple):
    """The parts of a template that are edited as text."""

    title: str = ""
    description: str = ""
    prompt: str = ""
    system_prompt: str = ""

    @classmethod
    def of(cls, template: Template | None) -> TemplateTexts:
        """Return those of *template*; nothing is written for one that is not there yet."""
        if template is None:
            return cls()
        return cls(*(getattr(template, name) for name in cls._fields))

    def applied_to(self, template: Template) -> Template:
        """Return *template* with these texts."""
        return template.model_copy(update=self._asdict())


class TemplateDrafts:
    """Edited texts by the name of their template; those of a new one have an empty name."""

    def __init__(self) -> None:
        self._texts: dict[str, TemplateTexts] = {}
        self._known: Mapping[str, Template] = {}

    def names(self) -> list[str]:
        """Return the templates with texts that are not saved."""
        return list(self._texts)

    def set_known(self, templates: Mapping[str, Template]) -> None:
        """Take *templates* for what is saved."""
        self._known = templates
        for name, texts in list(self._texts.items()):
            self.note(name, texts)

    def texts(self, name: str) -> TemplateTexts:
        """Return what is written for a template."""
        return self._texts.get(name) or TemplateTexts.of(self._known.get(name))

    def note(self, name: str, texts: TemplateTexts) -> None:
        """Remember what is written, unless it is saved so."""
        self._texts.pop(name, None)
        if texts != TemplateTexts.of(self._known.get(name)):
            self._texts[name] = texts

    def forget(self, name: str) -> None:
        """Let go of what is written for a template."""
        self._texts.pop(name, None)
