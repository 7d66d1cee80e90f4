"""What the upload forms share."""

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse


def application_url(pk: int) -> str:
    return reverse("portal:application", args=[pk])


def too_large_message(name: str) -> str:
    return (
        f"「{name}」は大きすぎるため受け取れませんでした（上限は1ファイル{settings.MAX_UPLOAD_MIB}MB）。"
        "ファイルを小さくしてから、もう一度選んでください。ほかのファイルもまだ添付していません。"
    )


def stopped_upload(request: HttpRequest) -> str | None:
    """The name of the file that was stopped for its size on the way in (kmc_portal.uploads), if one was."""
    _ = request.FILES  # the body is read with the first look at it
    return getattr(request, "too_large", None)
