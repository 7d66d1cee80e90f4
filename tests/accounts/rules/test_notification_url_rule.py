"""§1.9: what can be said of a notification URL without a connection."""

import pytest

from accounts.rules.notification_url import check_notification_url
from kmc_portal.lib.public_url import ADVICE, UrlReason

R = UrlReason
EXECUTE_API = "execute_api"


@pytest.mark.parametrize(
    ("url", "stored"),
    [
        ("https://hooks.example.jp", "https://hooks.example.jp/"),
        ("https://hooks.example.jp/", "https://hooks.example.jp/"),
        ("https://hooks.example.jp/sms/result", "https://hooks.example.jp/sms/result"),
        ("https://hooks.example.jp/a?b=c&d=%E3%81%82", "https://hooks.example.jp/a?b=c&d=%E3%81%82"),
        ("HTTPS://Hooks.Example.JP/Path", "https://hooks.example.jp/Path"),
        ("https://hooks.example.jp./x", "https://hooks.example.jp/x"),
        ("https://hooks.example.jp:443/x", "https://hooks.example.jp/x"),
        ("https://hooks.example.jp:8443/x", "https://hooks.example.jp:8443/x"),
        ("https://hooks.example.jp:1/", "https://hooks.example.jp:1/"),
        ("https://hooks.example.jp:65535/", "https://hooks.example.jp:65535/"),
        ("https://example.com/x", "https://example.com/x"),
        ("https://xn--eckwd4c7cu47r2wf.jp/", "https://xn--eckwd4c7cu47r2wf.jp/"),
        ("https://127-0-0-1.example.net/", "https://127-0-0-1.example.net/"),
        ("https://1.example.jp/", "https://1.example.jp/"),
        ("https://local.example.jp/", "https://local.example.jp/"),
        ("https://localhost.example.jp/", "https://localhost.example.jp/"),
        # a custom domain, and names that only look like the refused ones
        ("https://execute-api.example.jp/", "https://execute-api.example.jp/"),
        (
            "https://abc.execute-api.ap-northeast-1.amazonaws.com.example.jp/",
            "https://abc.execute-api.ap-northeast-1.amazonaws.com.example.jp/",
        ),
        (
            "https://abc.myexecute-api.ap-northeast-1.amazonaws.com/",
            "https://abc.myexecute-api.ap-northeast-1.amazonaws.com/",
        ),
        ("https://abc.lambda-url.ap-northeast-1.on.aws/", "https://abc.lambda-url.ap-northeast-1.on.aws/"),
        (
            "https://bucket.s3.ap-northeast-1.amazonaws.com/",
            "https://bucket.s3.ap-northeast-1.amazonaws.com/",
        ),
        (
            "https://hooks.example.jp/?to=abc.execute-api.ap-northeast-1.amazonaws.com",
            "https://hooks.example.jp/?to=abc.execute-api.ap-northeast-1.amazonaws.com",
        ),
    ],
)
def test_guide_1_9_a_public_https_url_is_allowed(url: str, stored: str) -> None:
    verdict = check_notification_url(url)
    assert (verdict.allowed, verdict.reason, verdict.url, verdict.warning) == (True, None, stored, "")


