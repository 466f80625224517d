"""Telling programs how far an upload is, in the way of requests-toolbelt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from craft_store_core.http.upload import MultipartBody

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO


class MonitoredBody(MultipartBody):
    """An upload body that has what an encoder and a monitor of requests-toolbelt have.

    Args:
        file: The file, open for reading bytes.
        filename: The name that the store sees.

    Attributes:
        callback: Called with this object after each block; None for no calls.
    """

    def __init__(self, file: BinaryIO, *, filename: str) -> None:
        super().__init__(file, filename=filename)
        self.callback: Callable[[MonitoredBody], object] | None = None

    @property
    def bytes_read(self) -> int:
        """How many bytes of the whole body were sent; less again when it is sent once more."""
        return self.tell()

    @property
    def encoder(self) -> MonitoredBody:
        """This object: it encodes and monitors."""
        return self

    def read(self, size: int = -1) -> bytes:
        """Return the next block and tell about it."""
        block = super().read(size)
        if block and self.callback is not None:
            self.callback(self)
        return block
