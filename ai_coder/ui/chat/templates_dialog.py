"""The window in which templates are made, changed, imported and exported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import Qt, pyqtSignal, pyqtSlot
from PyQt6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from ai_coder.llm.templates import Template, slug
from ai_coder.ui.chat.parameter_words import set_parameters
from ai_coder.ui.chat.template_texts import TemplateDrafts, TemplateTexts
from ai_coder.ui.widgets.buttons import button
from ai_coder.ui.widgets.dialog_size import open_at
from ai_coder.ui.widgets.label import label
from ai_coder.ui.widgets.pair_delegate import PairDelegate
from ai_coder.ui.widgets.unsaved_question import ask_about_unsaved

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from ai_coder.ui.theme import Theme

_NAME = Qt.ItemDataRole.UserRole
_COMMAND = Qt.ItemDataRole.UserRole + 1


class TemplatesDialog(QDialog):
    """Shows one template at a time; its owner keeps them and tells what they are now.

    Parameters and the preferred model of a template are kept as they are: they are set in the
    panel beside a chat, with *Save as template* or *Update*. What is written stays while another
    template is looked at, and closing asks about it.
    """

    save_requested = pyqtSignal(Template)
    remove_requested = pyqtSignal(str)
    import_requested = pyqtSignal()
    export_requested = pyqtSignal(list)
    """The names to export: the chosen one, or all where none is."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._templates: dict[str, Template] = {}
        self._own: Collection[str] = ()
        self._drafts = TemplateDrafts()
        self._shown = ""
        """The template in the fields; empty for a new one."""

        self._awaited = ""
        """A template that was new and is being saved."""

        self.setObjectName("templatesDialog")
        self.setWindowTitle(self.tr("Templates"))
        self._list = QListWidget(self)
        self._list.setObjectName("templateList")
        self._list.setProperty("look", "menu")
        self._list.setItemDelegate(PairDelegate(theme, _COMMAND, self._list))
        self._list.setAccessibleName(self.tr("Templates"))
        self._title = self._line("templateTitle", self.tr("Title"))
        self._description = self._line("templateDescription", self.tr("Description"))
        self._prompt = self._text("templatePrompt", self.tr("Prompt"))
        self._prompt.setPlaceholderText(self.tr("{input} stands for what is written after it"))
        self._system_prompt = self._text("templateSystemPrompt", self.tr("System prompt"))
        self._extras = label("", "small", self, wrap=True)
        self._extras.setObjectName("templateExtras")
        self._problem = label("", "failed", self, wrap=True)
        self._new = button(self.tr("New"), "", self)
        self._import = button(self.tr("Import…"), "ghost", self)
        self._export = button(self.tr("Export…"), "ghost", self)
        self._remove = button(self.tr("Delete"), "danger", self)
        self._save = button(self.tr("Save"), "primary", self)
        for name, made in (("new", self._new), ("remove", self._remove), ("save", self._save)):
            made.setObjectName(f"{name}TemplateButton")
        self._lay_out()
        self._connect()
        open_at(self, theme, 820, 560)
        self.set_templates((), ())

    def set_templates(self, templates: Sequence[Template], own: Collection[str]) -> None:
        """Show *templates*; those named in *own* can be deleted."""
        self._note_draft()
        self._templates = {each.name: each for each in templates}
        self._own = own
        chosen = self._chosen()
        if self._awaited in self._templates:
            chosen, self._awaited = self._awaited, ""
            self._drafts.forget("")
        self._drafts.set_known(self._templates)
        self._list.blockSignals(True)
        self._list.clear()
        for each in templates:
            item = QListWidgetItem(each.title)
            item.setData(_NAME, each.name)
            item.setData(_COMMAND, f"/{each.name}")
            self._list.addItem(item)
            if each.name == chosen:
                self._list.setCurrentItem(item)
        if self._list.currentRow() < 0 and "" not in self._drafts.names():
            self._list.setCurrentRow(0)
        self._list.blockSignals(False)
        self._show_chosen()
        self._mark_drafts()

    def choose(self, name: str) -> None:
        """Show the template of that name."""
        rows = range(self._list.count())
        items = (item for row in rows if (item := self._list.item(row)) is not None)
        self._list.setCurrentItem(next((i for i in items if i.data(_NAME) == name), None))

    def set_problem(self, text: str) -> None:
        """Say in words why something could not be saved or imported."""
        self._problem.setText(text)
        self._problem.setVisible(bool(text))

    def _chosen(self) -> str:
        item = self._list.currentItem()
        return str(item.data(_NAME)) if item is not None else ""

    @pyqtSlot()
    def _show_chosen(self) -> None:
        name = self._shown = self._chosen()
        template = self._templates.get(name)
        self._fill(self._drafts.texts(name))
        self._extras.setText(self._words_for_extras(template) if template else "")
        self._extras.setVisible(bool(self._extras.text()))
        is_changed_or_own = name in self._own
        self._remove.setEnabled(is_changed_or_own)
        self._remove.setVisible(is_changed_or_own)
        self.set_problem("")
        self._refresh()

    def _words_for_extras(self, template: Template) -> str:
        """Return what a template sets besides what can be edited here."""
        parts = set_parameters(template.parameters)
        if template.model:
            parts.append(self.tr("model {model}").format(model=template.model))
        return self.tr("Sets too: {parts}").format(parts=" · ".join(parts)) if parts else ""

    @pyqtSlot()
    def _begin_new(self) -> None:
        self._list.setCurrentRow(-1)
        self._choose()
        self._title.setFocus()

    @pyqtSlot()
    def _choose(self) -> None:
        """Show what was chosen in the list, and keep what is written."""
        self._note_draft()
        self._show_chosen()

    @pyqtSlot()
    def _ask_to_save(self) -> None:
        self._note_draft()
        self._save_texts(self._shown)

    def _save_texts(self, name: str) -> None:
        texts, template = self._drafts.texts(name), self._templates.get(name)
        if template is None:
            self._awaited = self._free_name(texts.title)
            template = Template(name=self._awaited, title=texts.title)
        self.save_requested.emit(texts.applied_to(template))

    @pyqtSlot()
    def _ask_to_remove(self) -> None:
        self._fill(TemplateTexts.of(self._templates.get(self._shown)))
        self.remove_requested.emit(self._shown)

    @pyqtSlot()
    def _ask_to_export(self) -> None:
        self.export_requested.emit([self._chosen()] if self._chosen() else list(self._templates))

    @pyqtSlot()
    def _refresh(self) -> None:
        self._save.setEnabled(bool(self._title.text().strip()))

    # What is written and not saved

    def _written(self) -> TemplateTexts:
        return TemplateTexts(
            self._title.text().strip(),
            self._description.text().strip(),
            self._prompt.toPlainText(),
            self._system_prompt.toPlainText(),
        )

    def _fill(self, texts: TemplateTexts) -> None:
        self._title.setText(texts.title)
        self._description.setText(texts.description)
        self._prompt.setPlainText(texts.prompt)
        self._system_prompt.setPlainText(texts.system_prompt)

    def _note_draft(self) -> None:
        self._drafts.note(self._shown, self._written())
        self._mark_drafts()

    def _mark_drafts(self) -> None:
        """Say in the list which templates have changes that are not saved."""
        for row in range(self._list.count()):
            item = self._list.item(row)
            name = str(item.data(_NAME)) if item is not None else ""
            if item is not None and name in self._templates:
                title = self._templates[name].title
                words = self.tr("{title} · not saved").format(title=title)
                item.setText(words if name in self._drafts.names() else title)

    def reject(self) -> None:
        """Close, after a question where something is not saved."""
        self._note_draft()
        names = self._drafts.names()
        if not names:
            super().reject()
            return
        titles = [self._drafts.texts(name).title for name in names]
        ask_about_unsaved(
            self,
            "unsavedTemplatesDialog",
            self.tr("What you wrote is not saved."),
            ", ".join(title or self.tr("No title yet") for title in titles),
            save=self._save_and_close if all(titles) else None,
            discard=self._discard_and_close,
        )

    @pyqtSlot()
    def _save_and_close(self) -> None:
        for name in self._drafts.names():
            self._save_texts(name)
        super().reject()

    @pyqtSlot()
    def _discard_and_close(self) -> None:
        for name in self._drafts.names():
            self._drafts.forget(name)
        self._show_chosen()
        self._mark_drafts()
        super().reject()

    def _free_name(self, title: str) -> str:
        name, number = slug(title), 2
        while name in self._templates:
            name, number = f"{slug(title)[:36]}-{number}", number + 1
        return name

    def _connect(self) -> None:
        self._list.currentItemChanged.connect(self._choose)
        self._title.textChanged.connect(self._refresh)
        self._new.clicked.connect(self._begin_new)
        self._save.clicked.connect(self._ask_to_save)
        self._remove.clicked.connect(self._ask_to_remove)
        self._import.clicked.connect(self.import_requested)
        self._export.clicked.connect(self._ask_to_export)

    def _line(self, name: str, title: str) -> QLineEdit:
        line = QLineEdit(self)
        line.setObjectName(name)
        line.setAccessibleName(title)
        line.setMaxLength(80)
        return line

    def _text(self, name: str, title: str) -> QPlainTextEdit:
        field = QPlainTextEdit(self)
        field.setObjectName(name)
        field.setAccessibleName(title)
        field.setProperty("look", "field")
        field.setTabChangesFocus(True)
        return field

    def _lay_out(self) -> None:
        px, gap = self._theme.px, self._theme.px(20)
        left = QVBoxLayout()
        left.addWidget(self._list, 1)
        below = QHBoxLayout()
        below.addWidget(self._new)
        below.addWidget(self._import)
        below.addWidget(self._export)
        left.addLayout(below)
        right = QVBoxLayout()
        right.setSpacing(self._theme.px(6))
        for field, stretch in (
            (self._title, 0),
            (self._description, 0),
            (self._prompt, 1),
            (self._system_prompt, 2),
        ):
            right.addWidget(label(field.accessibleName(), "muted", self))
            right.addWidget(field, stretch)
        right.addWidget(self._extras)
        right.addWidget(self._problem)
        foot = QHBoxLayout()
        foot.setContentsMargins(0, px(8), 0, 0)
        foot.addWidget(self._remove)
        foot.addStretch()
        foot.addWidget(self._save)
        right.addLayout(foot)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(px(24), px(20), px(24), px(20))
        layout.setSpacing(gap)
        layout.addLayout(left, 2)
        layout.addLayout(right, 3)