@pytest.mark.parametrize(
    "url",
    [
        "https://abc123.execute-api.ap-northeast-1.amazonaws.com/prod",
        "https://abc123.execute-api.ap-northeast-1.amazonaws.com",
        "https://abc123.execute-api.us-east-1.amazonaws.com/prod",
        "https://abc123.execute-api.eu-central-2.amazonaws.com/",
        "https://abc123.execute-api.us-gov-west-1.amazonaws.com/",
        "https://abc123.execute-api.cn-north-1.amazonaws.com.cn/prod",
        "https://abc123.execute-api.cn-northwest-1.amazonaws.com.cn",
        "https://ABC123.Execute-API.AP-Northeast-1.AmazonAWS.com/prod",
        "https://abc123.execute-api.ap-northeast-1.amazonaws.com./prod",
        "https://abc123.execute-api.ap-northeast-1.amazonaws.com:443/prod",
        "https://abc123.execute-api.ap-northeast-1.amazonaws.com.:8443/prod",
        "https://abc123.execute-api.ap-northeast-1.amazonaws.com:99999/prod",
        "https://abc123-vpce-0a1b.execute-api.ap-northeast-1.amazonaws.com/",
        "https://vpce-0a1b.execute-api.ap-northeast-1.vpce.amazonaws.com/",
        "https://a.b.c.execute-api.ap-northeast-3.amazonaws.com/",
        "https://execute-api.ap-northeast-1.amazonaws.com/",
        "https://execute-api.execute-api.ap-northeast-1.amazonaws.com/",
        "https://abc123.execute-api-fips.us-east-1.amazonaws.com/",
        "https://abc123.execute-api.ap-northeast-1.api.aws/",
        "http://abc123.execute-api.ap-northeast-1.amazonaws.com/prod",
        "https://abc123.execute-api.ap-northeast-1.amazonaws.com/prod#part",
    ],
)
def test_guide_1_9_the_default_domain_of_api_gateway_is_refused_with_a_way_out(url: str) -> None:
    verdict = check_notification_url(url)
    assert (verdict.allowed, verdict.reason) == (False, EXECUTE_API)
    assert "カスタムドメイン" in verdict.message


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", R.EMPTY),
        ("  ", R.EMPTY),
        ("http://hooks.example.jp/", R.HTTP),
        ("HTTP://hooks.example.jp/", R.HTTP),
        ("http://hooks.example.jp:443/", R.HTTP),
        ("ftp://hooks.example.jp/", R.SCHEME),
        ("javascript:alert(1)", R.SCHEME),
        ("file:///etc/passwd", R.SCHEME),
        ("wss://hooks.example.jp/", R.SCHEME),
        ("httpss://hooks.example.jp/", R.SCHEME),
        ("hooks.example.jp/path", R.SCHEME),
        ("//hooks.example.jp/path", R.SCHEME),
        ("hooks.example.jp:443/path", R.SCHEME),
        ("https:hooks.example.jp", R.NO_HOST),
        ("https:/hooks.example.jp", R.NO_HOST),
        ("https://", R.NO_HOST),
        ("https:///path", R.NO_HOST),
        ("https://:443/", R.NO_HOST),
        ("https://?x=1", R.NO_HOST),
        ("https://./", R.NO_HOST),
        ("https://user@hooks.example.jp/", R.USER_INFO),
        ("https://user:pass@hooks.example.jp/", R.USER_INFO),
        ("https://@hooks.example.jp/", R.USER_INFO),
        ("https://hooks.example.jp@127.0.0.1/", R.USER_INFO),
        ("https://127.0.0.1/", R.IP_LITERAL),
        ("https://127.0.0.1./", R.IP_LITERAL),
        ("https://52.192.0.1/", R.IP_LITERAL),
        ("https://52.192.0.1:8443/", R.IP_LITERAL),
        ("https://2130706433/", R.IP_LITERAL),
        ("https://017700000001/", R.IP_LITERAL),
        ("https://0x7f000001/", R.IP_LITERAL),
        ("https://0x7F.0.0.1/", R.IP_LITERAL),
        ("https://0177.0.0.1/", R.IP_LITERAL),
        ("https://127.1/", R.IP_LITERAL),
        ("https://1.2.3.0x/", R.IP_LITERAL),
        ("https://[::1]/", R.IP_LITERAL),
        ("https://[2400:4050::1]:8443/", R.IP_LITERAL),
        ("https://[::ffff:127.0.0.1]/", R.IP_LITERAL),
        ("https://localhost/", R.LOCAL_NAME),
        ("https://LOCALHOST:8443/", R.LOCAL_NAME),
        ("https://localhost./", R.LOCAL_NAME),
        ("https://a.localhost/", R.LOCAL_NAME),
        ("https://localhost.localdomain/", R.LOCAL_NAME),
        ("https://printer.local/", R.LOCAL_NAME),
        ("https://api.internal/", R.LOCAL_NAME),
        ("https://metadata.google.internal/", R.LOCAL_NAME),
        ("https://server.lan/", R.LOCAL_NAME),
        ("https://server.corp/", R.LOCAL_NAME),
        ("https://router.home.arpa/", R.LOCAL_NAME),
        ("https://hooks.test/", R.LOCAL_NAME),
        ("https://hooks.invalid/", R.LOCAL_NAME),
        ("https://server/", R.SINGLE_LABEL),
        ("https://server./x", R.SINGLE_LABEL),
        ("https://日本語.jp/", R.IDN),
        ("https://ｈｏｏｋｓ.example.jp/", R.IDN),
        ("https://hooks。example。jp/", R.IDN),
        ("https://abc.execute-api.ap-northeast-1.ａmazonaws.com/", R.IDN),
        ("https://hooks.example.jp/日本語", R.NON_ASCII),
        ("https://hooks.example.jp/?q=検索", R.NON_ASCII),
        (" https://hooks.example.jp/", R.WHITESPACE),
        ("https://hooks.example.jp/ ", R.WHITESPACE),
        ("https://hooks.example.jp/a b", R.WHITESPACE),
        ("https://hooks.example.jp/\n", R.WHITESPACE),
        ("https://hooks\t.example.jp/", R.WHITESPACE),
        ("https://hooks.example.jp/\x00", R.WHITESPACE),
        ("https://hooks.example.jp/\x7f", R.WHITESPACE),
        ("https://hooks.example.jp/\u200b", R.WHITESPACE),
        ("https://hooks.example.jp/\u3000", R.WHITESPACE),
        ("https://hooks.example.jp\\@127.0.0.1/", R.BAD_CHARACTER),
        ("https:\\\\hooks.example.jp/", R.BAD_CHARACTER),
        ("https://hooks.example.jp/<id>", R.BAD_CHARACTER),
        ("https://hooks.example.jp/{id}", R.BAD_CHARACTER),
        ('https://hooks.example.jp/"', R.BAD_CHARACTER),
        ("https://hooks.example.jp:0/", R.BAD_PORT),
        ("https://hooks.example.jp:65536/", R.BAD_PORT),
        ("https://hooks.example.jp:/", R.BAD_PORT),
        ("https://hooks.example.jp:abc/", R.BAD_PORT),
        ("https://hooks.example.jp:-1/", R.BAD_PORT),
        ("https://hooks.example.jp:+443/", R.BAD_PORT),
        ("https://hooks.example.jp:443:443/", R.BAD_PORT),
        ("https://hooks.example.jp/#part", R.FRAGMENT),
        ("https://hooks.example.jp/#", R.FRAGMENT),
        ("https://hooks..example.jp/", R.BAD_HOST),
        ("https://.example.jp/", R.BAD_HOST),
        ("https://hooks.example.jp../", R.BAD_HOST),
        ("https://-hooks.example.jp/", R.BAD_HOST),
        ("https://hooks-.example.jp/", R.BAD_HOST),
        ("https://hooks_1.example.jp/", R.BAD_HOST),
        ("https://hooks%2Eexample.jp/", R.BAD_HOST),
        ("https://*.example.jp/", R.BAD_HOST),
        ("https://[::1/", R.BAD_HOST),
        (f"https://{'a' * 64}.example.jp/", R.BAD_HOST),
        (f"https://{'a.' * 123}example.jp/", R.BAD_HOST),  # 256 characters
    ],
)
def test_guide_1_9_any_other_url_is_refused_with_its_reason(url: str, reason: UrlReason) -> None:
    verdict = check_notification_url(url)
    assert (verdict.allowed, verdict.reason) == (False, str(reason))
    assert verdict.message


