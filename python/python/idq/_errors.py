"""The exceptions of the module, each with the fields of its error."""

from __future__ import annotations


class Error(Exception):
    """The base of the module's exceptions. Its text says where the mistake is and what to do."""


class LoadError(Error):
    """A source cannot be read, or a record of it; also a file that has changed since it was loaded."""

    def __init__(
        self,
        message: str,
        file: str = "",
        record: int | None = None,
        line: int | None = None,
        offset: int | None = None,
        path: str | None = None,
    ) -> None:
        super().__init__(message)
        self.file = file
        """The name of the source."""
        self.record = record
        """The number of the record within the source, from 1."""
        self.line = line
        """The line of the source after decompression, from 1."""
        self.offset = offset
        """The offset in the source after decompression, in bytes."""
        self.path = path
        """The dotted name of the field."""

    def __reduce__(self) -> tuple[type[LoadError], tuple[object, ...]]:
        return type(self), (
            *self.args,
            self.file,
            self.record,
            self.line,
            self.offset,
            self.path,
        )


class RequestError(Error, ValueError):
    """A request, an expression, a name or an option is wrong. The text shows every mistake with its place."""

    def __init__(
        self,
        message: str,
        text: str | None = None,
        span: tuple[int, int] | None = None,
        problems: tuple[str, ...] = (),
    ) -> None:
        super().__init__(message)
        self.text = text
        """The text with the first mistake; ``None`` for a mistake without a place."""
        self.span = span
        """The start and the end of the first mistake in :attr:`text`, in characters."""
        self.problems = problems
        """Each mistake in one line."""

    def __reduce__(self) -> tuple[type[RequestError], tuple[object, ...]]:
        return type(self), (*self.args, self.text, self.span, self.problems)


class MissingFileError(LoadError, FileNotFoundError):
    """A source does not exist."""
