"""Commands that run notebooks, judge what they found, and show it."""

import sys

import click

from soaplens_lite.cli._main import FORCE, RESULTS, TIMEOUT, assignments, main
from soaplens_lite.cli._own_data import CENTERS, TRAJECTORY, OwnDataCommand, own_data, stated_of


def _limits(timeout):
    return {} if timeout is None else {"timeout": timeout}


@main.command("run", cls=OwnDataCommand)
@click.argument("notebook")
@click.option("-p", "parameters", multiple=True, metavar="NAME=VALUE", callback=assignments, help="Change a parameter.")
@click.option("--data", metavar="ID", help="As -p data=ID: a data set, or a TOML file that describes your own.")
@TRAJECTORY
@own_data
@CENTERS
@RESULTS
@TIMEOUT
@FORCE
def run_one(notebook, parameters, data, results, timeout, force, **stated):
    """
    Run one NOTEBOOK, 01_cu211 for instance; see `soaplens params NOTEBOOK` for what can be changed.

    On a trajectory of your own: --trajectory and what has to be known of it, or --data with a TOML file. What is known
    is shown before the run begins.
    """
    from soaplens_lite.study.run import runner

    if data and data != parameters.setdefault("data", data):
        raise click.UsageError(f"two data sets are named: {data} and {parameters['data']}")
    chosen = _limits(timeout) | ({"stated": own} if (own := stated_of(stated)) else {})
    result = runner.run(notebook, parameters, results=results, force=force, **chosen)
    sys.exit(result.status != "complete")


@main.command("reproduce")
@click.option("--quick", is_flag=True, help="The case studies on a short stretch of frames, in two or three minutes.")
@click.option(
    "--data",
    type=click.Choice(["sample", "authors", "paper"]),
    default="sample",
    help="In place of the samples: what the paper's group published elsewhere, or the paper's own trajectories. They "
    "are downloaded first; the studies that have such data are run.",
)
@RESULTS
@TIMEOUT
@FORCE
def run_all(quick, data, results, timeout, force):
    """Run all studies of the paper and judge its claims; exit code 1 if a study fails or a verdict is unexpected."""
    from soaplens_lite.study.claims import departing
    from soaplens_lite.study.report import report
    from soaplens_lite.study.run import runner

    outcomes = runner.reproduce(quick=quick, data=data, results=results, force=force, **_limits(timeout))
    click.echo(f"\n{runner.table(outcomes)}")
    judgements = report.conclude(results)
    failed = any(outcome.status != "complete" for outcome in outcomes)
    sys.exit(failed or bool(departing(judgements)))


def _grid(ctx, option, values):
    """``name=value,value,...`` as a dict of lists."""
    given = assignments(ctx, option, values)
    return {name: [value.strip() for value in text.split(",") if value.strip()] for name, text in given.items()}


@main.command("batch")
@click.argument("what", nargs=-1, required=True, metavar="NOTEBOOK|PLAN|BATCH...")
@click.option("-p", "axes", multiple=True, metavar="NAME=V1,V2", callback=_grid, help="Values of a parameter.")
@click.option("--name", help="Of the batch [default: from the plan file, or from the notebook and its parameters].")
@click.option(
    "--jobs", type=click.IntRange(min=1), default=1, metavar="N", help="Worker processes on this computer [default: 1]."
)
@click.option("--dask", metavar="ADDRESS", help="A Dask cluster does the runs; 'local' starts one with --jobs workers.")
@click.option("--part", default="", metavar="K/N", help="Only this part of the plan, for an array job.")
@click.option("--retry", is_flag=True, help="Try again what failed.")
@click.option("--dry-run", is_flag=True, help="Show the plan, no more.")
@click.option("--yes", is_flag=True, help="Do not ask, however many runs there are.")
@click.option("--no-summary", is_flag=True, help="Do not execute the notebook 07_batch at the end.")
@RESULTS
@TIMEOUT
def run_batch(what, axes, name, jobs, dask, part, retry, dry_run, yes, no_summary, results, timeout):
    """
    Run a notebook with many parameters, side by side; the same command goes on where it was stopped.

    \b
    soaplens batch 01_cu211 -p r_cut=5,6,7 -p min_cluster_size=40,80   all combinations
    soaplens batch 01_cu211 plan.csv                                   a row is a run, a column a parameter
    soaplens batch NAME                                                a batch that was begun
    """
    from soaplens_lite.study import batch

    rows, suggested, place = batch.rows_of(what, axes, results)
    planned = batch.prepare_batch(rows, name or suggested, results=place, part=part)
    click.echo(planned.show(n_workers=jobs, retry=retry))
    n_runs = len(planned.todo(retry=retry))
    if dry_run:
        return
    if n_runs > batch.RUNS_WITHOUT_ASKING and not yes:
        click.confirm(f"{n_runs} runs: begin?", abort=True)
    planned.run(jobs=jobs, retry=retry, dask=dask, **_limits(timeout))
    if not (part or no_summary):
        planned.summarize()
    sys.exit(not planned.is_complete())


