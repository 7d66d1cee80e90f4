"""公式アカウント (§1.4–1.6, §2.0, §2.1a): limits of names, texts, pictures and colours, and the test account.

The RCS limits are those of the agent's schema. The +Message limits are not public: ours are first values
of a setting, passed in as an argument, and have nothing to do with those of RCS.
"""

import re
from dataclasses import dataclass

from kmc_portal.lib.choices import Labelled
from kmc_portal.lib.public_url import check_public_url

TEST_SUFFIX = "TEST"  # §2.0, §2.1a: appended to nickname or display name


class UseCase(Labelled):
    OTP = "OTP", "認証（ワンタイムパスワード）"
    TRANSACTIONAL = "TRANSACTIONAL", "取引・手続きの通知"
    PROMOTIONAL = "PROMOTIONAL", "販売促進"
    MULTI_USE = "MULTI_USE", "複数の用途"


class BillingCategory(Labelled):
    CONVERSATIONAL = "conversational", "会話型"
    NON_CONVERSATIONAL = "non_conversational", "会話型以外"


class ImageFormat(Labelled):
    JPEG = "jpeg", "JPEG"
    PNG = "png", "PNG"


@dataclass(frozen=True)
class ImageLimit:
    """Exact pixels (None: any size) and most bytes."""

    width: int | None
    height: int | None
    max_bytes: int
    formats: tuple[ImageFormat, ...] = (ImageFormat.JPEG, ImageFormat.PNG)


@dataclass(frozen=True)
class Limits:
    """Most characters of each text, the pictures, and the least contrast on white (None: not checked)."""

    channel: str
    name: int
    description: int
    email: int
    website: int
    label: int
    logo: ImageLimit
    banner: ImageLimit
    contrast: float | None
    policy_urls_required: bool


KB = 1024

RCS_LIMITS = Limits(  # §1.5; schema of the RCS agent
    channel="RCS",
    name=40,
    description=100,
    email=100,
    website=2048,
    label=25,
    logo=ImageLimit(224, 224, 50 * KB),
    banner=ImageLimit(1440, 448, 200 * KB),
    contrast=4.5,
    policy_urls_required=True,
)
PLUS_LIMITS = Limits(  # §1.4; first values of the setting, ours
    channel="+メッセージ",
    name=20,
    description=100,
    email=254,
    website=2048,
    label=20,
    logo=ImageLimit(None, None, 1024 * KB),
    banner=ImageLimit(None, None, 1024 * KB),
    contrast=None,
    policy_urls_required=False,
)


@dataclass(frozen=True)
class Fault:
    """`field` is the parameter's code, `code` the kind of fault, `message` Japanese with what to do."""

    field: str
    code: str
    message: str


@dataclass(frozen=True)
class Profile:
    """An official account's parameters as written; a missing value is an empty text."""

    name: str
    description: str
    colour: str = ""
    phone: str = ""
    phone_label: str = ""
    email: str = ""
    email_label: str = ""
    website: str = ""
    website_label: str = ""
    privacy_policy_url: str = ""
    terms_url: str = ""


def test_account_name(name: str) -> str:
    """§2.0, §2.1a: the test account's nickname or display name."""
    return f"{name}{TEST_SUFFIX}"


def name_limit(limits: Limits, *, with_test_account: bool) -> int:
    """§2.0, §2.1a: a production name leaves room for TEST where a test account is asked for (40 → 36)."""
    return limits.name - len(TEST_SUFFIX) if with_test_account else limits.name


def name_fault(name: str, limits: Limits, *, with_test_account: bool) -> Fault | None:
    most = name_limit(limits, with_test_account=with_test_account)
    why = "（試験用アカウントの「TEST」4文字分を空けます）" if with_test_account else ""
    return _text_fault("name", "アカウント名", name, most, required=True, why=why)


