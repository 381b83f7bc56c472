"""The proxy of the system before hosts on the internet, and what it means that it fails."""

from __future__ import annotations

import os
import ssl
from urllib.request import getproxies, proxy_bypass

import httpx2

from ai_coder.errors import ProxyDownError, ProxyRefusedError
from ai_coder.llm.address import locality
from ai_coder.llm.models import Locality


def proxy_for(url: httpx2.URL) -> str:
    """Return the address of the proxy for *url*; empty where none is used."""
    if locality(url.host) is not Locality.CLOUD or proxy_bypass(url.host):
        return ""
    proxies = getproxies()
    proxy = proxies.get(url.scheme) or proxies.get("all") or ""
    return f"http://{proxy}" if proxy and "://" not in proxy else proxy


def proxy_problem(url: httpx2.URL, proxy: str, error: httpx2.TransportError) -> Exception:
    """Return *error*, or what is the matter with the *proxy* for *url* where that failed."""
    shown = str(httpx2.URL(proxy).copy_with(username=None, password=None))
    about = {"proxy": shown, "host": url.host, "variable": _variable(url.scheme)}
    if isinstance(error, httpx2.ProxyError):
        return ProxyRefusedError(**about, reason=str(error), raw=str(error))
    is_connecting = isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout)
    if not is_connecting or _is_about_certificates(error):
        return error
    return ProxyDownError(**about, raw=f"{type(error).__name__}: {error}")


def _variable(scheme: str) -> str:
    """Return the environment variable that names the proxy; empty if the system does."""
    names = (f"{scheme}_proxy", "all_proxy")
    spellings = (spelling for name in names for spelling in (name, name.upper()))
    return next((each for each in spellings if os.environ.get(each)), "")


def _is_about_certificates(error: BaseException) -> bool:
    """Whether the other side of the proxy was reached, and is not trusted."""
    found: BaseException | None = error
    while found is not None and not isinstance(found, ssl.SSLError):
        found = found.__cause__ or found.__context__
    return found is not None
