"""How many messages one SMS is charged as (§5.2). Lengths are UTF-16 code units after line ends became LF."""

from dataclasses import dataclass

from billing.rules.carriers import DeliveryCarrier


class LengthOutOfRange(ValueError):
    """No SMS of that length exists at that carrier: a fault in the record."""


@dataclass(frozen=True)
class Length:
    """Up to `single` characters are one message; longer texts are charged per `part`, up to `limit`."""

    single: int
    part: int
    limit: int

    @property
    def most(self) -> int:
        """The most messages that one text is charged as."""
        return 1 if self.limit <= self.single else -(-self.limit // self.part)


LENGTHS: dict[DeliveryCarrier, Length] = {
    DeliveryCarrier.DOCOMO: Length(single=70, part=66, limit=660),  # §5.2
    DeliveryCarrier.AU: Length(single=70, part=67, limit=670),  # §5.2
    DeliveryCarrier.RAKUTEN: Length(single=70, part=67, limit=660),  # §5.2 ※
    DeliveryCarrier.SOFTBANK: Length(single=670, part=670, limit=670),  # §5.2
}
SHORT_LIMIT = 70  # §1.3: without the option SMS長文


def characters(text: str) -> int:
    """The length that is charged: UTF-16 code units, a line end counted once."""
    return len(text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-16-le")) // 2


def charged_segments(carrier: DeliveryCarrier, chars: int) -> int:
    """1 to 10; LengthOutOfRange for an empty text and for one beyond the carrier's limit."""
    length = LENGTHS[carrier]
    if not 1 <= chars <= length.limit:
        raise LengthOutOfRange(f"{carrier.label}のSMSは1～{length.limit}文字です（指定: {chars}文字）。")
    return 1 if chars <= length.single else -(-chars // length.part)


def range_of(carrier: DeliveryCarrier, segments: int) -> tuple[int, int]:
    """The shortest and the longest text charged as `segments` messages; LengthOutOfRange where there is none."""
    length = LENGTHS[carrier]
    if not 1 <= segments <= length.most:
        raise LengthOutOfRange(f"{carrier.label}では{segments}通の課金はありません。")
    if segments == 1:
        return 1, length.single
    shortest = max(length.single, length.part * (segments - 1)) + 1
    return shortest, min(length.part * segments, length.limit)


def why(carrier: DeliveryCarrier, segments: int) -> str:
    """「NTTドコモでは133～198文字のSMSを3通として課金します。」"""
    shortest, longest = range_of(carrier, segments)
    return f"{carrier.label}では{shortest}～{longest}文字のSMSを{segments}通として課金します。"
