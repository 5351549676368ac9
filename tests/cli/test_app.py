"""The command as a whole: help, version, and what happens when something goes wrong that nobody foresaw."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

import figecho as package
from figecho._version import __version__

PYTHON = [sys.executable, "-m", "figecho"]


def test_no_arguments_show_the_help_and_exit_with_2(figecho) -> None:
    done = figecho()
    assert done.exit_code == 2
    assert "Usage: figecho" in done.stdout + done.stderr


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_names_every_command(figecho, option) -> None:
    done = figecho(option)
    assert done.exit_code == 0
    for command in ("compare", "scan", "report", "export", "demo", "doctor"):
        assert f"  {command} " in done.stdout


def test_the_version_is_the_packages(figecho) -> None:
    assert figecho("--version").stdout == f"figecho {__version__}\n"
    assert package.__version__ == __version__


@pytest.mark.parametrize("arguments", [["scna"], ["--no-such-option"], ["scan"]])
def test_misuse_exits_with_2(figecho, arguments) -> None:
    done = figecho(*arguments)
    assert (done.exit_code, done.stdout) == (2, "")


def test_a_bug_is_neither_clean_nor_a_finding() -> None:
    program = (
        "import sys, types\n"
        "sys.modules['figecho.api'] = types.ModuleType('figecho.api')\n"
        "sys.modules['figecho.api'].scan = lambda *a, **k: 1 / 0\n"
        "sys.argv = ['figecho', 'scan', 'x']\n"
        "from figecho.cli.app import main; main()\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert done.returncode == 70
    assert "internal error, please report it: ZeroDivisionError" in done.stderr.splitlines()[-1]


def test_a_reader_that_leaves_early_is_no_failure() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([*PYTHON, "doctor"], stdout=writer, stderr=subprocess.PIPE, text=True, timeout=60)
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, "")


def test_control_c_ends_a_running_command_with_130() -> None:
    program = (
        "import sys, types, time\n"
        "sys.modules['figecho.api'] = types.ModuleType('figecho.api')\n"
        "sys.modules['figecho.api'].scan = lambda *a, **k: (sys.stdout.write('running\\n'), sys.stdout.flush(), "
        "time.sleep(60))\n"
        "sys.argv = ['figecho', 'scan', 'x']\n"
        "from figecho.cli.app import main; main()\n"
    )
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 130
        message = process.stderr.read()
    assert "repeat the same command" in message
    assert "Traceback" not in message
