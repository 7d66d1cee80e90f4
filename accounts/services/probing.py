"""The probe as the settings want it: those of this installation, and those that staff may change."""

import logging
from pathlib import Path

from django.conf import settings as installation

from accounts.gateways.probe import Prober, ProbeSettings
from accounts.services import settings

log = logging.getLogger(__name__)


def prober() -> Prober:
    """A new one for every run of checks: settings that staff changed meanwhile count."""
    return Prober(probe_settings())


def probe_settings() -> ProbeSettings:
    """`CONNECTIVITY_LOOPBACK` (`name:port`) and `CONNECTIVITY_CA_FILE` are set in the demo and in tests only."""
    pairs = [entry.rpartition(":") for entry in installation.CONNECTIVITY_LOOPBACK]
    ca_file = installation.CONNECTIVITY_CA_FILE
    if ca_file and not Path(ca_file).exists():
        log.warning("%s is not there: the demo's receiver has not been started", ca_file)
        ca_file = ""
    return ProbeSettings(
        read_timeout=float(settings.get("check_read_timeout")),
        allow_http=settings.get("http_endpoints_allowed"),
        loopback=frozenset((name, int(port)) for name, _, port in pairs),
        hosts={name: "127.0.0.1" for name, _, _ in pairs},
        ca_file=ca_file,
    )
