"""The command line: what to type, what comes back, and with which exit code.

0 done · 1 a public item failed, or a miss in validate · 2 usage or rubric fault · 3 a hand-in is broken or
unfinished · 130 after Ctrl-C.
"""

from __future__ import annotations

import os

for _pool in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_pool, "1")  # our arrays are small: threads that wait for each other cost tenfold

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from grader import __version__
from grader.course import find_course
from grader.errors import Fault, GraderFault, RubricFault, UsageFault
from grader.records import LOST, Scorecard, Submission, to_json

if TYPE_CHECKING:
    from grader.batch import Batch

app = typer.Typer(
    name="grader",
    help="Grade machine-learning hand-ins: confined runs, checks with a known error rate, named mistakes.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
notes = Console(stderr=True, highlight=False)

SheetName = Annotated[str, typer.Argument(metavar="SHEET", help="Name of a sheet, as in rubrics/SHEET.yaml.")]
Paths = Annotated[list[Path], typer.Argument(metavar="PATH...", help="Hand-ins: zip, folder, notebook, script, or a platform's outer archive.")]  # fmt: skip
CourseDir = Annotated[Path | None, typer.Option("--course", metavar="DIR", help="Course folder; default: the nearest parent with 'rubrics'.")]  # fmt: skip
OutDir = Annotated[Path, typer.Option("--out", metavar="DIR", help="Where results lie: DIR/SHEET/...")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON; progress goes to stderr.")]
Trust = Annotated[bool, typer.Option("--trust-hand-ins", help="Run hand-ins even where this machine cannot confine them (level 0 or 1).")]  # fmt: skip


@app.callback(invoke_without_command=True)
def _top(
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    if version:
        typer.echo(f"grader {__version__}")
        raise typer.Exit


@app.command(epilog="Example: grader grade SHEET 'Exercise 1@Tutorial A.zip' --jobs 2")
def grade(
    sheet: SheetName,
    paths: Paths,
    out: OutDir = Path("reports"),
    jobs: Annotated[
        int | None,
        typer.Option(
            min=1, metavar="N", help="Hand-ins at the same time; default: what cores and memory allow."
        ),
    ] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Run and judge again; marks and bindings stay.")
    ] = False,
    only: Annotated[
        list[str] | None, typer.Option(metavar="TEAM", help="Only this label, folder or id; may be repeated.")
    ] = None,
    platform: Annotated[
        str | None, typer.Option(metavar="NAME", help="Read PATH as a download of this platform.")
    ] = None,
    trust_hand_ins: Trust = False,
    cold: Annotated[
        bool,
        typer.Option("--cold", help="A fresh interpreter for every process: slower, as a second opinion."),
    ] = False,
    course: CourseDir = None,
    as_json: AsJson = False,
) -> None:
    """Grade every hand-in at PATH and write a page per team and an overview.

    The same command again continues where it stopped and does nothing twice.
    """
    from grader.batch import Batch
    from grader.intake.collect import collect
    from grader.report.console import summary_table
    from grader.sandbox.levels import probe, require_isolation
    from grader.sandbox.machine import slots

    home = find_course(course)
    found = collect(paths, platform=platform, only=tuple(only or ()))
    chosen = home.sheet(sheet)
    level = probe().level
    require_isolation(level, trust_hand_ins)
    jobs = jobs or slots(chosen.rubric.budget.memory_bytes)
    notes.print(f"{found.choice} Isolation level {level} of 4, {jobs} at a time.")
    batch = Batch(chosen, home, out, jobs=jobs, fresh=fresh, cold=cold)
    batch.remember(paths, platform)
    cards = _run(batch, found.submissions)
    index = batch.folder / "index.html"
    if as_json:
        _print_json({"sheet": sheet, "index": str(index), "reused": batch.reused, "results": cards})
    else:
        Console(highlight=False).print(summary_table(cards))
        typer.echo(f"{len(cards)} hand-ins, {batch.reused} unchanged since last time. Overview: {index}")
    unfinished = any(card.status == "broken" for card in cards) or len(cards) < len(found.submissions)
    raise typer.Exit(3 if unfinished else 0)


def _run(batch: Batch, submissions: Sequence[Submission]) -> list[Scorecard]:
    """Grade with a progress bar; Ctrl-C ends with a word on how to continue."""
    from grader.report.console import BatchProgress

    try:
        with BatchProgress(notes, len(submissions)) as progress:
            return batch.run(submissions, progress)
    except KeyboardInterrupt:
        done = f"{len(batch.cards)} of {len(submissions)} hand-ins are finished and kept."
        notes.print(f"\nStopped. {done} The same command continues from here.")
        raise typer.Exit(130) from None


@app.command(epilog="Example: grader check SHEET ex01.zip --run")
def check(
    sheet: SheetName,
    path: Annotated[
        Path, typer.Argument(metavar="PATH", help="Your hand-in: zip, folder, notebook or script.")
    ],
    run: Annotated[
        bool, typer.Option("--run", help="Also run the whole notebook from top to bottom.")
    ] = False,
    course: CourseDir = None,
    as_json: AsJson = False,
) -> None:
    """Check your own work before handing in: the public items, judged on your definitions."""
    from grader.engine import Engine
    from grader.intake.collect import collect
    from grader.intake.words import words_of
    from grader.report.console import item_table

    home = find_course(course)
    found = collect([path])
    if len(found.submissions) != 1:
        raise UsageFault(f"{path} holds {len(found.submissions)} hand-ins; check looks at one.")
    with Engine(home.sheet(sheet), home) as engine, notes.status("asking your classes and functions ..."):
        engine.warm_up(words_of(found.submissions[0]))
        from grader.pipeline import grade_submission  # takes seconds to load, in which the process gets warm

        engine.prepare()
        card, _ = grade_submission(found.submissions[0], engine, whole_run=run, public_only=True)
    if as_json:
        _print_json(card)
    else:
        Console(highlight=False).print(item_table(card))
    if card.status == "broken":
        raise typer.Exit(3)
    failed = any(i.verdict in LOST and i.max > 0 for i in card.items)
    raise typer.Exit(1 if failed or card.status == "unreadable" else 0)


@app.command(epilog="Example: grader validate SHEET --quick")
def validate(
    sheets: Annotated[
        list[str] | None, typer.Argument(metavar="[SHEET...]", help="Default: every sheet.")
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="One seed, definitions only.")] = False,
    twin: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Only this twin, such as wrong/NAME; may be repeated."),
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, metavar="N", help="Twins at the same time.")] = 1,
    course: CourseDir = None,
    as_json: AsJson = False,
) -> None:
    """Prove a sheet: the reference gets full marks, right twins pass, each wrong twin costs its item only."""
    from grader.prove.validate import validate_sheet
    from grader.report.console import matrix_table, twin_progress

    home = find_course(course)
    results = []
    for name in sheets or home.sheets():
        with twin_progress(notes) as progress:
            results.append(
                validate_sheet(
                    home.sheet(name), home, quick=quick, jobs=jobs, names=tuple(twin or ()),
                    begin=progress.begin, advance=progress.advance,
                )
            )  # fmt: skip
    if as_json:
        _print_json(results)
    else:
        wide = Console(highlight=False, width=max(160, Console().width))
        for result in results:
            wide.print(matrix_table(result))
            for miss in result.misses:
                wide.print(f"MISS {miss}")
            verdict = "holds" if not result.misses else f"{len(result.misses)} misses"
            wide.print(f"{result.sheet}: {len(result.rows)} hand-ins through the whole pipeline: {verdict}.")
    raise typer.Exit(1 if any(result.misses for result in results) else 0)


