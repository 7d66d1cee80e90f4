"""Files to staff: as attachments, noted in the download log, never with a type that a browser would run."""

from urllib.parse import quote

from django.http import FileResponse, HttpRequest, HttpResponse
from django.utils import timezone

from accounts.models import StoredFile
from accounts.services import files

SHOWN_IN_BROWSER = frozenset({"application/pdf", "image/png", "image/jpeg"})


def send_bytes(data: bytes, *, name: str, content_type: str, inline: bool = False) -> HttpResponse:
    response = HttpResponse(data, content_type=content_type)
    how = "inline" if inline and content_type in SHOWN_IN_BROWSER else "attachment"
    response["Content-Disposition"] = f"{how}; filename*=UTF-8''{quote(name)}"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def send_file(request: HttpRequest, file: StoredFile, *, what: str, inline: bool = False) -> HttpResponse:
    """A kept file; who fetched it is noted."""
    files.log_download(
        request=request,
        user=request.user,  # type: ignore[arg-type]
        what=f"{what} {file.name}",
        now=timezone.now(),
        file=file,
    )
    return send_bytes(files.read(file), name=file.name, content_type=file.content_type, inline=inline)


def stream_file(request: HttpRequest, file: StoredFile, *, what: str) -> FileResponse:
    """As `send_file`, for what may be large: always an attachment, read while it is sent."""
    content = files.open_content(file)
    files.log_download(
        request=request,
        user=request.user,  # type: ignore[arg-type]
        what=f"{what} {file.name}",
        now=timezone.now(),
        file=file,
    )
    response = FileResponse(content, content_type=file.content_type)
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(file.name)}"
    response["X-Content-Type-Options"] = "nosniff"
    return response
