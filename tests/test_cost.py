"""What a computation costs: memory that is private, seen from outside; time; and how both grow."""

import subprocess
import sys

import numpy as np
import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soaplens_lite.study._memory import private_memory
from soaplens_lite.study.cost import best_time, fit_power, measure, rounded, watch_memory

pytestmark = pytest.mark.slow  # measures the memory of processes

MB = 1_000_000


def test_a_peak_that_is_gone_is_seen():
    """160 MB that the function holds for a while and gives back: they were the peak; the value comes back."""

    def peak_and_little():
        block = np.ones(20 * MB)
        for _ in range(20):
            block += 1
        return block[:10].copy()

    value, seconds, memory = measure(peak_and_little)
    assert value.tolist() == [21.0] * 10
    assert seconds > 0
    assert memory == pytest.approx(160 * MB, rel=0.1)


def test_a_peak_inside_a_call_that_does_not_return_to_python_is_seen():
    """Sorting holds Python's lock and copies its input: a thread could not look meanwhile."""
    numbers = np.random.default_rng(0).random(4 * MB)
    _, _, memory = measure(lambda: np.lexsort((numbers,)).size)
    assert memory > 30 * MB


def test_memory_that_was_used_before_is_counted_again():
    """100 MB in small pieces, twice the same; what is kept of the last one holds the others' places in the process."""
    kept = []

    def pieces():
        blocks = [np.ones(10_000) for _ in range(1250)]
        kept.append(np.ones(10_000))
        return sum(block[-1] for block in blocks for _ in range(100))

    first, second = measure(pieces), measure(pieces)
    assert first.value == second.value == 125_000
    assert min(first.bytes, second.bytes) > 80 * MB


def test_pages_of_a_mapped_file_do_not_count(tmp_path):
    """100 MB read through a memory map, of which nothing is copied."""
    np.save(tmp_path / "large.npy", np.ones(100 * MB // 8))
    mapped = np.load(tmp_path / "large.npy", mmap_mode="r")
    total, _, memory = measure(mapped.sum)
    assert total == 100 * MB // 8
    assert memory < 20 * MB


def test_children_count():
    """A process started by the function holds 100 MB; it is gone when we look afterwards."""
    child = [sys.executable, "-c", "import time; block = bytearray(b'x' * 100_000_000); time.sleep(0.5)"]
    before = private_memory()
    _, _, memory = measure(lambda: subprocess.run(child, check=True))
    assert memory > 95 * MB
    assert private_memory() - before < 20 * MB


def test_children_of_children_count():
    """As those of a pool that a child has started."""
    grandchild = "import time; block = bytearray(b'x' * 100_000_000); time.sleep(0.5)"
    child = [sys.executable, "-c", f"import subprocess, sys; subprocess.run([sys.executable, '-c', {grandchild!r}])"]
    _, _, memory = measure(lambda: subprocess.run(child, check=True))
    assert memory > 95 * MB


def test_another_process_is_watched_until_its_end():
    """From outside, by its number; a process that has ended needs no memory."""
    process = subprocess.Popen([sys.executable, "-c", "block = bytearray(b'x' * 100_000_000); input()"], stdin=-1)
    with watch_memory(process.pid) as watch:
        while private_memory(psutil.Process(process.pid)) < 95 * MB:
            pass
        process.communicate(b"\n")
    assert 95 * MB < watch.peak < 300 * MB
    ended = psutil.Process()
    assert private_memory(ended, without=[ended.pid]) < private_memory(ended)


def test_an_error_passes_and_leaves_no_watcher():
    """The error of the function, not one of the watch."""
    before = {child.pid for child in psutil.Process().children()}
    with pytest.raises(ZeroDivisionError):
        measure(lambda: 1 / 0)
    assert {child.pid for child in psutil.Process().children()} <= before


def test_the_best_of_several_times():
    """The function is called so often, and the shortest duration counts."""
    calls = []
    waits = iter([2_000_000, 10, 2_000_000])
    best = best_time(lambda: calls.append(sum(range(next(waits)))), repeats=3)
    assert len(calls) == 3 and best < 0.005
    with pytest.raises(ValueError, match="repeats = 0: must be at least 1"):
        best_time(print, repeats=0)


@settings(deadline=None)
@given(factor=st.floats(1e-3, 1e3), power=st.floats(-3, 3), n=st.integers(2, 6))
def test_a_power_law_is_found_again(factor, power, n):
    """Costs made by f * s ** p give f and p back."""
    sizes = np.arange(1, n + 1) * 10.0
    found = fit_power(sizes, factor * sizes**power)
    assert found == pytest.approx((factor, power), rel=1e-6, abs=1e-9)


@pytest.mark.parametrize(
    ("sizes", "costs"), [([3], [1.0]), ([3, 3], [1.0, 2.0]), ([1, 2], [0.0, 1.0]), ([0, 2], [1.0, 2.0])]
)
def test_what_determines_no_power_law(sizes, costs):
    """One size, the same size twice, a cost of nothing, a size of nothing."""
    with pytest.raises(ValueError, match="sizes = "):
        fit_power(sizes, costs)


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [(103.6, 3, 104), (0.9951, 3, 0.995), (-0.01251, 2, -0.013), (0, 3, 0), (9.996, 3, 10), (110.3, 2, 110)],
)
def test_digits_that_count(value, digits, expected):
    """Counted from the first that is not zero; what carries over carries over."""
    assert rounded(value, digits) == expected


@settings(deadline=None)
@given(value=st.floats(1e-9, 1e9), digits=st.integers(1, 9))
def test_rounding_is_off_by_half_a_digit_at_most_and_only_once(value, digits):
    """The relative error is at most half of the last digit; to round again changes nothing."""
    once = rounded(value, digits)
    assert abs(once - value) <= 0.5000001 * value * 10.0 ** (1 - digits)
    assert rounded(once, digits) == once


def test_no_digits():
    """Nothing would be left."""
    with pytest.raises(ValueError, match="digits = 0: must be at least 1"):
        rounded(3.0, 0)
