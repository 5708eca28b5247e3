"""How an upload comes in: into memory, never to disk, and no more of it than any form takes.

Django alone would take any number of bytes (DATA_UPLOAD_MAX_MEMORY_SIZE does not count files), write them to a
temporary folder, and go on without the last file when the body was cut off.
"""

from io import BytesIO
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http.multipartparser import MultiPartParserError

from klimapakt.uploads.profiles import MEGABYTE, PROFILES

MOST_OF_A_FILE = max(profile.max_bytes for profile in PROFILES.values())
MOST_OF_A_REQUEST = 30 * MEGABYTE
"""Up to this, a file that is too large costs no other input."""

HEARD_OUT = 100 * MEGABYTE
"""Up to this, a request is read and thrown away: a browser shows no answer that comes before it has sent everything."""


class BoundedUploadHandler(FileUploadHandler):
    """Keeps what the largest profile takes, counts the rest: the check then says at the field what is wrong."""

    def handle_raw_input(
        self, input_data: Any, META: dict, content_length: int, boundary: bytes, encoding: str | None = None
    ) -> None:
        if content_length > MOST_OF_A_REQUEST:
            if content_length <= HEARD_OUT:
                while input_data.read(64 * 1024):
                    pass
            raise RequestDataTooBig(f"a request of {content_length} bytes")
        self.tail = _Tail(input_data)
        self.end = b"--" + boundary + b"--"

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.kept = BytesIO()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        room = MOST_OF_A_FILE + 1 - self.kept.tell()
        self.kept.write(raw_data[: max(room, 0)])

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        self.kept.seek(0)
        return InMemoryUploadedFile(
            file=self.kept,
            field_name=self.field_name,
            name=self.file_name,
            content_type=self.content_type,
            size=file_size,
            charset=self.charset,
            content_type_extra=self.content_type_extra,
        )

    def upload_complete(self) -> None:
        """Raise MultiPartParserError when the closing boundary never came: the last file is not all there."""
        if self.end not in self.tail.bytes:
            raise MultiPartParserError("the request was cut off")


class _Tail:
    """The last bytes that were read of a request."""

    LENGTH = 400  # a boundary has 70 at most (RFC 2046, 5.1.1); what follows it says nothing

    def __init__(self, stream: Any) -> None:
        self.bytes = b""
        if isinstance(stream, BytesIO):  # somebody has asked for `request.body` before
            self.bytes = stream.getvalue()[-self.LENGTH :]
            return
        read = stream.read

        def and_remember(*args: Any) -> bytes:
            data = read(*args)
            self.bytes = (self.bytes + data)[-self.LENGTH :]
            return data

        stream.read = and_remember
