"""
Kernels that start in a moment: forked from a process that has imported the libraries already.

A kernel's start and its imports take many seconds and are the same for every run. Here one process per worker imports
what notebooks import, starts no thread, and forks for every kernel. The kernel is IPython's own, in a process of its
own with its own folder, environment and session, as Jupyter would have started it; papermill sees no difference.

Jupyter calls what starts a kernel a *provisioner*. This module, run as a program, is the process that forks.
"""

import gc
import json
import os
import random
import signal
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import psutil

NAME = "soaplens-fork"


def use():
    """Let all kernels of this process be forked, where the system can fork."""
    from jupyter_client.provisioning import KernelProvisionerFactory

    if sys.platform != "linux" or ForkingProcess.is_alive():  # elsewhere libraries of the system do not survive a fork
        return
    factory = KernelProvisionerFactory.instance()
    factory.provisioners[NAME] = EntryPoint(NAME, f"{__name__}:ForkProvisioner", factory.GROUP_NAME)
    factory.default_provisioner_name = NAME
    ForkingProcess.start()


class ForkingProcess:
    """The process that forks the kernels of this one; it ends with it."""

    process = None

    @classmethod
    def start(cls):
        """Start it anew, so that it imports while other things are done."""
        import matplotlib

        # Read when matplotlib is imported; a kernel of the runner has the same ones.
        defaults = str(Path(matplotlib.__file__).parent / "mpl-data" / "matplotlibrc")
        own = {"MATPLOTLIBRC": defaults, "MPLBACKEND": "module://matplotlib_inline.backend_inline"}
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        command = [sys.executable, "-m", __name__]
        cls.process = subprocess.Popen(command, env=os.environ | own, start_new_session=True, **pipes)

    @classmethod
    def is_alive(cls):
        """Whether it was started and has not ended: bool."""
        return cls.process is not None and cls.process.poll() is None

    @classmethod
    def fork(cls, **request):
        """
        Fork a kernel.

        Parameters
        ----------
        **request
            ``arguments`` (list of str), ``environment`` (dict), ``folder`` and ``log`` (paths, as text).

        Returns
        -------
        kernel : ForkedKernel
        """
        if not cls.is_alive():
            cls.start()
        cls.process.stdin.write(json.dumps(request) + "\n")
        cls.process.stdin.flush()
        answer = cls.process.stdout.readline()
        if not answer:
            raise OSError("no kernel could be started: the process that forks them has ended")
        return ForkedKernel(int(answer))


class ForkedKernel:
    """What a provisioner asks of the process of its kernel, which is not a child of this one."""

    stdin = stdout = stderr = None

    def __init__(self, pid):
        self.pid = pid
        try:
            self._process = psutil.Process(pid)
        except psutil.NoSuchProcess:
            self._process = None

    def poll(self):
        """None while the kernel lives."""
        return None if self._process and self._process.is_running() else 0

    def wait(self):
        """Wait until it has ended."""
        if self._process:
            self._process.wait()
        return 0

    def send_signal(self, number):
        """Send a signal to the kernel alone."""
        os.kill(self.pid, number)

    def terminate(self):
        """Ask the kernel to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self):
        """End the kernel."""
        self.send_signal(signal.SIGKILL)


def __getattr__(name):
    """The provisioner, made when Jupyter asks for it: the process that forks has no use for Jupyter's client."""
    if name != "ForkProvisioner":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from jupyter_client.provisioning import LocalProvisioner

    class ForkProvisioner(LocalProvisioner):
        """Starts a kernel by a fork; in all else Jupyter's own."""

        async def launch_kernel(self, cmd, **options):
            arguments = cmd[cmd.index("ipykernel_launcher") + 1 :]
            folder, log = str(options["cwd"]), options["stdout"].name
            environment = {key: str(value) for key, value in options["env"].items()}
            self.process = ForkingProcess.fork(arguments=arguments, environment=environment, folder=folder, log=log)
            self.pid = self.pgid = self.process.pid
            self.cwd = folder
            return self.connection_info

    globals()[name] = ForkProvisioner
    return ForkProvisioner


def serve():
    """Import, then fork a kernel for every line of the standard input, until there are no more."""
    _import()
    gc.freeze()  # so that collecting garbage in a kernel does not copy what all share
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody here waits for kernels
    for line in sys.stdin:
        if os.fork() == 0:
            return _become_kernel(json.loads(line))


def _import():
    """What notebooks import; without the current folder in the search path, as in Jupyter's launcher."""
    if sys.path[0] in ("", os.getcwd()):
        del sys.path[0]
    # Not used here: what a kernel imports when it starts and a notebook in its first cell.
    import ipykernel.kernelapp  # noqa: F401
    import IPython.core.pylabtools  # noqa: F401
    import matplotlib.pyplot  # noqa: F401
    import pandas.io.formats.style  # noqa: F401

    import soaplens_lite as sl

    for folder in (sl, sl.trajectory, sl.descriptors, sl.states, sl.kinetics, sl.plots):
        for name in dir(folder):
            getattr(folder, name)
    _ = sl.study.Study


def _become_kernel(request):
    """Turn this process, just forked, into a kernel; returns when the kernel is shut down."""
    import numpy as np
    from ipykernel.kernelapp import launch_new_instance

    os.setsid()
    os.write(1, f"{os.getpid()}\n".encode())
    log = os.open(request["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    for target, number in ((os.open(os.devnull, os.O_RDONLY), 0), (log, 1), (log, 2)):
        os.dup2(target, number)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.environ.clear()
    os.environ.update(request["environment"], JPY_PARENT_PID=str(os.getppid()))
    os.chdir(request["folder"])
    np.random.seed()  # not the state that all kernels of this worker would share
    random.seed()
    sys.argv = ["ipykernel_launcher", *request["arguments"]]
    launch_new_instance(argv=request["arguments"])


if __name__ == "__main__":
    serve()
