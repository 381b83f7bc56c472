import pytest

from ai_coder.errors import SettingsError
from ai_coder.llm.address import host_of, locality, normalize_address, ollama_address
from ai_coder.llm.models import Locality


@pytest.mark.parametrize(
    ("text", "root"),
    [
        ("http://127.0.0.1:1234", "http://127.0.0.1:1234"),
        ("http://localhost:1234/v1", "http://127.0.0.1:1234"),
        ("http://localhost:1234/v1/", "http://127.0.0.1:1234"),
        ("http://127.0.0.1:1234//v1//models", "http://127.0.0.1:1234"),
        ("127.0.0.1:1234/v1/v1", "http://127.0.0.1:1234"),
        ("127.0.0.1:1234/api/v1/v1/models", "http://127.0.0.1:1234"),
        ("  localhost:1234  ", "http://127.0.0.1:1234"),
        ("localhost", "http://127.0.0.1:1234"),
        ("http://localhost", "http://127.0.0.1"),
        ("HTTP://LOCALHOST:1234/V1", "http://127.0.0.1:1234/V1"),
        ("0.0.0.0:8080/api/v0", "http://127.0.0.1:8080"),
        ("[::]:1234", "http://[::1]:1234"),
        ("::1", "http://[::1]:1234"),
        ("http://127.0.0.1:1234/v1/chat/completions", "http://127.0.0.1:1234"),
        ("http://127.0.0.1:1234/api/v1/chat", "http://127.0.0.1:1234"),
        ("http://127.0.0.1:1234/lmstudio-greeting", "http://127.0.0.1:1234"),
        ("http://host.docker.internal:1234", "http://host.docker.internal:1234"),
        ("https://gateway.example.com/lm/v1", "https://gateway.example.com/lm"),
        ("gateway.example.com", "https://gateway.example.com"),
        ("gpu-box:1234", "http://gpu-box:1234"),
    ],
)
def test_every_usual_spelling_means_the_root(text, root):
    assert normalize_address(text, default_port=1234) == root
    assert normalize_address(root, default_port=1234) == root


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("ftp://box", "http://"),
        ("http://", "host name"),
        ("my server", "space"),
        ("http://box:99999", "99999"),
        ("http://box:abc", "abc"),
        ("http://me:secret@box", "token field"),
        ("http://[::1", "not an address"),
    ],
)
def test_hopeless_input_is_refused_in_plain_words(text, word):
    with pytest.raises(SettingsError, match=word) as caught:
        normalize_address(text)

    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("", "http://127.0.0.1:11434"),
        ("0.0.0.0", "http://127.0.0.1:11434"),
        ("0.0.0.0:9999", "http://127.0.0.1:9999"),
        (":9999", "http://127.0.0.1:9999"),
        ("[::]:9999", "http://[::1]:9999"),
        ("box", "http://box:11434"),
        ("http://box", "http://box:80"),
        ("https://box", "https://box:443"),
        ("https://box:8443/ollama", "https://box:8443/ollama"),
        ("ollama.com", "https://ollama.com:443"),
        ("box:99999", "http://box:11434"),
        ('"box:1"', "http://box:1"),
    ],
)
def test_ollama_host_is_read_as_ollama_reads_it(text, url):
    assert ollama_address(text) == url


@pytest.mark.parametrize(
    ("url", "where"),
    [
        ("http://127.0.0.1:1234", Locality.LOCAL),
        ("http://127.8.9.1", Locality.LOCAL),
        ("http://[::1]:1234", Locality.LOCAL),
        ("http://[::ffff:127.0.0.1]:1234", Locality.LOCAL),
        ("localhost.", Locality.LOCAL),
        ("app.localhost", Locality.LOCAL),
        ("http://192.168.1.4", Locality.LAN),
        ("10.1.2.3:80", Locality.LAN),
        ("http://[fe80::1]", Locality.LAN),
        ("100.64.1.1", Locality.LAN),
        ("gpu-box", Locality.LAN),
        ("gpu.local", Locality.LAN),
        ("host.docker.internal", Locality.LAN),
        ("https://api.openai.com/v1", Locality.CLOUD),
        ("http://8.8.8.8", Locality.CLOUD),
        ("127.0.0.1.example.com", Locality.CLOUD),
        ("localhost.example.com", Locality.CLOUD),
    ],
)
def test_where_an_address_leads_is_told_without_asking_a_name_server(url, where):
    assert locality(url) is where


def test_the_host_of_a_url_is_bare_and_lower_case():
    assert host_of("http://GPU-Box.:1234/v1") == "gpu-box"
    assert host_of("[::1]:80") == "::1"
    assert host_of("::1") == "::1"
