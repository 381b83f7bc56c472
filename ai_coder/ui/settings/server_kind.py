"""What the settings need to know about a kind of server, without importing its provider."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ServerKind:
    """The facts of one kind of provider that its rows show; see the attributes of `BaseProvider`.

    `uses_folder` marks the built-in engine: it has model files instead of an address.
    `is_addable` says whether the user can add servers of this kind.
    """

    type: str
    name: str
    default_url: str = ""
    is_local: bool = True
    needs_key: bool = False
    uses_folder: bool = False
    is_addable: bool = False
    key_variables: tuple[str, ...] = ()
    key_page: str = ""
    """Where a key of this provider is made, such as `platform.openai.com/api-keys`."""
