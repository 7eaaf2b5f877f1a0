"""What a user can cause. Every message says what was wrong, where, and what would be right."""


class FluorosegError(Exception):
    """Base of all errors of this package that a user can cause (command lines: exit code 2)."""


class UsageError(FluorosegError):
    """Arguments that cannot be meant: an unknown view, a negative size, an output that exists."""


class ReadError(FluorosegError):
    """A file that is missing, broken, or not what it claims to be."""


class LimitError(ReadError):
    """A file that asks for more memory or time than is sensible; refused before allocating."""


class WriteError(FluorosegError):
    """A file that cannot be written: a full disk, a missing right."""


class GeometryError(FluorosegError):
    """Volumes, labels or views that do not fit each other."""


class AnatomyError(FluorosegError):
    """A structure that is not known, or not in this patient."""


class ClusterError(FluorosegError):
    """A cluster that is not there, does not fit this program, or went away."""
