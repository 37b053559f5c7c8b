"""A disk without room, for tests: a limit to the size of files, at which the system itself refuses to write on."""

import resource
from contextlib import contextmanager


@contextmanager
def no_file_above(size):
    """No process that is started inside, nor this one, can make a file larger than so many bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
