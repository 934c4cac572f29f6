#!/usr/bin/env python3
"""Compares idq with DuckDB, ClickHouse and Polars on the same queries: see README.md in this folder."""

import argparse
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import differences
import exports
import extracted
import measure
import packed
import prepare
import question
import report_extracted
import report_packed
import report_styles
import results
import styles
from apis import APIS
from peers import NAMES
from report import Report


def main():
    options = arguments()
    work = (options.work or prepare.target_folder() / "compare").resolve()
    work.mkdir(parents=True, exist_ok=True)
    idq, answers = prepare.build()
    python = options.python or prepare.peers(work)
    engines = measure.Engines(idq, answers, python, options.peers, options.threads)
    report, disagreements, versions = Report(options.peers), measure.Disagreements(), {}
    for name in options.api:
        api = APIS[name]
        if "styles" in options.only:
            ask_styles(engines, work, api, report, disagreements, versions, options)
        if options.only == ["styles"]:
            continue
        dump = prepare.dump(idq, work, api, options.rows)
        groups = question.load(api, dump)
        compare(engines, api, dump, groups, report, disagreements, versions, options.only)
        if "packed" in options.only:
            files = packed.Files(engines, api, dump)
            report_packed.files(report, api, files.write(), dump.stat().st_size)
            answers = files.ask(groups["packed"], disagreements)
            versions.update({"duckdb-cli": files.peer.version()}, **answers[0]["versions"])
            report_packed.answers(report, api, answers)
        if "exports" in options.only:
            files = exports.Exports(engines, api, dump)
            exports.report(report, api, files.compare(disagreements), files.copies())
            versions["duckdb-cli"] = files.peer.version()
        if "differences" in options.only:
            pair = differences.Differences(engines, api, dump)
            differences.report(report, api, pair.compare(disagreements))
            versions["duckdb-cli"] = pair.peer.version()
        ask_extracted(engines, api, dump, groups, report, disagreements, versions, options.only)
        if options.scale:
            large = prepare.dump(idq, work, api, options.scale)
            grown(engines, api, (dump, large), groups, report, options)
    if disagreements.found:
        print(*disagreements.found, sep="\n", file=sys.stderr)
        sys.exit(f"{len(disagreements.found)} answers differ from idq's: no times are printed")
    text = report.text(prepare.machine(), prepare.revision(), versions, options.threads)
    (options.output or work / "report.md").write_text(text)
    if options.record:
        results.record(options.record, text)
    print(text)


def compare(engines, api, dump, groups, report, disagreements, versions, only):
    """Runs the selected measures of one API."""
    if "straight" in only:
        answers = measure.straight(engines, api, dump, groups["straight"], disagreements)
        versions.update(answers[0]["versions"])
        report.straight(api, answers)
    if "resident" in only:
        loaded, residents = measure.loads(engines, api, dump)
        versions.update((name, one["version"]) for name, one in loaded.items() if "version" in one)
        report.load(api, loaded)
        resident = measure.questions(residents, api, groups["resident"], disagreements)
        deep = measure.questions(residents, api, groups["deep"], disagreements)
        report.resident(api, resident, deep)
        for process in residents.values():
            process.__exit__()
    if "threads" in only:
        report.threads(api, measure.thread_gain(engines, api, dump, groups["scan"][0]))


def ask_extracted(engines, api, dump, groups, report, disagreements, versions, only):
    """Runs the selected measures of expressions and counts of one API."""
    if not {"expressions", "counts"}.intersection(only):
        return
    files = packed.Files(engines, api, dump)
    residents = extracted.Residents(engines, api, dump, files)
    versions.update(residents.versions())
    for group in ("expressions", "counts"):
        if group in only:
            answers = residents.ask(api, groups[group], disagreements)
            report_extracted.resident(report, api, answers, group)
    residents.close()
    if "counts" in only:
        counts = extracted.Counts(engines, api, dump, files)
        plain = groups["counts plain"][0]
        straight = counts.straight(groups["counts straight"], plain, disagreements)
        report_extracted.straight(report, api, straight)
        # The files of the packed queries serve both.
        if "packed" not in only:
            files.write(("idq", "database"), 1)
        report_extracted.cold(report, api, counts.cold(groups["counts packed"], disagreements))
        versions.update({"duckdb-cli": files.peer.version()}, **straight[0]["versions"])


def ask_styles(engines, work, api, report, disagreements, versions, options):
    """Measures dumps of the selected styles of one API; all styles are asked for the same identities."""
    rows = options.style_rows
    requests = question.load(api, prepare.dump(engines.idq, work, api, rows))["styles"]
    figures = styles.measure(engines, work, api, options.style, rows, requests, disagreements)
    report_styles.styles(report, api, figures)
    versions["duckdb"] = next(iter(figures.values()))["questions"][0]["version"]


def grown(engines, api, dumps, groups, report, options):
    """Reports the cost of a larger dump, for the selected measures."""
    if {"straight", "resident", "threads"}.intersection(options.only):
        requests = [*groups["straight"], *groups["scan"], *groups["deep"]]
        report.scale(api, measure.scale(engines, api, dumps, requests), options.scale)
    if "packed" in options.only:
        seconds = packed.scale(engines, api, dumps, groups["packed"][0])
        report_packed.scale(report, api, seconds, options.scale)


def arguments():
    measures = ("straight", "resident", "threads", "packed", "exports", "expressions", "counts", "styles", "differences")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, help=f"records in each dump (default: 1000000; {styles.ROWS} for styles)")
    parser.add_argument("--work", type=Path, help="folder of dumps and peers (default: compare in cargo's target folder)")
    parser.add_argument("--output", type=Path, help="the report's file (default: report.md in the work folder)")
    parser.add_argument("--record", choices=results.sections(), help="also replace this section of benches/RESULTS.md")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="of each engine (default: one for each core)")
    parser.add_argument("--api", action="append", choices=APIS, help="only this API; may be repeated")
    parser.add_argument("--peers", action="append", choices=NAMES, help="only this peer; may be repeated")
    parser.add_argument("--only", action="append", choices=measures, help="only this measure; may be repeated")
    parser.add_argument("--style", action="append", choices=styles.STYLES, help="only this style; may be repeated")
    parser.add_argument("--scale", type=int, metavar="ROWS", help="also: what a record costs idq in a dump of ROWS")
    parser.add_argument("--python", type=Path, help="a Python that has the peers already")
    options = parser.parse_args()
    options.api = options.api or list(APIS)
    options.peers = options.peers or list(NAMES)
    options.only = options.only or list(measures)
    options.style = options.style or list(styles.STYLES)
    options.style_rows = options.rows or styles.ROWS
    options.rows = options.rows or 1_000_000
    return options


if __name__ == "__main__":
    main()
