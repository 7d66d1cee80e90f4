"""What was measured by a 疎通確認, as text and as the numbers of a small picture; drawn by templates/checks/."""

from collections.abc import Sequence
from dataclasses import dataclass

from accounts.models import ConnectivityCheck
from accounts.rules.connectivity import ADVICE, THRESHOLD_MS, CheckReason, Post
from kmc_portal.lib.jst import in_japan

PHASES = (  # attribute of Post, class of the bar, words
    ("dns_ms", "dns", "名前解決"),
    ("connect_ms", "connect", "接続"),
    ("tls_ms", "tls", "TLS"),
    ("first_byte_ms", "wait", "最初の応答"),
)
LEAST_SCALE_MS = 600.0  # a quick end's bars stay short, and the mark of 500 ms is always in the picture


@dataclass(frozen=True)
class Part:
    """One phase of one POST; left and width in per cent of the picture."""

    kind: str
    label: str
    left: float
    width: float


@dataclass(frozen=True)
class Row:
    """One POST: its bar, and the same as words. Times in ms, None where it did not come so far."""

    number: int
    parts: tuple[Part, ...]
    cells: tuple[str, ...]  # one a phase
    total: str
    said: str
    good: bool


@dataclass(frozen=True)
class Picture:
    """`zero` is where the time that counts begins (left of it DNS), `mark` where 500 ms stand; in per cent."""

    rows: tuple[Row, ...]
    zero: float
    mark: float
    threshold: int


def posts_of(check: ConnectivityCheck) -> list[Post]:
    return [Post.from_json(post) for post in check.posts]


def picture(check: ConnectivityCheck) -> Picture | None:
    """None of a result that staff entered."""
    posts = posts_of(check)
    if not posts:
        return None
    before = max(post.dns_ms or 0.0 for post in posts)
    scale = before + max(LEAST_SCALE_MS, *((post.total_ms or 0.0) * 1.04 for post in posts))
    return Picture(
        rows=tuple(_row(number, post, before, scale) for number, post in enumerate(posts, 1)),
        zero=_share(before, scale),
        mark=_share(before + THRESHOLD_MS, scale),
        threshold=int(THRESHOLD_MS),
    )


def measured_lines(check: ConnectivityCheck) -> list[str]:
    """For mails: 「1回目：名前解決 12 ms、接続 8 ms、TLS 21 ms、最初の応答 612 ms、合計 655 ms（応答 200）」"""
    found = []
    for number, post in enumerate(posts_of(check), 1):
        times = [
            f"{label} {milliseconds(getattr(post, name))}"
            for name, _, label in PHASES
            if getattr(post, name) is not None
        ]
        if post.total_ms is not None:
            times.append(f"合計 {milliseconds(post.total_ms)}")
        found.append(f"{number}回目：{'、'.join(times) or '測定なし'}（{_said(post)}）")
    return found


def milliseconds(value: float | None) -> str:
    if value is None:
        return "—"
    return f"{value:,.0f} ms" if value >= 10 else f"{value:.1f} ms"


def reason_label(check: ConnectivityCheck) -> str:
    return CheckReason.label_of(check.reason) if check.reason else ""


def advice(check: ConnectivityCheck) -> str:
    """What the customer is to change; "" where nothing is."""
    return ADVICE[CheckReason(check.reason)] if check.reason else ""


def _said(post: Post) -> str:
    if post.reason is None:
        return f"応答 {post.status}"
    return f"{post.reason.label}：{post.detail}" if post.detail else post.reason.label


def _row(number: int, post: Post, before: float, scale: float) -> Row:
    return Row(
        number=number,
        parts=tuple(_parts(post, before, scale)),
        cells=tuple(milliseconds(getattr(post, name)) for name, _, _ in PHASES),
        total=milliseconds(post.total_ms),
        said=_said(post),
        good=post.reason is None and (post.total_ms or 0) <= THRESHOLD_MS,
    )


def _parts(post: Post, before: float, scale: float) -> list[Part]:
    """DNS ends where the connection begins; what is left of the total is the rest of the answer."""
    found, at = [], before
    if post.dns_ms:
        found.append(Part("dns", "名前解決", _share(before - post.dns_ms, scale), _share(post.dns_ms, scale)))
    known = [(kind, label, getattr(post, name) or 0.0) for name, kind, label in PHASES[1:]]
    rest = (post.total_ms or 0.0) - sum(ms for _, _, ms in known)
    for kind, label, ms in (*known, ("rest", "受信", rest)):
        if ms > 0:
            found.append(Part(kind, label, _share(at, scale), _share(ms, scale)))
            at += ms
    return found


def _share(part: float, whole: float) -> float:
    return round(100 * part / whole, 2)


# over time ----------------------------------------------------------------------------------------

CHART_WIDTH, CHART_HEIGHT, CHART_LEFT, CHART_BOTTOM = 460, 180, 64, 26


@dataclass(frozen=True)
class Point:
    x: float
    y: float
    ok: bool
    label: str


@dataclass(frozen=True)
class Chart:
    """Medians over time. Points that have no time (no answer came) lie at the top."""

    points: tuple[Point, ...]
    line: str  # of a polyline, those with a time
    mark_y: float
    first: str
    last: str
    top_ms: int


def chart(checks: Sequence[ConnectivityCheck]) -> Chart | None:
    """`checks` newest first, as they are read; None where there are fewer than two measured ones."""
    measured = [check for check in reversed(checks) if check.posts]
    if len(measured) < 2:
        return None
    top = max(1000.0, *(float(check.median_ms or 0) * 1.1 for check in measured))
    begin, end = measured[0].checked_at, measured[-1].checked_at
    span = max((end - begin).total_seconds(), 1.0)
    height, width = CHART_HEIGHT - CHART_BOTTOM - 8, CHART_WIDTH - CHART_LEFT - 12

    def y(ms: float) -> float:
        return round(8 + height * (1 - ms / top), 1)

    points = []
    for check in measured:
        x = round(CHART_LEFT + width * (check.checked_at - begin).total_seconds() / span, 1)
        ms = float(check.median_ms) if check.median_ms is not None else None
        said = milliseconds(ms) if ms is not None else reason_label(check)
        day = in_japan(check.checked_at).strftime("%Y/%m/%d %H:%M")
        points.append(Point(x, y(ms) if ms is not None else 8.0, check.ok, f"{day} {check} {said}"))
    timed = [point for point, check in zip(points, measured, strict=True) if check.median_ms is not None]
    return Chart(
        points=tuple(points),
        line=" ".join(f"{point.x},{point.y}" for point in timed),
        mark_y=y(THRESHOLD_MS),
        first=in_japan(begin).strftime("%Y/%m/%d"),
        last=in_japan(end).strftime("%Y/%m/%d"),
        top_ms=round(top),
    )
