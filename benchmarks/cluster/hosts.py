"""Three "hosts" on one machine: network namespaces with addresses of their own, joined by a bridge.

They share the disk, as hosts of a cluster do, and nothing of the network: a worker reaches the scheduler over its own
virtual cable, which can be unplugged. Linux only, and only for root.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NAME = "figecho"
#: A network that nobody else has.
ADDRESSES = tuple(f"10.213.77.{number}" for number in (1, 2, 3))
PORT = 8786


def why_not() -> str | None:
    """Why namespaces cannot be made here; None where they can."""
    if shutil.which("ip") is None:
        return "there is no `ip` (package iproute2)"
    if os.geteuid() != 0:
        return "it takes root"
    made = subprocess.run(["ip", "netns", "add", f"{NAME}-try"], capture_output=True, text=True, check=False)
    if made.returncode:
        return made.stderr.strip()
    _ip("netns", "del", f"{NAME}-try")
    return None


class Hosts:
    """Host 0 has the scheduler and the coordinator, hosts 1 and 2 a worker each."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._processes: list[subprocess.Popen[bytes]] = []
        self.address = f"tcp://{ADDRESSES[0]}:{PORT}"

    def inside(self, host: int, command: list[str]) -> list[str]:
        """A command, to be run on a host."""
        return ["ip", "netns", "exec", f"{NAME}-{host}", *command]

    def start(self) -> None:
        """The scheduler and its workers."""
        dask = [sys.executable, "-m", "dask"]
        self._spawn(0, [*dask, "scheduler", "--host", ADDRESSES[0], "--port", str(PORT), "--no-dashboard"])
        for host in (1, 2):
            own = ["--host", ADDRESSES[host], "--nthreads", "1", "--nworkers", "1", "--no-dashboard"]
            scratch = ["--local-directory", str(self._folder / f"host {host}"), "--death-timeout", "60"]
            self._spawn(host, [*dask, "worker", self.address, *own, *scratch])
        time.sleep(8)

    def unplug(self, host: int) -> None:
        """Cut a host off: what it sends gets lost, and nobody tells it."""
        _ip("link", "set", f"{NAME}-v{host}", "down")

    def plug(self, host: int) -> None:
        _ip("link", "set", f"{NAME}-v{host}", "up")

    def _spawn(self, host: int, command: list[str]) -> None:
        log = (self._folder / f"host {host}.log").open("ab")
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        self._processes.append(
            subprocess.Popen(self.inside(host, command), stdout=log, stderr=log, env=environment, cwd=self._folder)
        )

    def stop(self) -> None:
        for process in reversed(self._processes):
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextmanager
def hosts(folder: Path) -> Iterator[Hosts]:
    """Three hosts with a running cluster, gone afterwards."""
    made = Hosts(folder)
    try:
        _ip("link", "add", f"{NAME}-br", "type", "bridge")
        _ip("link", "set", f"{NAME}-br", "up")
        for host, address in enumerate(ADDRESSES):
            _ip("netns", "add", f"{NAME}-{host}")
            _ip("link", "add", f"{NAME}-v{host}", "type", "veth", "peer", "name", "eth0", "netns", f"{NAME}-{host}")
            _ip("link", "set", f"{NAME}-v{host}", "master", f"{NAME}-br", "up")
            for setting in (["addr", "add", f"{address}/24", "dev", "eth0"], ["link", "set", "eth0", "up"]):
                _ip("-n", f"{NAME}-{host}", *setting)
            _ip("-n", f"{NAME}-{host}", "link", "set", "lo", "up")
        made.start()
        yield made
    finally:
        made.stop()
        for host in range(len(ADDRESSES)):
            subprocess.run(["ip", "netns", "del", f"{NAME}-{host}"], capture_output=True, check=False)
        subprocess.run(["ip", "link", "del", f"{NAME}-br"], capture_output=True, check=False)


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)
