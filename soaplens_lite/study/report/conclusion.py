"""What stands at the end of a reproduction: the verdicts on the paper's claims, and the report."""

from soaplens_lite import _disk as disk
from soaplens_lite.study.claims import verdicts as claims
from soaplens_lite.study.report import report
from soaplens_lite.study.run.folders import RunError, check_writable, results_folder


def conclude(results=None):
    """
    Judge all claims by the newest runs, print their verdicts, and write the report.

    Parameters
    ----------
    results : path, optional
        See `soaplens_lite.study.run.folders.results_folder`.

    Returns
    -------
    judgements : list of soaplens_lite.study.claims.verdicts.Judgement
        Their table, with every cell of the matrices, is written to ``claims.txt`` in the results folder.

    Raises
    ------
    ClaimError
        If a run lacks a quantity that a claim is compared with.
    DamagedError
        If a run's numbers cannot be read.
    RunError
        If the results folder cannot be written to.
    """
    folder = results_folder(results)
    judgements = claims.judge(folder)
    check_writable(folder)
    table, text = folder / "claims.txt", (claims.as_table(judgements, cells=True) + "\n").encode()
    try:
        if not table.is_file() or table.read_bytes() != text:  # what is up to date is left alone
            with disk.whole(table) as scratch:
                scratch.write_bytes(text)
    except OSError as error:
        raise RunError(disk.refusal(table, error)) from None
    judged = any(judged.expected is not None for judged in judgements)
    shown = claims.as_table(judgements) if judged else claims.summary(judgements)
    print(f"\n{shown}\nWith every cell of the matrices: {table}", flush=True)
    if any(judged.source for judged in judgements):
        print(f"Report: {report.build(folder, judgements)}", flush=True)
    return judgements
