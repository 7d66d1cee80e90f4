"""§1.9: when a check of three POSTs is OK."""

import pytest

from accounts.rules.connectivity import ADVICE, POSTS, THRESHOLD_MS, CheckReason, Post, verdict

R = CheckReason


def post(
    total_ms: float | None, *, status: int | None = 200, reason: CheckReason | None = None, detail: str = ""
) -> Post:
    return Post(
        address="52.192.0.1",
        dns_ms=3.0,
        connect_ms=8.0,
        tls_ms=16.0,
        first_byte_ms=20.0,
        total_ms=total_ms,
        status=status,
        reason=reason,
        detail=detail,
        started_at="2026-04-01T01:00:00.000+00:00",
    )


@pytest.mark.parametrize(
    ("totals", "ok", "median_ms"),
    [
        ((500.0, 500.0, 500.0), True, 500.0),
        ((500.1, 500.1, 500.1), False, 500.1),
        ((500.04, 500.04, 500.04), False, 500.04),
        ((0.1, 0.1, 0.1), True, 0.1),
        ((40.0, 45.0, 9000.0), True, 45.0),  # one outlier
        ((9000.0, 40.0, 45.0), True, 45.0),
        ((500.1, 500.0, 499.9), True, 500.0),
        ((500.1, 500.2, 1.0), False, 500.1),
        ((1.0, 500.0, 10_000.0), True, 500.0),
        ((499.9, 500.1, 10_000.0), False, 500.1),
    ],
)
def test_guide_1_9_the_median_of_three_may_be_500_ms(
    totals: tuple[float, ...], ok: bool, median_ms: float
) -> None:
    found = verdict([post(total) for total in totals])
    assert (found.ok, found.median_ms) == (ok, median_ms)
    assert found.reason == (None if ok else R.TOO_SLOW)
    assert "200" in found.message


def test_guide_1_9_time_for_dns_does_not_count() -> None:
    slow_names = Post(**{**post(30.0).__dict__, "dns_ms": 4000.0})
    assert verdict([slow_names] * 3).ok


def test_guide_1_9_too_slow_says_the_time_and_what_to_do() -> None:
    said = verdict([post(1234.5)] * 3).message
    assert "1,234.5ミリ秒" in said
    assert "500ミリ秒以内に200を返してください" in said


@pytest.mark.parametrize("place", [0, 1, 2])
def test_guide_1_9_one_post_that_fails_is_ng(place: int) -> None:
    posts = [post(30.0), post(30.0), post(30.0)]
    posts[place] = post(30.0, status=500, reason=R.STATUS, detail="500")
    found = verdict(posts)
    assert (found.ok, found.reason, found.median_ms) == (False, R.STATUS, None)
    assert found.message.startswith(f"{place + 1}回目：200以外のステータスコード：500。")


def test_guide_1_9_the_first_that_fails_gives_the_reason() -> None:
    posts = [
        post(900.0),
        post(None, status=None, reason=R.READ_TIMEOUT),
        post(None, status=None, reason=R.DROPPED),
    ]
    found = verdict(posts)
    assert (found.ok, found.reason) == (False, R.READ_TIMEOUT)
    assert found.message == (
        "2回目：応答の時間切れ。通知を受け取ったら、処理の完了を待たずにステータスコード200を返してください。"
    )


def test_guide_1_9_a_failure_goes_before_slowness() -> None:
    posts = [post(900.0), post(900.0), post(20.0, status=302, reason=R.REDIRECT, detail="302 /x")]
    assert verdict(posts).reason == R.REDIRECT


@pytest.mark.parametrize("count", [0, 1, 2, 4, 6])
def test_guide_1_9_a_check_is_three_posts(count: int) -> None:
    with pytest.raises(ValueError, match="3 POSTs"):
        verdict([post(30.0)] * count)


def test_guide_1_9_the_numbers_of_the_rule() -> None:
    assert (THRESHOLD_MS, POSTS) == (500, 3)


def test_every_reason_has_advice_that_ends_in_what_to_do() -> None:
    assert set(ADVICE) == set(CheckReason)
    assert all(advice.endswith("ください。") or reason == R.TOO_LARGE for reason, advice in ADVICE.items())


@pytest.mark.parametrize(
    "one",
    [
        post(30.5),
        post(None, status=None, reason=R.NOT_PUBLIC, detail="ループバックアドレス"),
        post(12.0, status=302, reason=R.REDIRECT, detail="302 /x"),
    ],
)
def test_a_post_comes_back_from_json_as_it_was(one: Post) -> None:
    assert Post.from_json(one.as_json()) == one


def test_a_post_in_json_holds_plain_values() -> None:
    assert post(None, status=None, reason=R.DNS_FAILED, detail="NXDOMAIN").as_json() == {
        "address": "52.192.0.1",
        "dns_ms": 3.0,
        "connect_ms": 8.0,
        "tls_ms": 16.0,
        "first_byte_ms": 20.0,
        "total_ms": None,
        "status": None,
        "reason": "dns_failed",
        "detail": "NXDOMAIN",
        "started_at": "2026-04-01T01:00:00.000+00:00",
    }


@pytest.mark.parametrize("stored", [{}, {"reason": "no_such_reason"}, {**post(1.0).as_json(), "more": 1}])
def test_json_that_is_no_post_is_an_error(stored: dict[str, object]) -> None:
    with pytest.raises((TypeError, ValueError)):
        Post.from_json(stored)
