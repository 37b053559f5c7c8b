"""
The authors' ice and water, 500 frames of 2048 oxygens: time of LENS, and time and memory of the complete study.

The study runs from an empty cache. Absolute limits hold on two quiet cores.
"""

import os
import subprocess
import sys
import tempfile
import time

from run import R_CUT, best_of, report

from soaplens_lite.descriptors import lens
from soaplens_lite.study import DataError
from soaplens_lite.study import data as registry
from soaplens_lite.study.cost import watch_memory
from soaplens_lite.study.run.prepare import on_tier

STUDY = "03_ice_water"


def main():
    """Measure and print; the exit status says whether all claims hold. Without the files nothing is measured."""
    os.environ.setdefault("CI", "1")
    parameters = on_tier(STUDY, "authors")
    try:
        data_set = registry.fetch(parameters["data"])
    except DataError as error:
        print(f"left out: {error}")
        return 0
    trajectory = registry.open_data_set(data_set, n_frames=parameters["frames"])
    (seconds,) = best_of(2, lambda: lens(trajectory, R_CUT))
    with tempfile.TemporaryDirectory() as folder:
        given = [word for name, value in parameters.items() for word in ("-p", f"{name}={value}")]
        command = [sys.executable, "-m", "soaplens_lite", "run", STUDY, *given, "--results", folder]
        downloads = {"SOAPLENS_DATA": str(data_set.trajectory.parent), "SOAPLENS_CACHE": f"{folder}/cache"}
        start = time.perf_counter()
        with subprocess.Popen(command, env=os.environ | downloads) as process, watch_memory(process.pid) as watch:
            failed = process.wait()
        minutes = (time.perf_counter() - start) / 60
    holds = [
        report("authors, seconds for LENS", seconds, 6, at_least=False),
        report("authors, minutes for the study from an empty cache", minutes, 15, at_least=False),
        report("authors, GB of private memory at the peak", watch.peak / 1e9, 2, at_least=False),
    ]
    return 0 if all(holds) and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
