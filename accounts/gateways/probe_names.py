"""Names to addresses for the probe (§1.9): asked of DNS at every POST, and refused unless every answer is public.

Neither /etc/hosts nor search domains nor a cache: what counts is what the internet is told at this moment.
"""

import asyncio
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address

import dns.asyncresolver
import dns.exception
import dns.name
import dns.nameserver
import dns.rdatatype
import dns.resolver

from accounts.rules.connectivity import CheckReason
from kmc_portal.lib.public_address import AddressClass, classify

log = logging.getLogger(__name__)

TRY_SECONDS = 2.0  # one question to one server
LIFETIME_SECONDS = 5.0  # all tries


@dataclass(frozen=True)
class Found:
    """Where to connect to: one address; or "" with the reason why nowhere."""

    address: str
    ms: float
    reason: CheckReason | None = None
    detail: str = ""


class Names:
    """One resolver for all checks. `nameservers` () = the system's; `hosts` are answered without DNS."""

    def __init__(
        self,
        *,
        nameservers: tuple[tuple[str, int], ...],
        hosts: Mapping[str, str],
        loopback: frozenset[tuple[str, int]],
    ) -> None:
        self._hosts, self._loopback = hosts, loopback
        self._resolver = _resolver(nameservers)

    async def find(self, host: str, port: int) -> Found:
        """Ask for A and AAAA at once; the first IPv4 address, else the first IPv6 one."""
        start = time.perf_counter()
        if host in self._hosts:
            answers: list[str] | _Unknown = [self._hosts[host]]
        else:
            name = dns.name.from_text(f"{host}.")
            v4, v6 = await asyncio.gather(self._ask(name, "A"), self._ask(name, "AAAA"))
            answers = _together(v4, v6)
        ms = (time.perf_counter() - start) * 1000
        if isinstance(answers, _Unknown):
            return Found("", ms, answers.reason, answers.detail)
        for answer in answers:
            kind = classify(answer)
            if kind is AddressClass.LOOPBACK and (host, port) in self._loopback:
                continue
            if kind is not None:  # the address itself is not told: it may be one of our own network
                return Found("", ms, CheckReason.NOT_PUBLIC, kind.label)
        return Found(min(answers, key=lambda answer: ip_address(answer).version), ms)

    async def _ask(self, name: dns.name.Name, kind: str) -> "list[str] | _Unknown":
        try:
            answer = await self._resolver.resolve(
                name, kind, raise_on_no_answer=False, lifetime=LIFETIME_SECONDS, search=False
            )
        except dns.resolver.NXDOMAIN:
            return _Unknown(CheckReason.DNS_FAILED, "NXDOMAIN")
        except dns.exception.Timeout:
            return _Unknown(CheckReason.DNS_TIMEOUT, "")
        except (
            dns.resolver.NoNameservers
        ) as error:  # each said SERVFAIL, REFUSED …, or nothing that can be read
            return _Unknown(CheckReason.DNS_FAILED, _last_word(error))
        except (dns.exception.DNSException, OSError) as error:
            return _Unknown(CheckReason.DNS_FAILED, type(error).__name__)
        wanted = dns.rdatatype.from_text(kind)
        return [record.address for record in answer if record.rdtype == wanted]


@dataclass(frozen=True)
class _Unknown:
    reason: CheckReason
    detail: str


def _together(v4: list[str] | _Unknown, v6: list[str] | _Unknown) -> list[str] | _Unknown:
    """What both questions brought; a question without an answer matters only where the other brought nothing."""
    known = [address for part in (v4, v6) if not isinstance(part, _Unknown) for address in part]
    if known:
        return known
    for part in (v4, v6):
        if isinstance(part, _Unknown):
            return part
    return _Unknown(CheckReason.NO_ADDRESS, "")


def _resolver(nameservers: tuple[tuple[str, int], ...]) -> dns.asyncresolver.Resolver:
    try:
        resolver = dns.asyncresolver.Resolver(configure=not nameservers)
    except dns.resolver.NoResolverConfiguration:
        log.error("no nameserver in /etc/resolv.conf: every connectivity check will end as dns_failed")
        resolver = dns.asyncresolver.Resolver(configure=False)
    if nameservers:
        resolver.nameservers = [dns.nameserver.Do53Nameserver(host, port) for host, port in nameservers]
    resolver.timeout, resolver.lifetime = TRY_SECONDS, LIFETIME_SECONDS
    return resolver


def _last_word(error: dns.resolver.NoNameservers) -> str:
    """The code of the last server, as SERVFAIL."""
    errors = error.kwargs.get("errors") or []
    if not errors:
        return "DNSサーバなし"
    last = errors[-1][3]
    return last if isinstance(last, str) else type(last).__name__
