"""§1.9: checks run side by side; whatever one end does, the others are told as soon as they are done."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from accounts.gateways import probe_names
from accounts.gateways.probe import Prober, Target, check_all
from accounts.rules.connectivity import CheckReason, Post
from accounts.rules.plans import NotificationFunction
from kmc_portal.demo.receiver import answer, drip, hang
from tests.fixtures.nameserver import answering
from tests.fixtures.probing import prober_for
from tests.fixtures.receiver import NAMES, Receiver, receiving, server_tls

R = CheckReason
F = NotificationFunction.WEBHOOK
HOST = NAMES[0]


@pytest.fixture
def end(tmp_path: Path) -> Iterator[Receiver]:
    with receiving(tmp_path, server_tls(tmp_path, *NAMES)) as running:
        running.answers |= {"/hang": hang, "/drip": drip, "/later": answer(200, delay_ms=100)}
        yield running


def all_of(prober: Prober, targets: Any) -> list[tuple[Any, list[Post]]]:
    async def work() -> list[tuple[Any, list[Post]]]:
        return [found async for found in check_all(prober, targets)]

    return asyncio.run(work())


def test_guide_1_9_a_hanging_a_dripping_and_a_nameless_end_delay_nobody(
    end: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe_names, "LIFETIME_SECONDS", 1.0)
    with answering() as names:
        names.say("nameless.example.jp", "A", "silence")
        names.say("nameless.example.jp", "AAAA", "silence")
        prober = prober_for(end, read_timeout=1.0, nameservers=(names.address,))
        targets = [
            Target("hanging", end.url("/hang"), F),
            Target("dripping", end.url("/drip"), F),
            Target("nameless", end.url(host="nameless.example.jp"), F),
            Target("later", end.url("/later"), F),
            Target("quick", end.url("/ok"), F),
        ]
        found = all_of(prober, targets)
    assert [key for key, _ in found][:2] == ["quick", "later"]  # in the order in which they are done
    reasons = {key: {post.reason for post in posts} for key, posts in found}
    assert reasons == {
        "quick": {None},
        "later": {None},
        "hanging": {R.READ_TIMEOUT},
        "dripping": {R.READ_TIMEOUT},
        "nameless": {R.DNS_TIMEOUT},
    }


def test_guide_1_9_posts_of_different_checks_are_under_way_together(end: Receiver) -> None:
    arrived = 0
    together = asyncio.Event()

    async def wait_for_all(writer: asyncio.StreamWriter) -> None:
        nonlocal arrived
        arrived += 1
        if arrived >= 20:
            together.set()
        await together.wait()
        await answer(200)(writer)

    end.answers["/x"] = wait_for_all
    found = all_of(prober_for(end), [Target(number, end.url("/x"), F) for number in range(20)])
    assert {post.reason for _, posts in found for post in posts} == {None}


def test_guide_1_9_more_targets_may_come_while_checks_run(end: Receiver) -> None:
    async def work() -> list[Any]:
        told = asyncio.Event()

        async def targets() -> AsyncIterator[Target]:
            yield Target("first", end.url("/ok"), F)
            await told.wait()  # the first one's result
            yield Target("second", end.url("/error"), F)

        keys = []
        async for key, _ in check_all(prober_for(end), targets()):
            keys.append(key)
            told.set()
        return keys

    assert asyncio.run(work()) == ["first", "second"]


def test_an_error_of_whoever_names_the_targets_is_not_swallowed(end: Receiver) -> None:
    async def targets() -> AsyncIterator[Target]:
        yield Target("first", end.url("/hang"), F)
        raise LookupError("no further targets")

    with pytest.raises(LookupError, match="no further targets"):
        all_of(prober_for(end), targets())


def test_checks_end_with_whoever_asked_for_them(end: Receiver) -> None:
    async def work() -> int:
        checks = check_all(
            prober_for(end), [Target("quick", end.url("/ok"), F), Target("hanging", end.url("/hang"), F)]
        )
        async for key, _ in checks:
            assert key == "quick"
            break
        await checks.aclose()  # type: ignore[attr-defined]
        return len(asyncio.all_tasks())

    assert asyncio.run(work()) == 1


def test_nothing_to_check_is_nothing_found(end: Receiver) -> None:
    assert all_of(prober_for(end), []) == []