@app.command(epilog="Example: grader calibrate SHEET --jobs 2")
def calibrate(
    sheet: SheetName,
    quick: Annotated[bool, typer.Option("--quick", help="60 clean runs and one of every mistake.")] = False,
    runs: Annotated[int, typer.Option(min=1, metavar="N", help="Runs of correct work.")] = 3000,
    seeds: Annotated[int, typer.Option(min=1, metavar="N", help="Runs of every known mistake.")] = 10,
    jobs: Annotated[int | None, typer.Option(min=1, metavar="N", help="Runs at the same time.")] = None,
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="Where rows are kept, so that the same command goes on.")
    ] = Path("reports/calibration"),
    course: CourseDir = None,
    as_json: AsJson = False,
) -> None:
    """Measure how often checks fail correct work and catch known mistakes; write the numbers and their page.

    Writes rubrics/calibration/SHEET.json and docs/calibration-SHEET.md. Can be stopped at any time.
    """
    from grader.prove.calibrate import calibrate as measure
    from grader.prove.calibrate import save
    from grader.prove.calibration_page import share, write_page
    from grader.report.console import run_progress
    from grader.sandbox.machine import slots

    home = find_course(course)
    chosen = home.sheet(sheet)
    clean, wrong = (60, 1) if quick else (runs, seeds)
    with run_progress(notes) as progress:
        found = measure(
            chosen, home, out, clean_runs=clean, wrong_seeds=wrong,
            jobs=jobs or slots(chosen.rubric.budget.memory_bytes),
            begin=progress.begin, advance=progress.advance,
        )  # fmt: skip
    path = save(found, home)
    page = write_page(found, home.root / "docs")
    if as_json:
        _print_json(found)
    else:
        typer.echo(
            f"{found.sheet}: {found.clean_lost} of {found.clean_runs} clean runs lost a point "
            f"(95 % bound: {share(found.clean_bound)}); "
            f"{sum(t.caught for t in found.mistakes)} of {sum(t.runs for t in found.mistakes)} mistakes caught. "
            f"Written: {path.relative_to(home.root)}, {page.relative_to(home.root)}"
        )
    raise typer.Exit(0)


