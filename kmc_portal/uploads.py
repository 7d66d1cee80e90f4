"""Stops an upload at the size limit while it is still coming in, so that nothing large reaches the disk."""

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest

USAGE_PAGES = "/admin/billing/usagefile/"  # files of delivery records are larger than anything else


def most_mib(request: HttpRequest | None) -> int:
    """The size limit of one file in this request; the large one is for staff alone."""
    if request is not None and request.path.startswith(USAGE_PAGES) and request.user.is_staff:
        return int(settings.MAX_USAGE_MIB)
    return int(settings.MAX_UPLOAD_MIB)


class SizeLimitHandler(FileUploadHandler):
    """Marks the request with `too_large` (the file's name) and drops the rest of the body."""

    def new_file(self, *args: object, **kwargs: object) -> None:
        super().new_file(*args, **kwargs)  # type: ignore[arg-type]
        self.received = 0
        self.limit = most_mib(self.request) * 1024 * 1024

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        self.received += len(raw_data)
        if self.received > self.limit:
            setattr(self.request, "too_large", self.file_name)  # noqa: B010  a mark of ours on the request
            raise StopUpload(connection_reset=False)
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None
