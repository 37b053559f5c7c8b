"""The kernel that executes a notebook: the interpreter of this process, in surroundings of its own."""

import asyncio
import os
from importlib.util import find_spec
from pathlib import Path

from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.utils import run_sync
from traitlets import default

SOCKET_PATH_LIMIT = 90  # letters; systems allow about 104 and the socket's name gets an ending


def manager(folder, cache, scratch):
    """
    What starts a kernel in the interpreter that executes this line, whatever kernels the user has installed.

    Settings of the user for IPython and matplotlib, which would change what a figure looks like, do not reach it.
    It is spoken to through sockets in a private folder, as no port has to be open for that.

    Parameters
    ----------
    folder : pathlib.Path
        Of the run.
    cache : pathlib.Path
    scratch : path
        A folder that is removed after the run.

    Returns
    -------
    manager : type of jupyter_client.manager.AsyncKernelManager
        For papermill.
    """
    connection = str(Path(scratch) / "kernel.json")
    matplotlib = Path(find_spec("matplotlib").origin).parent
    environment = os.environ | {
        "SOAPLENS_RUN_DIR": str(folder),
        "SOAPLENS_CACHE": str(cache.absolute()),
        "SOAPLENS_PROGRESS": str(Path(scratch) / "progress"),
        "IPYTHONDIR": str(Path(scratch) / "ipython"),
        "MATPLOTLIBRC": str(matplotlib / "mpl-data" / "matplotlibrc"),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    }

    class RunningInterpreter(AsyncKernelManager):
        @default("kernel_spec_manager")
        def _only_the_native_kernel(self):
            return KernelSpecManager(kernel_dirs=[])

        @default("connection_file")
        def _private(self):
            return connection

        @default("transport")
        def _without_ports(self):
            return "ipc" if len(connection) < SOCKET_PATH_LIMIT else "tcp"

        async def start_kernel(self, **options):
            with open(log_of(scratch), "ab") as log:
                await super().start_kernel(cwd=str(folder), env=environment, stdout=log, stderr=log, **options)

    return RunningInterpreter


def log_of(scratch):
    """
    What the kernel says outside of cells.

    Parameters
    ----------
    scratch : path
        As for `manager`.

    Returns
    -------
    path : pathlib.Path
    """
    return Path(scratch) / "kernel.log"


def silence_waiting():
    """
    Let tasks that wait for the kernel end with it without a word.

    After Ctrl-C nobody is left who asks for their errors, and papermill's event loop would print each with its
    traceback. In a program with a loop of its own, such as Jupyter, that one is left as it is.
    """
    run_sync(_silence)()


async def _silence():
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