def test_a_host_label_may_have_63_characters() -> None:
    assert check_notification_url(f"https://{'a' * 63}.example.jp/").allowed


def test_a_url_may_have_2048_characters() -> None:
    start = "https://hooks.example.jp/"
    assert check_notification_url(start + "a" * (2048 - len(start))).allowed
    assert check_notification_url(start + "a" * (2049 - len(start))).reason == "too_long"


def test_guide_1_9_http_is_allowed_by_setting_with_a_warning() -> None:
    verdict = check_notification_url("http://hooks.example.jp/x", allow_http=True)
    assert verdict.allowed
    assert (verdict.url, verdict.port) == ("http://hooks.example.jp/x", 80)
    assert "暗号化" in verdict.warning


def test_guide_1_9_the_setting_for_http_does_not_open_execute_api() -> None:
    url = "http://abc123.execute-api.ap-northeast-1.amazonaws.com/"
    assert check_notification_url(url, allow_http=True).reason == EXECUTE_API


def test_host_and_port_are_told_for_the_connection() -> None:
    verdict = check_notification_url("https://Hooks.Example.jp:8443/x")
    assert (verdict.host, verdict.port) == ("hooks.example.jp", 8443)


def test_every_reason_has_advice() -> None:
    assert set(ADVICE) == set(UrlReason)
