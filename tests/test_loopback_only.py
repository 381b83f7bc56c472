import pytest

pytest_plugins = ["pytester"]
CONFTEST = 'pytest_plugins = ["tests.loopback_only"]\n'


@pytest.fixture
def suite(pytester, monkeypatch):
    """A small suite of its own, in a process of its own."""
    root = str(pytest.importorskip("tests").__path__[0]).rpartition("/")[0]
    monkeypatch.setenv("PYTHONPATH", root)
    pytester.makeconftest(CONFTEST)
    return pytester


def test_loopback_may_be_dialled_and_the_internet_may_not(suite):
    suite.makepyfile(
        """
        import socket

        def test_here():
            server = socket.create_server(("127.0.0.1", 0))
            socket.create_connection(server.getsockname()).close()
            server.close()

        def test_there():
            try:
                socket.create_connection(("192.0.2.1", 80), timeout=1)
            except OSError:
                pass

        def test_by_name():
            try:
                socket.getaddrinfo("api.openai.com", 443)
            except OSError:
                pass

        def test_datagram():
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plain:
                try:
                    plain.sendto(b"x", ("8.8.8.8", 53))
                except OSError:
                    pass
        """
    )

    result = suite.runpytest_subprocess("-p", "no:cacheprovider", "-p", "no:pytest-qt")

    result.assert_outcomes(passed=4, errors=3)
    result.stdout.fnmatch_lines(
        ["*dialled out: socket.connect 192.0.2.1", "*dialled out: socket.getaddrinfo api.openai*"]
    )


def test_nobody_listens_where_the_developer_runs_servers(suite):
    suite.makepyfile(
        """
        import socket, pytest

        @pytest.mark.parametrize("port", [1234, 11434])
        def test_refused(port):
            with pytest.raises(ConnectionRefusedError, match="in a test"):
                socket.create_connection(("127.0.0.1", port))
        """
    )

    suite.runpytest_subprocess("-p", "no:cacheprovider", "-p", "no:pytest-qt").assert_outcomes(
        passed=2
    )


def test_a_test_that_means_to_dial_says_so(suite):
    suite.makepyfile(
        """
        import socket, pytest

        def test_refused(dialled_out):
            with pytest.raises(OSError):
                socket.create_connection(("192.0.2.1", 80), timeout=1)
            assert dialled_out == ["socket.connect 192.0.2.1"]
            dialled_out.clear()
        """
    )

    suite.runpytest_subprocess("-p", "no:cacheprovider", "-p", "no:pytest-qt").assert_outcomes(
        passed=1
    )


@pytest.mark.parametrize(
    ("host", "is_here"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("192.168.1.5", False),
        ("localhost.example.com", False),
    ],
)
def test_what_is_this_computer(host, is_here):
    from tests.loopback_only import is_loopback

    assert is_loopback(host) is is_here
