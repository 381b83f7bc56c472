"""Addresses of servers: how people write them, and where they lead."""

from __future__ import annotations

import ipaddress
import re
from typing import TypeAlias
from urllib.parse import SplitResult, urlsplit

from ai_coder.errors import SettingsError
from ai_coder.llm.models import Locality

OLLAMA_PORT = 11434

_IPAddress: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
_LOOPBACK_OF = {"localhost": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}
_LOCAL_SUFFIXES = (".local", ".lan", ".internal", ".home.arpa", ".home", ".localdomain")
_CARRIER_GRADE_NAT = ipaddress.ip_network("100.64.0.0/10")
_ROUTES = (
    *("/chat/completions", "/completions", "/models", "/embeddings", "/responses", "/messages"),
    *("/chat", "/models/load", "/models/unload", "/tags", "/generate", "/version", "/ps"),
)
_PREFIXES = ("/api/v1", "/api/v0", "/v1", "/api")
_GREETINGS = ("/lmstudio-greeting", "/lms-status", "/health")


class AddressError(SettingsError):
    """A text is no address of a server; `reason` says why."""


def normalize_address(text: str, *, default_port: int | None = None) -> str:
    """Return the root URL that *text* means, without `/v1` or a pasted endpoint (lmstudio.md Q2).

    A missing scheme becomes http, or https for a host on the internet; *default_port* is added
    where neither port nor scheme is given. Raises `AddressError` in plain words.
    """
    parts, has_scheme = _split(text)
    host = _dialled_host(parts)
    port = _port(parts)
    if has_scheme:
        scheme = parts.scheme
    else:
        scheme = "https" if locality(host) is Locality.CLOUD and port is None else "http"
        port = port or (default_port if scheme == "http" else None)
    return f"{scheme}://{_with_port(host, port)}{_root_path(parts.path)}"


def ollama_address(text: str) -> str:
    """Return the URL that the text of `OLLAMA_HOST` means (ollama.md §1).

    Without a scheme the port is 11434, with one it is that scheme's; a wrong port number falls
    back to the default and a path is kept. Raises `AddressError` when there is no host.
    """
    if not text.strip():
        return f"http://127.0.0.1:{OLLAMA_PORT}"
    parts, has_scheme = _split(re.sub(r"^:(\d+)", r"127.0.0.1:\1", text.strip(" \t\r\n\"'")))
    host = _dialled_host(parts)
    scheme = parts.scheme
    if not has_scheme and host == "ollama.com":
        scheme, has_scheme = "https", True
    usual = {"http": 80, "https": 443}[scheme] if has_scheme else OLLAMA_PORT
    try:
        port = parts.port or usual
    except ValueError:
        port = usual
    return f"{scheme}://{_with_port(host, port)}{_root_path(parts.path)}"


def locality(url: str) -> Locality:
    """Return where *url*, or a bare host, leads; a name is never resolved to find out."""
    host = host_of(url)
    address = _ip(host)
    if address is not None:
        return _locality_of_ip(address)
    if host == "localhost" or host.endswith(".localhost"):
        return Locality.LOCAL
    if "." not in host or host.endswith(_LOCAL_SUFFIXES):
        return Locality.LAN
    return Locality.CLOUD


def host_of(url: str) -> str:
    """Return the host of *url*, or of a bare `host[:port]`, in lower case without brackets."""
    if _ip(url) is not None:
        return url.strip("[]")
    if "://" not in url:
        url = f"//{url}"
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return ""
    return host.rstrip(".").partition("%")[0]


def _locality_of_ip(address: _IPAddress) -> Locality:
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if address.is_loopback or address.is_unspecified:
        return Locality.LOCAL
    if address.is_private or address.is_link_local or address in _CARRIER_GRADE_NAT:
        return Locality.LAN
    return Locality.CLOUD


def _ip(host: str) -> _IPAddress | None:
    try:
        return ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return None


def _split(text: str) -> tuple[SplitResult, bool]:
    cleaned = text.strip(" \t\r\n\"'<>")
    if not cleaned:
        raise AddressError(reason="the address is empty.")
    if any(character.isspace() for character in cleaned):
        raise AddressError(reason=f"the address “{cleaned}” has a space in it.")
    if cleaned.startswith("::") or (_ip(cleaned) is not None and ":" in cleaned):
        cleaned = f"[{cleaned}]"
    scheme, separator, _rest = cleaned.partition("://")
    has_scheme = bool(separator)
    try:
        parts = urlsplit(cleaned if has_scheme else f"http://{cleaned.lstrip('/')}")
    except ValueError as error:
        raise AddressError(reason=f"“{cleaned}” is not an address.") from error
    if parts.scheme not in ("http", "https"):
        reason = f"an address starts with http:// or https://, not with {scheme}://."
        raise AddressError(reason=reason)
    return parts, has_scheme


def _dialled_host(parts: SplitResult) -> str:
    host = (parts.hostname or "").rstrip(".")
    if not host:
        raise AddressError(reason="the address has no host name.")
    if parts.username or parts.password:
        raise AddressError(
            reason="the address holds a user name or password; use the token field instead."
        )
    return _LOOPBACK_OF.get(host, host)


def _port(parts: SplitResult) -> int | None:
    try:
        return parts.port
    except ValueError as error:
        port = parts.netloc.rpartition(":")[2]
        raise AddressError(reason=f"the port “{port}” is not a number from 1 to 65535.") from error


def _with_port(host: str, port: int | None) -> str:
    shown = f"[{host}]" if ":" in host else host
    return shown if port is None else f"{shown}:{port}"


def _root_path(path: str) -> str:
    """Strip a pasted endpoint and every version prefix; keep the prefix of a gateway."""
    path = re.sub(r"/{2,}", "/", path).rstrip("/")
    for greeting in _GREETINGS:
        path = path.removesuffix(greeting)
    for route in sorted(_ROUTES, key=len, reverse=True):
        for prefix in _PREFIXES:
            if path.endswith(prefix + route):
                path = path.removesuffix(route)
                break
    while (shorter := _without_prefix(path)) != path:
        path = shorter
    return path


def _without_prefix(path: str) -> str:
    for prefix in _PREFIXES:
        if path.endswith(prefix):
            return path.removesuffix(prefix).rstrip("/")
    return path