@main.command("table")
@click.argument("source", metavar="BATCH|FOLDER")
@click.option("-o", "out", metavar="FILE", help="A .csv or .parquet file [default: the standard output, as CSV].")
@click.option("--long", is_flag=True, help="A number is a row, in place of a run.")
@RESULTS
def write_table(source, out, long, results):
    """What the runs of a BATCH, or all runs in a FOLDER, found: parameters, numbers, intervals, verdicts, times."""
    from soaplens_lite.study import batch

    click.echo(batch.write_table(batch.table(source, long=long, results=results), out), nl=out is not None)


@main.command("claims")
@click.argument("ids", metavar="[ID]...", nargs=-1)
@click.option("--cells", is_flag=True, help="A line for every cell of a matrix.")
@RESULTS
def judge_claims(ids, cells, results):
    """
    Compare what the paper says with what the newest runs recorded; exit code 1 if a verdict is not the expected one.

    With an ID, or the beginning of one, everything about these claims.
    """
    from soaplens_lite.study import claims
    from soaplens_lite.study.run.folders import existing_results

    judgements = claims.judge(existing_results(results))
    chosen = [judged for judged in judgements if judged.claim.id.startswith(ids)] if ids else judgements
    if not chosen:
        raise click.UsageError(f"no claim begins with {' or '.join(ids)}: soaplens claims --cells lists all")
    click.echo("\n\n".join(map(claims.in_full, chosen)) if ids else claims.as_table(chosen, cells=cells))
    sys.exit(bool(claims.departing(chosen)))


@main.command("params")
@click.argument("notebook")
def show_parameters(notebook):
    """Show the parameters of a NOTEBOOK: names, defaults, units, allowed values and meaning."""
    from soaplens_lite.study.run import notebooks, parameters

    click.echo(parameters.table(notebooks.find(notebook).stem))


@main.command("provenance")
@click.argument("path", metavar="FILE")
def show_provenance(path):
    """Show where a FILE or run folder came from, and the command that makes it again."""
    from soaplens_lite.study.run import provenance

    click.echo(provenance.readable(provenance.read(path)))


@main.command("crate")
@click.argument("run", metavar="RUN")
@click.argument("out", metavar="[OUT.zip]", required=False)
def write_crate(run, out):
    """Export the run folder RUN as an RO-Crate [default: NOTEBOOK-ID.crate.zip, here]."""
    from soaplens_lite.study.report import crate

    click.echo(crate.export(run, out))


@main.command("explore")
@click.argument("run", metavar="RUN")
@click.argument("out", metavar="[OUT.html]", required=False)
@RESULTS
def write_explorer(run, out, results):
    """
    Write a page on which to explore a run: the map beside the atoms [default: explore/NOTEBOOK.html in the results].

    RUN is a notebook, 01_cu211 for instance, or the folder of a run. Needs the extra explore.
    """
    from soaplens_lite.study.report import explorer

    click.echo(explorer.explore(run, out, results=results))


@main.command("report")
@RESULTS
def write_report(results):
    """Write what was reproduced to one page, report/index.html in the results."""
    from soaplens_lite.study import claims
    from soaplens_lite.study.report import report
    from soaplens_lite.study.run import folders

    folder = folders.existing_results(results)
    click.echo(report.build(folder, claims.judge(folder)))
