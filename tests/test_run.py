"""`run.py` in a checkout of its own, with packages that lie in a folder, not on the network."""

import base64
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import run
from tools import environment as environments
from tools import system_libraries


def write_wheel(folder, name, version="1.0"):
    """Put a wheel with one module into *folder* and return its sha256."""
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": f"VERSION = {version!r}\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = f"{info}/RECORD"
    lines = []
    for path, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode()
        lines.append(f"{path},sha256={digest.rstrip('=')},{len(text)}")
    wheel = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
        archive.writestr(record, "\n".join([*lines, f"{record},,", ""]))
    return hashlib.sha256(wheel.read_bytes()).hexdigest()


class Checkout:
    """A checkout whose requirements are one package for each group."""

    def __init__(self, root):
        self.root = root
        self.wheels = root / "wheels"
        self.wheels.mkdir(parents=True)
        (root / "requirements").mkdir()
        for group in ("app", "dev"):
            self.require(group, write_wheel(self.wheels, f"{group}_package"))

    def require(self, group, digest, version="1.0"):
        (self.root / "requirements" / f"{group}.txt").write_text(
            f"--no-index\n--find-links {self.wheels.as_uri()}\n"
            f"{group}_package=={version} --hash=sha256:{digest}\n"
        )

    def can_import(self, module):
        python = run.Environment(self.root).python
        return not subprocess.run(
            [python, "-c", f"import {module}"], stderr=subprocess.DEVNULL
        ).returncode


@pytest.fixture
def checkout(tmp_path):
    return Checkout(tmp_path.resolve() / "checkout")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """An environment that was made once, to be copied."""
    environment = run.Environment(Checkout(tmp_path_factory.mktemp("made") / "checkout").root)
    environment.prepare("app")
    return environment


@pytest.fixture
def ready(checkout, made):
    """A checkout whose environment is made."""
    environment = run.Environment(checkout.root)
    shutil.copytree(made.folder, environment.folder, symlinks=True)
    environment.write_stamp({**made.stamp(), "base": environment._base()})
    for group in ("app", "dev"):
        made_file = made.root / "requirements" / f"{group}.txt"
        shutil.copy(made_file, checkout.root / "requirements" / f"{group}.txt")
    return checkout


def test_first_run_installs_and_the_second_changes_nothing(checkout):
    environment = run.Environment(checkout.root)

    environment.prepare("app")
    stamp = (environment.folder / "run-stamp.json").stat()
    environment.prepare("app")

    assert checkout.can_import("app_package")
    assert not checkout.can_import("dev_package")
    assert (environment.folder / "run-stamp.json").stat() == stamp


def test_tests_only_add_their_own_requirements(ready):
    environment = run.Environment(ready.root)
    kept = environment.folder / "kept"
    kept.touch()

    environment.prepare("app", "dev")

    assert ready.can_import("dev_package")
    assert kept.exists()


def test_set_up_that_failed_is_done_again_from_the_start(checkout):
    environment = run.Environment(checkout.root)
    right = (checkout.root / "requirements" / "app.txt").read_text()
    checkout.require("app", "0" * 64)
    with pytest.raises(run.SetupError, match="could not be installed"):
        environment.prepare("app")
    assert environment.stamp() == {}
    left_over = environment.folder / "left_over"
    assert not environment.folder.exists()
    environment.folder.mkdir()
    environment.write_stamp({})  # as a run.py that was killed leaves it
    left_over.touch()

    (checkout.root / "requirements" / "app.txt").write_text(right)
    environment.prepare("app")

    assert checkout.can_import("app_package")
    assert not left_over.exists()


@pytest.mark.parametrize("path", [os.environ.get("PATH", ""), ""], ids=["as it is", "without uv"])
def test_the_python_of_the_environment_can_make_it_anew(checkout, path):
    environment = run.Environment(checkout.root)
    environment.prepare("app")
    (environment.folder / "run-stamp.json").unlink()
    again = "import run, sys; run.Environment(run.Path(sys.argv[1])).prepare('app')"

    done = subprocess.run(
        [environment.python, "-c", again, checkout.root],
        cwd=Path(run.__file__).parent,
        env={**os.environ, "PATH": path},
    )

    assert done.returncode == 0
    assert checkout.can_import("app_package")


def test_environment_without_its_python_is_not_trusted(checkout):
    environment = run.Environment(checkout.root)
    environment.scripts.mkdir(parents=True)
    environment.write_stamp({"app": "as if it were complete"})

    assert environment.stamp() == {}


def test_damaged_stamp_counts_as_no_stamp(checkout):
    environment = run.Environment(checkout.root)
    environment.scripts.mkdir(parents=True)
    environment.python.touch()
    (environment.folder / "run-stamp.json").write_text('{"app": ')

    assert environment.stamp() == {}


