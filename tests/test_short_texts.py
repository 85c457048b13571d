"""Paths and addresses where there is little room: what tells one from another stays."""

from __future__ import annotations

import pytest

from wallet.show.short_texts import ending, short_address, short_addresses


def test_a_path_loses_its_beginning_and_never_its_name() -> None:
    assert ending("acme/orders/billing", 30) == "acme/orders/billing"
    assert ending("acme/orders-of-germany/billing", 20) == "…-of-germany/billing"


@pytest.mark.parametrize(
    ("url", "limit", "short"),
    [
        ("nats://localhost:4222", 21, "nats://localhost:4222"),
        ("nats://localhost:4222", 20, "localhost:4222"),
        ("tls://n1.eu.example.com:4222", 20, "n1.eu.exam….com:4222"),
        ("tls://n1.eu.example.com:4222", 14, "n1.eu.…om:4222"),
        ("nats://[2001:db8::1:2:3:4]:4333", 20, "[2001:db8:…3:4]:4333"),
        ("nats://a.example.com", 10, "a.exam…com"),
        ("nats://demo:4222", 3, "de…:4222"),
    ],
)
def test_an_address_loses_its_scheme_and_its_middle_and_never_its_port(
    url: str, limit: int, short: str
) -> None:
    assert short_address(url, limit) == short


def test_of_several_addresses_as_many_are_told_as_fit() -> None:
    urls = ["nats://n1:4222", "nats://n2:4222", "nats://n3:4222"]
    assert short_addresses(urls, 60) == "nats://n1:4222, nats://n2:4222, nats://n3:4222"
    assert short_addresses(urls, 25) == "n1:4222, n2:4222, n3:4222"
    assert short_addresses(urls, 14) == "n1:4222, +2"
    assert short_addresses([], 14) == ""


def test_two_addresses_that_only_the_port_tells_apart_stay_two() -> None:
    urls = [f"nats://{host}:{port}" for host in ("localhost", "127.0.0.1") for port in (4222, 4223)]
    for limit in range(10, 30):
        assert len({short_address(url, limit) for url in urls}) == len(urls), limit
