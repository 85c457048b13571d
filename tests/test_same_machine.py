"""Addresses that name this machine by several names."""

from __future__ import annotations

import pytest

from wallet.show.same_machine import may_be_the_same


@pytest.mark.parametrize(
    ("url", "others", "same"),
    [
        ("nats://localhost:4222", ["nats://127.0.0.1:4222"], True),
        ("nats://127.0.0.1:4222", ["nats://[::1]:4222"], True),
        ("nats://127.0.0.1:4222", ["nats://127.0.0.2:4222"], True),
        ("nats://localhost:4222", ["nats://localhost:4222"], False),
        ("nats://localhost:4222", ["nats://localhost:4223"], False),
        ("nats://localhost:4222", ["tls://localhost:4222"], False),
        ("nats://localhost:4222", ["nats://localhost.example:4222"], False),
        ("nats://n1.example:4222", ["nats://n1.example.:4222"], False),
        ("nats://localhost:4222", ["prod", "nats://[:4222", ""], False),
    ],
)
def test_only_names_of_this_machine_with_the_same_port_may_be_one(
    url: str, others: list[str], same: bool
) -> None:
    assert may_be_the_same(url, others) == (others if same else [])