def profile_faults(profile: Profile, limits: Limits, *, with_test_account: bool) -> list[Fault]:
    """Every fault of the texts, URLs, contacts and the colour, in the order of the form."""
    faults = [
        name_fault(profile.name, limits, with_test_account=with_test_account),
        _text_fault("description", "説明", profile.description, limits.description, required=True),
        colour_fault(profile.colour, limits) if limits.contrast is not None else None,
        _text_fault("phone_label", "電話番号の表示名", profile.phone_label, limits.label),
        _text_fault("email", "メールアドレス", profile.email, limits.email),
        _text_fault("email_label", "メールアドレスの表示名", profile.email_label, limits.label),
        _text_fault("website_label", "ウェブサイトの表示名", profile.website_label, limits.label),
        _url_fault("website", "ウェブサイト", profile.website, limits) if profile.website else None,
        contact_fault(profile),
        _url_fault("privacy_policy_url", "プライバシーポリシーのURL", profile.privacy_policy_url, limits),
        _url_fault("terms_url", "利用規約のURL", profile.terms_url, limits),
    ]
    return [fault for fault in faults if fault is not None]


def contact_fault(profile: Profile) -> Fault | None:
    """At least one of phone, e-mail and website."""
    if profile.phone.strip() or profile.email.strip() or profile.website.strip():
        return None
    return Fault(
        "phone", "no_contact", "電話番号、メールアドレス、ウェブサイトのうち1つ以上を入力してください。"
    )


_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")


def contrast_on_white(colour: str) -> float:
    """WCAG contrast of `#RRGGBB` with white, 1.0–21.0; ValueError for another form."""
    if not _COLOUR.fullmatch(colour):
        raise ValueError(colour)
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def colour_fault(colour: str, limits: Limits) -> Fault | None:
    """`#RRGGBB`, and dark enough on white where the limits say so."""
    if not _COLOUR.fullmatch(colour):
        return Fault("colour", "form", "色は「#1A5FB4」のように「#」と半角6桁で入力してください。")
    contrast = contrast_on_white(colour)
    if limits.contrast is not None and contrast < limits.contrast:
        return Fault(
            "colour",
            "contrast",
            f"色{colour}は白い背景との明暗差が足りません（{int(contrast * 100) / 100:.2f}:1、"
            f"必要なのは{limits.contrast}:1以上）。もっと濃い色を選んでください。",
        )
    return None


def image_faults(
    field: str, limit: ImageLimit, *, width: int, height: int, size: int, image_format: str
) -> list[Fault]:
    """Pixels, bytes and format (`jpeg`, `png`) of a picture as found in the file."""
    faults = []
    if image_format.lower() not in limit.formats:
        allowed = "または".join(form.label for form in limit.formats)
        faults.append(Fault(field, "format", f"画像は{allowed}で用意してください。"))
    if (
        limit.width is not None
        and limit.height is not None
        and (width, height) != (limit.width, limit.height)
    ):
        faults.append(
            Fault(
                field,
                "dimensions",
                f"画像の大きさは横{limit.width}×縦{limit.height}ピクセルにしてください"
                f"（今は{width}×{height}）。",
            )
        )
    if size > limit.max_bytes:
        faults.append(
            Fault(
                field,
                "size",
                f"画像のファイルは{limit.max_bytes // KB}KB以下にしてください（今は{-(-size // KB)}KB）。",
            )
        )
    return faults


def _text_fault(
    field: str, label: str, text: str, most: int, *, required: bool = False, why: str = ""
) -> Fault | None:
    if required and not text.strip():
        return Fault(field, "empty", f"{label}を入力してください。")
    if len(text) > most:
        return Fault(
            field, "too_long", f"{label}は{most}文字以内で入力してください（今は{len(text)}文字）{why}。"
        )
    return None


def _url_fault(field: str, label: str, url: str, limits: Limits) -> Fault | None:
    if not url.strip():
        if not limits.policy_urls_required:
            return None
        return Fault(field, "empty", f"{label}を入力してください。")
    seen = check_public_url(url, max_length=limits.website)
    if seen.reason is None:
        return None
    return Fault(field, str(seen.reason), f"{label}: {seen.message}")
