"""hubspoke.endpoint."""

import pytest

from hubspoke import ConfigurationError
from hubspoke.endpoint import is_region, parse, parse_all


@pytest.mark.parametrize(
    ("raw", "region"),
    [
        ("https://abc123.execute-api.eu-west-1.amazonaws.com/prod", "eu-west-1"),
        ("https://abc123.execute-api.cn-north-1.amazonaws.com.cn/prod", "cn-north-1"),
        ("https://abc123.execute-api.us-gov-west-1.amazonaws.com/prod", "us-gov-west-1"),
        ("https://vpce-1-2.execute-api.eu-west-1.vpce.amazonaws.com/prod", "eu-west-1"),
        ("https://abc123-vpce-1.execute-api.eu-west-1.amazonaws.com/prod", "eu-west-1"),
        ("https://hub.example.com", None),
        ("http://127.0.0.1:4566/_aws/execute-api/abc123/prod", None),
    ],
)
def test_the_region_is_read_from_the_host(raw: str, region: str | None) -> None:
    """AWS's own hosts name the Region; a custom domain doesn't."""
    assert parse(raw).region == region


def test_trailing_slashes_are_dropped() -> None:
    """Paths are joined with one slash."""
    assert parse("https://hub.example.com/prod//").url == "https://hub.example.com/prod"


@pytest.mark.parametrize(
    "raw", ["http://127.0.0.1:1/x", "http://127.9.9.9", "http://[::1]:1", "http://localhost:4566"]
)
def test_plain_http_is_taken_on_loopback(raw: str) -> None:
    """A hub in development has no certificate."""
    assert parse(raw).loopback


@pytest.mark.parametrize(
    "raw",
    [
        "http://hub.example.com",
        "http://localhost.example.com",
        "http://127.0.0.1.example.com",
        "http://127.1",
        "http://2130706433",
        "http://0.0.0.0",
        "http://[::ffff:8.8.8.8]",
        "http://10.0.0.1",
        "ftp://127.0.0.1",
        "file:///etc/passwd",
        "//hub.example.com",
        "hub.example.com",
        "",
        "https://",
        "https:///prod",
        "https://user@hub.example.com",
        "https://user:secret@hub.example.com",
        "https://hub.example.com@evil.example.com",
        "https://hub.example.com?x=1",
        "https://hub.example.com/prod?",
        "https://hub.example.com#x",
        "https://hub.example.com:99999",
        "https://hub.example.com:port",
        "https://hub.example.com:",
        "https://hub.example.com/a/../b",
        "https://hub.example.com/a//b",
        "https://hub.example.com/%2e%2e",
        "https://hub.example.com\\evil",
        "https://hub.example.com/\n",
        "https://hub.exa\tmple.com",
        "https://hub.example.com /x",
        "https://hüb.example.com",
        "https://a.example.com,https://b.example.com",
        "https://[::1",
        "https://-hub.example.com",
        "https://hub.example.com/\x00",
        "http://[::1]>80",
        "http://[::1].evil.example/prod",
        "https://[::1]x:443",
    ],
)
def test_anything_else_is_refused(raw: str) -> None:
    """Nothing is signed for an address that isn't plainly one hub."""
    with pytest.raises(ConfigurationError) as raised:
        parse(raw)
    assert "secret" not in raised.value.diagnostics()


@pytest.mark.parametrize("raw", ["", "eu west", "eu-west-1/x", "EU-WEST-1", "eu-west-1\n", "-", "x" * 65])
def test_what_is_no_region(raw: str) -> None:
    """A Region stands in the signature's scope, between slashes."""
    assert not is_region(raw)


@pytest.mark.parametrize(
    "raw",
    [
        "https://a.test/x,https://b.test",
        " https://a.test/x/ , https://b.test/",
        ["https://a.test/x", "https://b.test"],
    ],
)
def test_several_keep_their_order(raw: str | list[str]) -> None:
    """In one text, or one by one."""
    assert [endpoint.url for endpoint in parse_all(raw)] == ["https://a.test/x", "https://b.test"]


@pytest.mark.parametrize(
    "raw",
    [
        None,
        "",
        " ",
        [],
        ",",
        "https://a.test,",
        ",https://a.test",
        "https://a.test,,https://b.test",
        "https://a.test https://b.test",
        "https://a.test;https://b.test",
        "https://a.test,\thttps://b.test",
        "https://a.test,http://b.test",
        ["https://a.test,https://b.test"],
        ["https://a.test", ""],
        "https://a.test,https://a.test/",
    ],
)
def test_a_list_that_cant_be_right_is_refused(raw: str | list[str] | None) -> None:
    """Whole: no endpoint is left out in silence."""
    with pytest.raises(ConfigurationError, match="HUBSPOKE_ENDPOINT"):
        parse_all(raw)
