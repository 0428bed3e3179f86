"""Every hostile source at once beside two healthy ones, three days in a row, by the command that a user runs."""

from __future__ import annotations

import json
import os
import pickle
import ssl
import subprocess
import sys
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from tests.hostile import dates, documents, fields, http, overtime
from tests.hostile.cases import LOOKS, Case
from tests.newsstand import START, rss
from tests.server import Received, Reply, Server, Wire

CASES = {case.id: case for case in (*http.CASES, *documents.CASES, *fields.CASES, *dates.CASES, *overtime.CASES)}
AGAIN = START + timedelta(hours=1)
HEALTHY = ("healthy-one", "healthy-two")
# A source that says nothing for long is given up sooner than usual: there is no more to learn from it.
CERTIFICATE = Path(__file__).parents[1] / "edge" / "localhost.pem"      # self-signed: trusted by no one
LIMITS = "{request_s: 2.5, connect_s: 2.5, low_speed_s: 2, site_files: 5000}"


@dataclass(frozen=True, slots=True)
class Run:
    """What one command left: its exit code and words."""

    code: int
    out: str
    err: str

    @property
    def report(self) -> dict[str, object]:
        found = json.loads(self.out)
        assert isinstance(found, dict)
        return found


@dataclass(frozen=True, slots=True)
class Played:
    """The folder after all looks, what each run said, and what the server was asked, by path."""

    folder: Path
    runs: tuple[Run, ...]
    asked: dict[str, list[Received]]
    allow: str


def play(folder: Path) -> Played:
    """Collect at each look but the last, which is a whole build; and look once more an hour later, when nothing is new."""
    look = 0

    def served(case: Case, asked: Received, wire: Wire) -> Reply | None:
        answer = case.answers[min(look, len(case.answers) - 1)]
        return answer if isinstance(answer, Reply) else answer(asked, wire)

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    with Server() as server, Server(tls=context) as secure:
        for case in CASES.values():
            server.route(f"/{case.id}", lambda asked, wire, case=case: served(case, asked, wire))    # type: ignore[misc]
        for name in HEALTHY:
            server.route(f"/{name}", lambda asked, wire: Reply(200, healthy(asked.path.strip("/"), look)))
        (folder / "sources.yaml").write_text(listed(server, secure), encoding="utf-8")
        runs = []
        for look in range(LOOKS):
            command = "build" if look == LOOKS - 1 else "collect"
            runs.append(run(folder, command, "--json", "--now", (START - timedelta(days=LOOKS - 1 - look)).isoformat()))
        runs.append(run(folder, "collect", "--json", "--now", AGAIN.isoformat()))
        asked: dict[str, list[Received]] = {}
        for request in server.requests:
            asked.setdefault(request.path.partition("?")[0].strip("/"), []).append(request)
    return Played(folder, tuple(runs), asked, server.allow[0])


def healthy(name: str, look: int) -> bytes:
    """A feed that tells one thing more each day."""
    return rss(*((f"The commission decides case {day} of {name}", f"https://{name}.example/{day}",
                  START - timedelta(days=LOOKS - 1 - day, hours=1)) for day in range(look + 1)))


def listed(server: Server, secure: Server) -> str:
    """A sources.yaml of all of them. Hostile sources weigh most and speak for themselves, so that they reach the home page."""
    rows = [f"  - {{url: '{server.url('/' + name, host=name + '.localhost')}', id: {name}, name: {name}, primary: true, weight: 3}}"
            for name in HEALTHY]
    hosts = [f"'{name}.localhost'" for name in HEALTHY]
    for case in CASES.values():
        url = case.url.replace("{port}", str(server.port)).replace("{tls}", str(secure.port)) or server.url(f"/{case.id}", host=case.host)
        rows.append(f"  - {{url: '{url}', id: {case.id}, kind: {case.kind}, primary: true, weight: 3}}")
        hosts.append(f"'{case.host}'")
    return (f"site: {{url: 'https://site.example/deep/', language: fr}}\nlimits: {LIMITS}\nnetwork: {{allow: [{', '.join(hosts)}]}}\n"
            "sources:\n" + "\n".join(rows) + "\n")


def run(folder: Path, *arguments: str, **environ: str) -> Run:
    """The command as CI runs it: no terminal, output taken apart."""
    done = subprocess.run([sys.executable, "-m", "watcher", *arguments], cwd=folder, capture_output=True, timeout=300,
                          env={**os.environ, **environ})
    return Run(done.returncode, done.stdout.decode(), done.stderr.decode())


def keep(played: Played, path: Path) -> None:
    path.write_bytes(pickle.dumps(played))


def kept(path: Path) -> Played:
    found = pickle.loads(path.read_bytes())
    assert isinstance(found, Played)
    return found