def test_second_set_up_waits_for_the_first(checkout):
    lock = checkout.root / "lock"
    script = (
        "import pathlib, sys\nfrom tools.environment import locked\n"
        "with locked(pathlib.Path(sys.argv[1])): print('mine')"
    )
    with environments.locked(lock):
        waiting = subprocess.Popen(
            [sys.executable, "-c", script, str(lock)],
            cwd=Path(run.__file__).parent,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert "Waiting for another set-up" in waiting.stderr.readline()
        assert waiting.poll() is None

    output, _ = waiting.communicate(timeout=20)

    assert output.strip() == "mine"


def test_new_requirements_are_installed_over_what_is_there(ready):
    environment = run.Environment(ready.root)
    kept = environment.folder / "kept"
    kept.touch()
    ready.require("app", write_wheel(ready.wheels, "app_package", "2.0"), "2.0")

    environment.prepare("app")

    assert ready.can_import("app_package; assert app_package.VERSION == '2.0'")
    assert kept.exists()


def test_what_was_installed_stays_when_it_cannot_be_renewed(ready):
    environment = run.Environment(ready.root)
    before = environment.stamp()
    ready.require("app", "0" * 64, "2.0")

    for stamp in (before, {**before, "base": "another Python"}):
        environment.write_stamp(stamp)
        with pytest.raises(run.SetupError, match="could not be installed"):
            environment.prepare("app")
        assert environment.stamp() == stamp
        assert ready.can_import("app_package; assert app_package.VERSION == '1.0'")

    assert sorted(path.name for path in ready.root.glob(".venv*")) == [".venv", ".venv.lock"]


def test_the_application_starts_with_what_was_installed_when_it_cannot_be_renewed(ready, capfd):
    ready.require("app", "0" * 64, "2.0")

    run.prepare_to_start(run.Environment(ready.root))

    assert "Starting with what was installed before." in capfd.readouterr().err


def test_an_environment_of_somebody_else_is_kept(checkout, capfd):
    environment = run.Environment(checkout.root)
    (checkout.root / ".venv.before").mkdir()
    environment.folder.mkdir()
    (environment.folder / "mine").touch()

    environment.prepare("app")

    assert checkout.can_import("app_package")
    assert (checkout.root / ".venv.before-2" / "mine").exists()
    assert "it is kept as .venv.before-2" in capfd.readouterr().err


@pytest.mark.skipif(os.name == "nt", reason="links need a right of their own on Windows")
def test_a_broken_link_in_the_place_of_the_environment_is_put_aside(checkout):
    environment = run.Environment(checkout.root)
    environment.folder.symlink_to(checkout.root / "nowhere")

    environment.prepare("app")

    assert checkout.can_import("app_package")
    assert (checkout.root / ".venv.before").is_symlink()


def test_a_checkout_that_cannot_be_written_is_explained(checkout, capsys):
    (checkout.root / ".venv.lock").mkdir()  # a folder cannot be opened as a file by anybody

    code = run.main(["doctor"], checkout.root)

    said = capsys.readouterr().err
    assert code == 1
    assert ".venv.lock: " in said
    assert "belongs to you" in said


def test_modules_of_the_checkout_are_found_whatever_its_folder_is_called(tmp_path):
    checkout = Checkout(tmp_path.resolve() / "ai – ü 編")
    (checkout.root / "of_the_checkout.py").touch()
    environment = run.Environment(checkout.root)

    environment.prepare("app")

    (path_file,) = environment.folder.glob("[Ll]ib/**/site-packages/ai_coder_checkout.pth")
    assert path_file.read_bytes().isascii()
    assert checkout.can_import("of_the_checkout")


@pytest.mark.parametrize("path", [os.environ.get("PATH", ""), ""], ids=["as it is", "without uv"])
def test_settings_of_pip_and_python_do_not_stop_the_set_up(checkout, path):
    root = Path(run.__file__).parent
    shutil.copy(root / "run.py", checkout.root)
    shutil.copytree(root / "tools", checkout.root / "tools")

    done = subprocess.run(
        [sys.executable, "-I", checkout.root / "run.py", "doctor"],
        env={**os.environ, "PATH": path, "PIP_USER": "1", "PYTHONSAFEPATH": "1"},
        capture_output=True,
        text=True,
    )

    assert checkout.can_import("app_package"), done.stderr
    assert "No module named ai_coder" in done.stderr  # what was started, after the set-up


def test_missing_files_of_qt_are_no_missing_system_libraries(ready, tmp_path, monkeypatch):
    asked = tmp_path / "asked"
    tool = tmp_path / "apt-get"
    tool.write_text(f"#!/bin/sh\necho > {asked}\n")
    tool.chmod(0o755)
    environment = run.Environment(ready.root)
    left_over = environment.folder / "left_over"
    left_over.touch()
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(run.SetupError, match="PyQt6 cannot be loaded"):
        run.require_qt(environment, ("app",), needs_display=True)

    assert not asked.exists()
    assert not left_over.exists()


@pytest.mark.skipif(os.name == "nt", reason="the stand-ins are shell scripts")
@pytest.mark.parametrize("name", ["python3.12", "uv"])
def test_a_supported_python_is_found_or_brought(name, checkout, tmp_path):
    tool = tmp_path / name
    answers = 'case "$*" in *-c*|--version) exit 0;; *) echo "$0 $*";; esac'
    tool.write_text(f"#!/bin/sh\n{answers}\n")
    tool.chmod(0o755)
    script = (
        "import run, sys\nsys.version_info = (3, 14, 0)\n"
        "sys.exit(run.main(['doctor', '--json'], run.Path(sys.argv[1])))"
    )

    done = subprocess.run(
        [sys.executable, "-c", script, checkout.root],
        cwd=Path(run.__file__).parent,
        env={**os.environ, "PATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(tool))
    assert done.stdout.endswith("run.py doctor --json\n")
    assert not (checkout.root / ".venv").exists()


@pytest.mark.parametrize("version", [(3, 10, 4), (3, 14, 0)])
def test_other_python_is_told_which_one_to_install(version, checkout, monkeypatch, capsys):
    monkeypatch.setattr(run.sys, "version_info", version)
    monkeypatch.setenv("PATH", str(checkout.root))

    code = run.main([], checkout.root)

    assert code == 1
    assert "needs Python 3.11, 3.12 or 3.13" in capsys.readouterr().err
    assert not (checkout.root / ".venv").exists()


@pytest.mark.parametrize("tool", ["apt-get", "dnf", "pacman"])
def test_missing_library_is_answered_with_the_command_of_this_system(tool, tmp_path, monkeypatch):
    (tmp_path / tool).touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    text = system_libraries.QT.help("import: libEGL.so.1: cannot open shared object file")

    assert "libEGL.so.1" in text
    assert f"sudo {tool} " in text
    assert "xcb" in text


def test_unknown_system_is_told_what_is_missing(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))

    text = system_libraries.QT.help("import: libEGL.so.1: cannot open shared object file")

    assert text == ("Qt cannot start on this system: libEGL.so.1: cannot open shared object file")


def test_qt_of_this_environment_works():
    assert not system_libraries.QT.problem(Path(sys.executable)).startswith("import:")


def test_missing_qt_is_noticed(ready):
    problem = system_libraries.QT.problem(run.Environment(ready.root).python)

    assert problem.startswith("import: No module named 'PyQt6'")


def test_without_an_x_server_tests_run_offscreen(tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))

    with run.headless_display() as variables:
        assert variables == {"QT_QPA_PLATFORM": "offscreen"}

    assert "offscreen" in capsys.readouterr().err


@pytest.mark.skipif(os.name == "nt", reason="the stand-in is a shell script")
def test_x_server_is_started_and_ended_with_the_tests(tmp_path, monkeypatch, capsys):
    ended = tmp_path / "ended"
    server = tmp_path / "Xvfb"
    server.write_text(
        f"#!/bin/sh\ntrap 'echo > {ended}; exit' TERM\necho 7\nwhile :; do read x; done\n"
    )
    server.chmod(0o755)
    monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")

    with run.headless_display() as variables:
        assert variables == {"QT_QPA_PLATFORM": "xcb", "DISPLAY": ":7"}

    assert ended.exists()
    assert "Xvfb, display :7" in capsys.readouterr().err


@pytest.mark.skipif(os.name == "nt", reason="sends a POSIX signal")
def test_interrupted_child_may_clean_up():
    listens = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    child = (
        f"import time\n{listens}"
        "try: print('started', flush=True); time.sleep(60)\n"
        "except KeyboardInterrupt: print('cleaned up', flush=True)\n"
    )
    parent = (
        f"import run, sys\n{listens}"
        "try: run.run([sys.executable, '-c', sys.argv[1]])\n"
        "except KeyboardInterrupt: print('stopped')\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", parent, child],
        cwd=Path(run.__file__).parent,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout.readline() == "started\n"

    os.killpg(process.pid, signal.SIGINT)
    output, _ = process.communicate(timeout=20)

    assert output.split("\n")[:2] == ["cleaned up", "stopped"]


def test_engine_of_this_environment_works():
    assert not system_libraries.ENGINE.problem(Path(sys.executable))


@pytest.mark.parametrize(
    ("tool", "package"), [("apt-get", "libgomp1"), ("dnf", "libgomp"), ("pacman", "gcc-libs")]
)
def test_engine_without_its_library_is_answered_with_the_command_and_goes_on(
    tool, package, ready, tmp_path, monkeypatch, capsys
):
    environment = run.Environment(ready.root)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / tool).touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(system_libraries, "may_install", lambda: False)

    run.offer_engine(environment)

    said = capsys.readouterr().err
    assert "The built-in engine misses a system library (No module named 'xllamacpp')" in said
    assert f"sudo {tool} " in said
    assert package in said
    assert "engine" not in environment.stamp()
