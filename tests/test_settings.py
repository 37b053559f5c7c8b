"""Environment variables: read anew at each call, checked, and empty ones ignored."""

from pathlib import Path

import pytest

from soaplens_lite.study import DataError
from soaplens_lite.study.settings import Settings, settings


def test_every_variable(monkeypatch):
    """Each field is read from SOAPLENS_ and its name in capitals."""
    given = {name: "http://here" if name in ("zenodo", "github") else "3" for name in Settings.model_fields}
    for name, value in given.items():
        monkeypatch.setenv(f"SOAPLENS_{name.upper()}", value)
    found = settings()
    assert {name: str(getattr(found, name)).removesuffix(".0") for name in given} == given
    assert len(given) == 12


def test_defaults(monkeypatch):
    """An empty variable is not set."""
    for name in Settings.model_fields:
        monkeypatch.setenv(f"SOAPLENS_{name.upper()}", "")
    found = settings()
    assert found.data is None and found.timeout == 30 and found.cache.name == "soaplens_lite"
    monkeypatch.setenv("SOAPLENS_DATA", "somewhere")
    assert settings().data == Path("somewhere")


def test_values_that_are_not_allowed(monkeypatch):
    """All of them are named at once."""
    monkeypatch.setenv("SOAPLENS_ATTEMPTS", "0")
    monkeypatch.setenv("SOAPLENS_ZENODO", "zenodo.org")
    with pytest.raises(DataError, match="SOAPLENS_ZENODO = zenodo.org: .*\nSOAPLENS_ATTEMPTS = 0: "):
        settings()
