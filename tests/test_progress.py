"""Progress bars: into the runner's file, onto the terminal, or silent where nobody watches."""

from soaplens_lite.progress import progress_bar


def work(total=4):
    """Do four steps of something."""
    with progress_bar("counting", total=total, unit="step") as bar:
        for _ in range(total):
            bar.update()
    return bar


def test_into_a_file(tmp_path, monkeypatch, capsys):
    """The runner names a file: bars are added to it, and the notebook's own output stays clean."""
    monkeypatch.setenv("SOAPLENS_PROGRESS", str(tmp_path / "progress"))
    work()
    work()
    text = (tmp_path / "progress").read_text()
    assert text.count("counting: 100%") == 2 and "4/4" in text
    assert capsys.readouterr() == ("", "")


def test_on_the_terminal(monkeypatch, capsys):
    """Without a runner the bar is drawn where the work happens, on the error stream."""
    monkeypatch.delenv("SOAPLENS_PROGRESS", raising=False)
    monkeypatch.delenv("CI", raising=False)
    work()
    output, errors = capsys.readouterr()
    assert output == "" and "counting: 100%" in errors and "4/4" in errors


def test_silent_in_continuous_integration(monkeypatch, capsys):
    """Nobody watches a log being written."""
    monkeypatch.delenv("SOAPLENS_PROGRESS", raising=False)
    monkeypatch.setenv("CI", "true")
    work()
    assert capsys.readouterr() == ("", "")
