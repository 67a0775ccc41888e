"""Everything that can go wrong on purpose.

A `UserError` carries one line that says what happened and what to do; the command line prints
it and exits with 1, the window shows it where it happened. Anything else that escapes is a bug.
"""


class CounterpartError(Exception):
    """Base of every error raised deliberately."""


class UserError(CounterpartError):
    """Something the user can fix. The message is one line and says what to do."""


class CorpusError(UserError):
    """A corpus is unknown, empty, unreadable or damaged."""


class BusyError(CorpusError):
    """Another process is at work on the same thing; it passes."""


class ConsentError(CorpusError):
    """Something would have to be downloaded, and nobody has agreed to that yet."""


class ModelError(UserError):
    """A model cannot be found, or is not in a form that may be loaded."""


class DataError(UserError):
    """A data set, a file or a setting does not have the expected form."""


class DiskError(UserError):
    """The disk is full, or a folder cannot be written."""


class StoreError(UserError):
    """The store of judgements is damaged, or belongs to a newer version."""


class Cancelled(CounterpartError):  # noqa: N818 - not a failure: the user asked for it
    """The work was stopped because it was asked to stop."""
