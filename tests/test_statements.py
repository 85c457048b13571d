"""Sentences about JWTs as rows of a table."""

from __future__ import annotations

from wallet.show.statements import as_facts


def test_each_sentence_gets_a_label_and_lists_a_line_for_each() -> None:
    assert as_facts(
        [
            "User “billing” of the account acme/orders.",
            "Signed on 2026-11-26 12:08:46 UTC by acme/orders, account “orders” itself.",
            "Valid from 2026-11-01 00:00:00 UTC. Expires on 2026-12-01 00:00:00 UTC, in 5 days.",
            "Exports: stream news.>, service help (private).",
            "Connects from 10.0.0.0/8 only.",
            "Maps a to b (100 %).",
            "No JetStream.",
            "Account server: nats://n1:4222.",
        ]
    ) == [
        ("Is", "User “billing” of the account acme/orders"),
        ("Signed", "2026-11-26 12:08:46 UTC"),
        ("By", "acme/orders, account “orders” itself"),
        ("Valid from", "2026-11-01 00:00:00 UTC"),
        ("Expires", "2026-12-01 00:00:00 UTC, in 5 days"),
        ("Exports", "stream news.>"),
        ("", "service help (private)"),
        ("Only from", "10.0.0.0/8"),
        ("Maps", "a → b (100 %)"),
        ("JetStream", "none"),
        ("Account server", "nats://n1:4222"),
    ]


def test_a_sentence_without_a_label_of_its_own_is_kept_whole() -> None:
    sentences = ["Takes no bearer tokens.", "Something else, at length.", "Limits: none."]
    assert as_facts(sentences) == [
        ("Also", "Takes no bearer tokens."),
        ("", "Something else, at length."),
        ("Limits", "none"),
    ]


def test_a_subject_with_a_comma_in_it_is_lost_nowhere() -> None:
    rows = as_facts(["Signing keys: A, B (scope “x, y”)."])
    assert ", ".join(row.text for row in rows) == "A, B (scope “x, y”)"
