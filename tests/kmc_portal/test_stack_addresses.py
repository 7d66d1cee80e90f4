"""Where the embedded stack listens, and the addresses in the words of each library."""

from pathlib import Path

import environ
import pytest

from kmc_portal.embedded import addresses


def test_the_database_is_a_socket_in_the_data_folder() -> None:
    url = addresses.database_url(Path("/srv/k m"))
    assert url == "postgres://kmc@/kmc?host=/srv/k%20m/run&port=5432"
    config = environ.Env.db_url_config(url)
    assert (config["NAME"], config["USER"], config["HOST"]) == ("kmc", "kmc", "")
    assert config["OPTIONS"] == {"host": "/srv/k m/run", "port": 5432}


def test_a_socket_is_spelled_as_celery_and_the_cache_want_it() -> None:
    url = addresses.redis_url(Path("/srv/kmc"), 3)
    assert url == "unix:///srv/kmc/run/valkey.sock?db=3"
    assert addresses.cache_url(url) == "unix:///srv/kmc/run/valkey.sock?db=3"
    assert addresses.celery_broker_url(url) == "redis+socket:///srv/kmc/run/valkey.sock?virtual_host=3"


@pytest.mark.parametrize("url", ["redis://localhost:6379/0", "rediss://:secret@cache.example.jp:6380/1"])
def test_an_address_on_the_network_stays_as_it_is(url: str) -> None:
    assert addresses.celery_broker_url(url) == url
    assert addresses.cache_url(url) == url


def test_sockets_move_to_a_short_folder_when_the_path_is_too_long() -> None:
    # /<n letters>/run/.s.PGSQL.5432.lock: 24 bytes beside the letters, 100 in all still fit
    fits, too_long = Path("/" + "a" * 76), Path("/" + "a" * 77)
    assert addresses.socket_folder(fits) == fits / "run"
    assert addresses.socket_folder(too_long).parent == Path("/tmp")
    assert len(str(addresses.socket_folder(too_long))) < 60


@pytest.mark.parametrize(
    ("value", "folder"),
    [(None, addresses.BASE_DIR / "var"), ("", addresses.BASE_DIR / "var"), ("/srv/kmc", Path("/srv/kmc"))],
)
def test_the_data_folder_is_var_unless_named(
    monkeypatch: pytest.MonkeyPatch, value: str | None, folder: Path
) -> None:
    monkeypatch.delenv("KMC_DATA_FOLDER")
    if value is not None:
        monkeypatch.setenv("KMC_DATA_FOLDER", value)
    assert addresses.data_folder() == folder