@app.command(epilog="Example: grader diff SHEET --out reports")
def diff(
    sheet: SheetName,
    out: OutDir = Path("reports"),
    trust_hand_ins: Trust = False,
    course: CourseDir = None,
    as_json: AsJson = False,
) -> None:
    """Say what grading again would change, item by item, and what earlier regrades changed; nothing is written.

    Hand-ins are not run again: stored runs are judged by the rubric, checks and bindings of now. Exit code 1
    when points would change.
    """
    from grader.prove.diff import difference
    from grader.report.console import changes_table
    from grader.sandbox.levels import probe, require_isolation

    home = find_course(course)
    chosen = home.sheet(sheet)
    require_isolation(probe().level, trust_hand_ins)
    with notes.status("judging stored runs ...") as status:
        found = difference(
            chosen,
            home,
            out,
            advance=lambda s, n, total: status.update(f"judging {n} of {total}: {s.folder}"),
        )
    if as_json:
        _print_json(found)
    else:
        console = Console(highlight=False)
        if found.would:
            console.print(changes_table("a regrade would change", found.would))
        else:
            typer.echo(f"A regrade would change nothing in {found.compared} hand-ins.")
        if found.made:
            console.print(changes_table("earlier regrades changed", found.made[-40:]))
        for name in found.gone:
            typer.echo(f"Not compared, because its files are gone: {name}")
    raise typer.Exit(1 if any(change.moves_points for change in found.would) else 0)


@app.command(epilog="Example: grader doctor --json")
def doctor(as_json: AsJson = False) -> None:
    """Say what this machine can isolate, what is missing, and how to get it."""
    from grader.report.console import doctor_table
    from grader.sandbox.levels import probe

    found = probe()
    if as_json:
        _print_json(found)
    else:
        Console(highlight=False).print(doctor_table(found))


def main() -> None:
    """Run the command line; faults become one sentence on stderr and their exit code."""
    try:
        app(standalone_mode=True)
    except (UsageFault, RubricFault) as fault:
        _complain(fault, 2)
    except GraderFault as fault:
        _complain(fault, 3)
    except Fault as fault:
        _complain(fault, 3)
    except KeyboardInterrupt:
        notes.print("\nStopped.")
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


def _complain(fault: Fault, code: int) -> None:
    notes.print(f"grader: {fault.sentence()}", markup=False)
    sys.exit(code)


def _print_json(value: Any) -> None:
    typer.echo(json.dumps(to_json(value), indent=1, ensure_ascii=False))
