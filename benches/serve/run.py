#!/usr/bin/env python3
"""`idq serve` under load, beside FastAPI over DuckDB and over PostgreSQL: see README.md in this folder."""

import argparse
import json
import os
import shlex
import subprocess
import sys
import urllib.request
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "compare"), str(HERE.parent)]

import prepare  # noqa: E402
import question  # noqa: E402
import results  # noqa: E402
from apis import PROVISIONR  # noqa: E402

import servers  # noqa: E402

PATH = "/api/v1/directory/identities"
# The requests of the measurement `simple`: the first pages of all records.
SIMPLE = [f"{PATH}?page={page}" for page in range(1, 11)]


def main():
    options = arguments()
    work = (options.work or prepare.target_folder() / "serve-bench").resolve()
    work.mkdir(parents=True, exist_ok=True)
    idq, clients = build(work)
    python = peers(work)
    dump = prepare.dump(idq, work, PROVISIONR, options.rows)
    requests = question.load(PROVISIONR, dump)["resident"]
    mixed = [f"{PATH}?{request.replace('[', '%5B').replace(']', '%5D')}" for request in requests]
    load = Load(clients, work, options)
    report = {"machine": prepare.machine(), "revision": prepare.revision(), "rows": options.rows, "clients": options.clients}
    answers = {}
    for name, server in servers.all_of(options, idq, python, work, dump):
        with server as running:
            print(f"== {name} at {running.address}", file=sys.stderr, flush=True)
            answers[name] = [seen(running, target) for target in [*SIMPLE, *mixed]]
            if answers[name] != answers["idq"]:
                wrong = [t for t, a, b in zip([*SIMPLE, *mixed], answers["idq"], answers[name]) if a != b]
                sys.exit(f"{name} answers otherwise than idq: {wrong}")
            report[name] = {
                "healthz": load.run(running, ["/healthz"]),
                "simple": load.run(running, SIMPLE),
                "mixed": load.run(running, mixed),
            }
            if name == "idq-uncached" and options.soak:
                report[name]["soak"] = load.run(running, mixed, options.soak)
    if options.record:
        results.record("serve", text(report))
    print(json.dumps(report, indent=1) if options.json else text(report))


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000, help="records in the dump")
    parser.add_argument("--clients", type=int, default=50, help="clients at once")
    parser.add_argument("--seconds", type=float, default=20, help="how long each measure takes")
    parser.add_argument("--soak", type=float, default=0, help="seconds that memory is watched for, on top (600 are 10 minutes)")
    parser.add_argument("--work", type=Path, help="where dumps and databases are kept")
    parser.add_argument("--server", action="append", choices=["duckdb", "postgresql"], help="which to compare with; both by default")
    parser.add_argument("--alone", action="store_true", help="idq alone")
    parser.add_argument("--record", action="store_true", help="also replace the section serve of benches/RESULTS.md")
    parser.add_argument("--json", action="store_true", help="print all figures as JSON")
    return parser.parse_args()


class Load:
    """Runs the load generator and samples the memory of the server."""

    def __init__(self, clients, work, options):
        self.clients, self.options = clients, options
        self.file = work / "targets.txt"

    def run(self, server, targets, seconds=None):
        self.file.write_text("\n".join(targets))
        seconds = str(seconds or self.options.seconds)
        command = [self.clients, server.address, str(self.options.clients), seconds, self.file]
        environment = {**os.environ, **({"TOKEN": server.token} if server.token else {})}
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        memory = []
        while process.poll() is None:
            memory.append(server.memory())
            try:
                process.wait(1)
            except subprocess.TimeoutExpired:
                pass
        result = json.loads(process.stdout.read())
        result["rate"] = round(result["requests"] / result["seconds"], 1)
        result["memory_mib"] = {"first": memory[0], "half": memory[len(memory) // 2], "last": memory[-1], "most": max(memory)}
        return result


def seen(server, target):
    """Returns the total and the ids of a page, after a check of its links."""
    request = urllib.request.Request(f"http://{server.address}{target}")
    if server.token:
        request.add_header("Authorization", f"Bearer {server.token}")
    with urllib.request.urlopen(request, timeout=300) as response:
        page = json.load(response)
    return page["total"], [record["id"] for record in page["data"]], page["last_page"], page["next_page_url"] is None


def text(report):
    lines = [
        f"* Again: `{shlex.join(['python3', 'benches/serve/run.py', *sys.argv[1:]])}`",
        "",
        f"{report['rows']:,} Provisionr records, {report['clients']} clients on the same machine: {report['machine']};"
        f" idq {report['revision']}.",
        "",
        "| server | requests | a second | p50 ms | p99 ms | max ms | errors | fewest of a client | memory MiB: first, half, last |",
        "|---|---|---:|---:|---:|---:|---:|---:|---|",
    ]
    for name in servers.TITLES:
        for measure, result in report.get(name, {}).items():
            memory = result["memory_mib"]
            lines.append(
                f"| {servers.TITLES[name]} | {measure} | {result['rate']:,.1f} | {result['p50']} | {result['p99']} |"
                f" {result['max']} | {result['errors']} | {result['fewest_of_a_client']} |"
                f" {memory['first']}, {memory['half']}, {memory['last']} |"
            )
    lines.append("")
    for name in ("idq", "idq-uncached"):
        idq, title = report[name], servers.TITLES[name]
        share = idq["simple"]["rate"] / idq["healthz"]["rate"]
        lines.append(f"- {title}: simple pages at {share:.2f} of the rate of `/healthz`.")
        for measure in ("simple", "mixed"):
            others = [report[other][measure] for other in ("duckdb", "postgresql") if other in report]
            if others:
                rate = idq[measure]["rate"] / max(other["rate"] for other in others)
                p99 = idq[measure]["p99"] / min(other["p99"] for other in others)
                lines.append(
                    f"- {title}, {measure}: {rate:.1f} times the better one's throughput, {p99:.2f} of the better one's p99."
                )
    return "\n".join(lines)


def build(work):
    build = ["cargo", "build", "--profile", "dist", "--locked"]
    subprocess.run([*build, "-p", "idq-cli"], cwd=prepare.REPOSITORY, check=True)
    # Alone, as it needs only the standard library.
    clients = work / "clients"
    source = prepare.REPOSITORY / "benches" / "examples" / "clients.rs"
    subprocess.run(["rustc", "--edition", "2024", "-O", source, "-o", clients], check=True)
    return prepare.target_folder() / "dist" / "idq", clients


def peers(work):
    """Returns a Python environment with FastAPI and the drivers."""
    wanted = (HERE / "requirements.txt").read_text()
    environment = work / "peers"
    python, installed = environment / "bin" / "python", environment / "installed.txt"
    if not installed.exists() or installed.read_text() != wanted:
        venv.create(environment, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "-r", HERE / "requirements.txt"], check=True)
        installed.write_text(wanted)
    return python


if __name__ == "__main__":
    main()
