"""The three lists of dependencies (pyproject, lock, environment) and the imports of the code say the same."""

import ast
import re
import sys
import tomllib
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LOCK = (ROOT / "requirements.lock").read_text()
ENVIRONMENT = yaml.safe_load((ROOT / "environment.yml").read_text())

# conda-forge's matplotlib-base is matplotlib without a window toolkit
CONDA_NAMES = {"matplotlib-base": "matplotlib"}

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
SYSTEMS = {"linux": ("Linux", "posix", "x86_64"), "darwin": ("Darwin", "posix", "arm64")}


def requirements(*groups):
    """Map canonical names to version specifiers."""
    return {canonicalize_name(r.name): str(r.specifier) for group in groups for r in map(Requirement, group)}


def in_pyproject():
    """What lock and environment install: the project's own dependencies and those of the extras."""
    extras = PROJECT["optional-dependencies"]
    return requirements(PROJECT["dependencies"], *extras.values())


def in_environment():
    """The packages that environment.yml asks conda for, without Python and pip themselves."""
    lines = [line for line in ENVIRONMENT["dependencies"] if isinstance(line, str)]
    lines += [line for line in ENVIRONMENT["dependencies"][-1]["pip"] if not line.startswith("-e")]
    found = {CONDA_NAMES.get(name, name): bounds for name, bounds in requirements(lines).items()}
    return {name: bounds for name, bounds in found.items() if name not in ("python", "pip")}


def in_lock():
    """List (requirement, hashes, asked for by) of each entry of the lock, and the lines that are none."""
    entries, strange = [], []
    for line in LOCK.splitlines():
        if match := re.fullmatch(r"([a-z0-9][a-z0-9.-]*==[^\s;]+( ; .+?)?) \\", line):
            entries.append((Requirement(match[1]), [], []))
        elif match := re.fullmatch(r"    --hash=sha256:([0-9a-f]{64})( \\)?", line):
            entries[-1][1].append(match[1])
        elif match := re.fullmatch(r"    # (?:via|  )\s?(.*)", line):
            entries[-1][2].extend([match[1]] if match[1] else [])
        elif not line.startswith("# "):
            strange.append(line)
    return entries, strange


def test_environment_agrees_with_pyproject():
    """Same names, same lower bounds, in both directions."""
    assert in_environment() == in_pyproject()


def test_environment_installs_the_package_from_conda_forge():
    """One channel only, and the checkout itself comes last: Binder then has everything."""
    assert ENVIRONMENT["name"] == PROJECT["name"]
    assert ENVIRONMENT["channels"] == ["conda-forge", "nodefaults"]
    assert ENVIRONMENT["dependencies"][-1]["pip"][-1] == "-e ."


def test_every_bound_is_a_lower_bound():
    """An application is pinned by its lock; a library that caps its dependencies cannot be combined."""
    extras = PROJECT["optional-dependencies"].values()
    bounds = requirements(PROJECT["dependencies"], *extras)
    assert {n: b for n, b in bounds.items() if not re.fullmatch(r">=[0-9.]+", b)} == {}


def test_lock_holds_nothing_but_pins_and_hashes():
    """No option, no host and no path stands in the lock, and each pin has a hash."""
    entries, strange = in_lock()
    assert strange == []
    assert "://" not in LOCK
    assert [str(requirement) for requirement, hashes, _ in entries if not hashes] == []


def test_lock_was_made_from_this_pyproject():
    """What the lock says this project asked for is what pyproject asks for now (else: make lock)."""
    asked = {canonicalize_name(r.name) for r, _, via in in_lock()[0] for v in via if v.startswith("soaplens")}
    assert asked == set(in_pyproject())


def test_locked_versions_are_allowed():
    """No direct dependency is locked below its lower bound."""
    bounds = in_pyproject()
    pins = {canonicalize_name(r.name): str(r.specifier).removeprefix("==") for r, _, _ in in_lock()[0]}
    refused = {n: pins.get(n) for n, b in bounds.items() if not SpecifierSet(b).contains(pins.get(n, "0"))}
    assert refused == {}


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("system", SYSTEMS)
def test_lock_is_universal(python, system):
    """On each system and Python every direct dependency has exactly one pin whose marker holds."""
    name, os_name, machine = SYSTEMS[system]
    here = {
        "python_version": python,
        "python_full_version": f"{python}.1",
        "sys_platform": system,
        "platform_system": name,
        "os_name": os_name,
        "platform_machine": machine,
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
    }
    pins = [r.name for r, _, _ in in_lock()[0] if r.marker is None or r.marker.evaluate(here)]
    assert sorted(pins) == sorted(set(pins))
    assert set(in_pyproject()) <= set(pins)


def test_python_versions_agree():
    """The classifiers, requires-python, environment.yml and the versions tested here are one range."""
    classifiers = [c.rsplit(" ", 1)[1] for c in PROJECT["classifiers"] if re.search(r":: 3\.\d+$", c)]
    assert tuple(classifiers) == PYTHONS
    assert PROJECT["requires-python"] == f">={PYTHONS[0]}"
    assert "python>=3.11,<3.15" in ENVIRONMENT["dependencies"]


def imported_by(paths):
    """Names of the third-party modules that the files import, at the top or inside a function."""
    found = set()
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                found.update(alias.name.split(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                found.add(node.module.split(".")[0])
    return found - set(sys.stdlib_module_names) - {"soaplens_lite"}


@cache
def installed():
    """Which packages each module that can be imported belongs to; looking takes seconds."""
    return packages_distributions()


@pytest.mark.parametrize("folder", ["soaplens_lite", "notebooks", "data_registry", "benchmarks", "tests"])
def test_every_import_is_declared(folder):
    """Code uses no package that came along by chance with another one; the dev extra is for tests only."""
    extras = PROJECT["optional-dependencies"]
    allowed = [PROJECT["dependencies"], *(extras[e] for e in extras if e != "dev" or folder == "tests")]
    declared = set(requirements(*allowed))
    distributions = installed()
    files = (ROOT / folder).rglob("*.py")
    local = {path.stem for path in (ROOT / folder).glob("*.py")}
    undeclared = {
        module
        for module in imported_by(files) - local
        if not declared & {canonicalize_name(d) for d in distributions.get(module, [module])}
    }
    assert undeclared == set()
