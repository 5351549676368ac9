"""How fast the pages of a run of 10,000 findings open, and how many requests are answered, also under hostile uploads.

    python -m benchmarks.review [--findings 10000] [--clients 32] [--seconds 20]

The clients keep one connection each and read findings one by one, so do the readers of pictures. Server and clients
share the machine, so the clients are as cheap as can be: they write to the socket, and read no more of an answer than
its status and length.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from figecho.store.runs import save_run
from figecho.types import Document, Evidence, Finding, Judgement, Occurrence, Overlap, Run, Transform, Verdict

CONTENTS, FILES, INLIERS = 60, 40, 80
WIDTH, HEIGHT = 300, 240
HOSTILE_CLIENTS = 4
#: Pages that a person opens first, in this order: the first request reads the run.
PAGES = {
    "queue, first opened": "/runs/large",
    "queue, again": "/runs/large",
    "queue, filtered": "/runs/large?verdict=weak&text=fig+3",
    "page 100 of the queue": "/runs/large?page=100",
    "a finding's page": "/runs/large/findings/F7",
    "its first picture": "/runs/large/findings/F7/image?view=side-a",
    "graph of figures": "/runs/large/graph",
}


def large_run(number: int) -> Run:
    """A run of that many findings over drawn panels; a quarter of them strong, a quarter moderate."""
    rng = random.Random(0)
    noise = np.random.default_rng(0)
    pixels = {f"c{n}": noise.integers(0, 255, (HEIGHT, WIDTH), dtype=np.uint8) for n in range(CONTENTS)}
    documents = tuple(Document(f"{n:064x}", f"paper{n}.pdf", "read", pictures=5, panels=40) for n in range(FILES))
    findings = tuple(_finding(n, number, rng) for n in range(number))
    created = "2026-01-02T03:04:05Z"
    return Run("large", "0", created, {"method": "reuse"}, documents, findings, (), number * 50, number, (), pixels)


def _finding(n: int, number: int, rng: random.Random) -> Finding:
    verdicts: tuple[Verdict, ...] = ("strong", "moderate", "weak", "weak")
    points = tuple((rng.uniform(0, WIDTH), rng.uniform(0, HEIGHT)) for _ in range(INLIERS))
    box = ((0.0, 0.0), (WIDTH - 1.0, 0.0), (WIDTH - 1.0, HEIGHT - 1.0), (0.0, HEIGHT - 1.0))
    turn = Transform(((-1.0, 0.0, WIDTH - 1.0), (0.0, -1.0, HEIGHT - 1.0)))
    measured = {f"m{k}": rng.random() for k in range(30)}
    evidence = Evidence(900, 900, 200, points, points, turn, box, box, Overlap(0.6, 0.7), -50, 0.9, 0.9, measured)
    judgement = Judgement(verdicts[4 * n // number], 1 - n / number, ("the fine grain agrees", "80 keypoints agree"))
    return Finding(f"F{n + 1}", f"{n:032x}", "between-panels", _place(rng), _place(rng), judgement, evidence)


def _place(rng: random.Random) -> Occurrence:
    n = rng.randrange(5000)
    bbox = (0, 0, WIDTH, HEIGHT)
    figure, panel = f"Fig {n % 8 + 1}", "ABCDEFGH"[n % 7]
    return Occurrence(
        f"{n % FILES:064x}", f"paper{n % FILES}.pdf", n % 12 + 1, 1, figure, panel, bbox, f"c{n % CONTENTS}"
    )


@dataclass(frozen=True)
class Server:
    """A running server: where it listens, the token it wants, and its process."""

    host: str
    token: str
    pid: int

    def request(self, method: str, path: str, *headers: str) -> bytes:
        """The head of a request."""
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self.host}", f"Authorization: Bearer {self.token}", *headers]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        host, _, port = self.host.rpartition(":")
        return await asyncio.open_connection(host, int(port))

    def cpu_seconds(self) -> float:
        """CPU time that it has taken so far."""
        user, system = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


@contextmanager
def served(folder: Path) -> Iterator[Server]:
    """The review app over the runs that are stored in a folder."""
    command = [sys.executable, "-m", "figecho", "review", "--no-browser", "-j", "1"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        address, _, token = process.stdout.readline().strip().removeprefix("http://").partition("/?token=")
        yield Server(address, token, process.pid)
        process.terminate()


async def open_pages(server: Server, paths: Sequence[str]) -> list[float]:
    """Milliseconds that each of these pages takes, one after the other."""
    incoming, outgoing = await server.connect()
    taken = []
    for path in paths:
        start = time.perf_counter()
        outgoing.write(server.request("GET", path))
        await _answer(incoming)
        taken.append(1000 * (time.perf_counter() - start))
    outgoing.close()
    return taken


async def read(server: Server, clients: int, seconds: float, path: Callable[[random.Random], str]) -> list[float]:
    """Latencies in milliseconds of ``clients`` that ask for one path after the other."""
    taken: list[float] = []
    end = time.perf_counter() + seconds

    async def one(seed: int) -> None:
        rng = random.Random(seed)
        incoming, outgoing = await server.connect()
        while time.perf_counter() < end:
            start = time.perf_counter()
            outgoing.write(server.request("GET", path(rng)))
            await _answer(incoming)
            taken.append(1000 * (time.perf_counter() - start))
        outgoing.close()

    await asyncio.gather(*(one(seed) for seed in range(clients)))
    return taken


async def _answer(incoming: asyncio.StreamReader) -> None:
    """Read one answer, which must be a good one; a fraction of what a client for all purposes costs."""
    head = (await incoming.readuntil(b"\r\n\r\n")).lower()
    assert head.startswith(b"http/1.1 200"), head
    await incoming.readexactly(int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0]))


async def besieged(server: Server, clients: int, seconds: float, path: Callable[[random.Random], str]) -> list[float]:
    """The same while uploads that never end run against the server."""

    async def attack() -> None:
        _, outgoing = await server.connect()
        multipart = "Content-Type: multipart/form-data; boundary=b"
        outgoing.write(server.request("POST", "/v1/scans", multipart, "Transfer-Encoding: chunked"))
        part = b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.png"\r\n\r\n'
        for piece in itertools.chain([part], itertools.repeat(bytes(65536))):
            outgoing.write(f"{len(piece):x}\r\n".encode("ascii") + piece + b"\r\n")
            await outgoing.drain()
            await asyncio.sleep(0.01)

    attackers = [asyncio.create_task(attack()) for _ in range(HOSTILE_CLIENTS)]
    taken = await read(server, clients, seconds, path)
    for attacker in attackers:
        attacker.cancel()
    await asyncio.gather(*attackers, return_exceptions=True)
    return taken


def row(name: str, taken: list[float], seconds: float, cpu: float) -> str:
    cuts = statistics.quantiles(taken, n=100)
    rate, each = len(taken) / seconds, 1000 * cpu / len(taken)
    return f"| {name} | {rate:.0f} | {cuts[49]:.0f} | {cuts[98]:.0f} | {each:.2f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--findings", type=int, default=10_000)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=20)
    given = parser.parse_args()

    def finding(rng: random.Random) -> str:
        return f"/v1/findings/large.F{rng.randrange(given.findings) + 1}"

    def picture(rng: random.Random) -> str:
        return f"{finding(rng)}/image?view={rng.choice(['side-a', 'moved', 'overlay'])}"

    with tempfile.TemporaryDirectory() as name:
        save_run(large_run(given.findings), Path(name) / ".figecho")
        with served(Path(name)) as server:
            print("| page | ms |\n|---|---|")
            taken = asyncio.run(open_pages(server, list(PAGES.values())))
            for title, milliseconds in zip(PAGES, taken, strict=True):
                print(f"| {title} | {milliseconds:.0f} |")
            print(f"\n| {given.clients} clients read | requests/s | p50 ms | p99 ms | server CPU ms each |")
            print("|---|---|---|---|---|")
            for title, run, path in [
                ("findings", read, finding),
                ("pictures, drawn for each", read, picture),
                ("findings, during 4 endless uploads", besieged, finding),
            ]:
                before = server.cpu_seconds()
                taken = asyncio.run(run(server, given.clients, given.seconds, path))
                print(row(title, taken, given.seconds, server.cpu_seconds() - before))


if __name__ == "__main__":
    main()
