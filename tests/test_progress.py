"""Progress bars: on the terminal, or silent where nobody watches. Those of a run are in test_runner."""

import pytest

from soaplens_lite._progress import number_of_processes, progress_bar


def work(total=4):
    """Do four steps of something."""
    with progress_bar("counting", total=total, unit="step") as bar:
        for _ in range(total):
            bar.update()
    return bar


def test_on_the_terminal(monkeypatch, capsys):
    """Without a runner the bar is drawn where the work happens, on the error stream."""
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr("soaplens_lite._progress.SHORTEST_TASK", 0)
    work()
    output, errors = capsys.readouterr()
    assert output == "" and "counting: 100%" in errors and "4/4" in errors


def test_silent_in_continuous_integration(monkeypatch, capsys):
    """Nobody watches a log being written."""
    monkeypatch.setenv("CI", "true")
    work()
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("n_jobs", [-1, 1.5, "2", None, True])
def test_processes_are_a_whole_number(n_jobs):
    """What is none is refused with what is allowed."""
    with pytest.raises(ValueError, match=r"n_jobs = .*: must be a whole number of processes, or 0 for one per core"):
        number_of_processes(n_jobs)
