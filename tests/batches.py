"""A place in which the command `soaplens batch` is given for a notebook of the tests."""

import os
import subprocess
import sys
import time

import pandas as pd

NOTEBOOK = """
# %% [markdown]
# # A question

# %% tags=["parameters"]
n: int = 3  # points
hold: str = ""  # file

# %%
import json, os, time
from pathlib import Path
folder = Path(os.environ["SOAPLENS_RUN_DIR"])

# %%
if hold:
    Path(f"{hold}.{n}.{os.getpid()}").touch()
    while Path(hold).exists():
        time.sleep(0.05)
if n == 4:
    raise ValueError("four is not allowed")

# %%
import sys
threads = os.environ.get("OMP_NUM_THREADS", "")
found = {"square": n * n, "pid": os.getpid(), "numpy": "numpy" in sys.modules, "threads": threads}
numbers = {name: {"value": value, "unit": "", "note": ""} for name, value in found.items()}
content = {"notebook": "01_demo", "complete": True, "figures": {}, "numbers": numbers}
(folder / "numbers.json").write_text(json.dumps(content | {"parameters": {"n": n, "hold": hold}}))
"""
# The command as a user gives it, with a notebook of the tests. A worker imports this file, too.
SCRIPT = """
import sys
from pathlib import Path
from pydantic import BaseModel, ConfigDict, Field
from soaplens_lite.study.run import notebooks, parameters, provenance

class Demo(BaseModel):
    model_config = ConfigDict(extra="forbid")
    n: int = Field(3, description="points", ge=0)
    hold: str = Field("", description="file")

HERE = Path(HERE_AS_TEXT)
notebooks.folder = lambda: HERE / "notebooks"
provenance.PACKAGE = HERE / "notebooks"
parameters.MODELS["01_demo"] = Demo
if __name__ == "__main__":
    from soaplens_lite.cli import main
    main()
"""


class Place:
    """A folder, with a blank and a letter that is not ASCII in its path, in which the command is given."""

    def __init__(self, folder):
        self.folder, self.results = folder, folder / "results"
        (folder / "notebooks").mkdir(parents=True)
        (folder / "notebooks" / "01_demo.py").write_text(NOTEBOOK)
        (folder / "soaplens.py").write_text(SCRIPT.replace("HERE_AS_TEXT", repr(str(folder))))
        self.hold = folder / "hold"
        self.environment = os.environ | {"CI": "1", "SOAPLENS_CACHE": str(folder / "cache")}
        self.environment |= {"SOAPLENS_RESULTS": str(self.results)}

    def begin(self, *words):
        """Start the command; its process."""
        command = [sys.executable, str(self.folder / "soaplens.py"), *map(str, words)]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        return subprocess.Popen(command, cwd=self.folder, env=self.environment, start_new_session=True, **pipes)

    def __call__(self, *words, code=0):
        """Give the command; what it says."""
        process = self.begin(*words)
        output, _ = process.communicate(timeout=600)
        assert process.returncode == code, output
        return output

    def begin_held(self, *words, n_running=1):
        """Start the command with runs that wait for a file to vanish; its process, once so many runs wait."""
        self.hold.touch()
        process = self.begin(*words, "-p", f"hold={self.hold}")
        wait_for(lambda: len(list(self.folder.glob("hold.*"))) >= n_running)
        return process

    def kernels(self):
        """Process ids of the runs that waited."""
        return [int(path.suffix[1:]) for path in self.folder.glob("hold.*")]

    def statuses(self, name):
        """Status of each run by n, as the table in the folder of a batch says."""
        table = pd.read_csv(self.results / "batches" / name / "table.csv")
        return dict(zip(table["n"].tolist(), table["status"], strict=True))


def wait_for(condition, seconds=400):
    """Wait until a condition holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.1)
