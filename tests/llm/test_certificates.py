"""Services that cannot prove who they are, as with a wrong clock or a proxy in between."""

import asyncio
import ssl

import pytest

from ai_coder.errors import Remedy
from ai_coder.llm.connection import ConnectionKind
from ai_coder.llm.network import Network
from ai_coder.llm.providers.certificates import UntrustedCertificateError, WrongClockError
from tests.fake_cloud import PAYLOADS
from tests.llm.cloud_support import FAKES, MODELS, ask, collect_until_failure, make_provider

CERTIFICATE = PAYLOADS / "expired_certificate.pem"


@pytest.fixture
def url(loop):
    """A server with a certificate that ran out long ago."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    loop.set_exception_handler(None)

    async def start():
        return await asyncio.start_server(lambda _r, w: w.close(), "127.0.0.1", 0, ssl=context)

    server = loop.run_until_complete(start())
    yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()
    loop.run_until_complete(server.wait_closed())


@pytest.mark.parametrize("kind", FAKES)
async def test_a_certificate_out_of_time_points_to_the_clock(url, kind):
    network = Network()
    network._tls = ssl.create_default_context(cafile=str(CERTIFICATE))
    provider = make_provider(kind, url, network=network)

    state = (await provider.probe()).state
    _events, error = await collect_until_failure(provider, ask(MODELS[kind]))
    await provider.aclose()

    assert type(error) is WrongClockError
    assert "expired" in str(error)
    assert "date and the time" in error.hint_text
    assert error.remedy is Remedy.RETRY
    assert state.kind is ConnectionKind.UNREACHABLE
    assert "date or the time" in state.cause


@pytest.mark.parametrize("kind", FAKES)
async def test_a_certificate_of_nobody_points_to_the_proxy(url, kind):
    provider = make_provider(kind, url)

    state = (await provider.probe()).state
    _events, error = await collect_until_failure(provider, ask(MODELS[kind]))
    await provider.aclose()

    assert type(error) is UntrustedCertificateError
    assert "proxy" in error.hint_text
    assert "proxy" in state.cause
