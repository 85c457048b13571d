"""A key in a server's configuration is found by each of the names that the server knows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.exchange.made import Chain
from wallet.connection.rehearsal.rewriting import admission, operator_configuration
from wallet.connection.rehearsal.rewriting.operator_configuration import PreparedConfiguration
from wallet.exchange.readers.material import Findings
from wallet.exchange.readers.sources import SourceReader
from wallet.nats.config import parser
from wallet.nats.config.names import Form, every_setting
from wallet.nats.config.parser import Value
from wallet.nats.nkeys import Kind, Seed
from wallet.system.disk import regular_files

CHAIN = Chain()


def public(kind: Kind) -> str:
    with Seed.generate(kind) as seed:
        return seed.public.text


USER, ACCOUNT, OPERATOR = (public(kind) for kind in (Kind.USER, Kind.ACCOUNT, Kind.OPERATOR))
# What to write for a setting of each form that names a key, and the key.
KEYS = {
    Form.USER_KEY: (USER, USER),
    Form.ACCOUNT_KEY: (ACCOUNT, ACCOUNT),
    Form.ACCOUNT_KEYS: (f"[ {ACCOUNT} ]", ACCOUNT),
    Form.OPERATOR_KEYS: (f"[ {OPERATOR} ]", OPERATOR),
    Form.CURVE_KEY: ((curve := public(Kind.CURVE)), curve),
    Form.ANY_KEY: ((server := public(Kind.SERVER)), server),
    Form.SEED: (CHAIN.user.encode().decode(), CHAIN.user.public.text),
    Form.JWT: (CHAIN.user_jwt(), CHAIN.user.public.text),
    Form.JWTS: (CHAIN.operator_jwt(), CHAIN.operator.public.text),
    Form.JWTS_BY_NAME: (
        f"{{ {CHAIN.account.public.text}: {CHAIN.account_jwt()} }}",
        CHAIN.account.public.text,
    ),
}
# There the server takes a user and a password alone: a key there is told, and not taken.
PASSWORDS_ONLY = ("cluster.", "gateway.")


def spellings(path: str) -> Iterator[tuple[str, str]]:
    """A configuration with nothing but the setting of a `path`, by each name of it and around it,
    and the key in it."""
    parts = path.split(".")
    blocks = [".".join(parts[: at + 1]).removesuffix("[]") for at in range(len(parts))]
    first = [every_setting()[block].names[0] for block in blocks]
    written, key = KEYS[every_setting()[path].form]
    for at, block in enumerate(blocks):
        for name in every_setting()[block].names:
            names = [*first[:at], name, *first[at + 1 :]]
            text = written
            for outer, part in zip(reversed(names), reversed(parts), strict=True):
                value = f"[ {text} ]" if part.endswith("[]") else text
                text = f"{{ {'SALES' if outer == '*' else outer}: {value} }}"
            yield text.removeprefix("{ ").removesuffix(" }"), key


def configuration(directory: Path, text: str) -> dict[str, Value]:
    (directory / "server.conf").write_text(text)
    return parser.read(directory / "server.conf", regular_files.content)


PATHS = [path for path, setting in every_setting().items() if setting.form in KEYS]


@pytest.mark.parametrize("path", PATHS)
def test_an_import_finds_a_key_by_every_name_of_its_setting(tmp_path: Path, path: str) -> None:
    for text, key in spellings(path):
        # Behind a setting that makes it a server's configuration, whatever else is in it.
        (tmp_path / "server.conf").write_text(f"authorization {{ }}\n{text}\n")
        with Findings() as findings:
            SourceReader(findings).path(tmp_path / "server.conf")
            if path.startswith(PASSWORDS_ONLY):
                assert "not taken" in findings.notes[0].why, text
            else:
                assert key in {found.public.text for found in findings.mentions}, text


@pytest.mark.parametrize("path", PATHS)
def test_a_rehearsal_keeps_what_decides_by_every_name_of_its_setting(
    tmp_path: Path, path: str
) -> None:
    decides = path.partition(".")[0] in {
        *("accounts", "authorization", "proxies", "operator", "trusted_keys"),
        *("resolver_preload", "resolver_pinned_accounts", "default_sentinel"),
    }
    for text, key in spellings(path):
        everything = configuration(tmp_path, f"{text}\ntrusted: [ {OPERATOR} ]\n")
        kept = admission.to_run(everything)
        assert (set(kept) - {"trusted"} != set()) == decides or "trusted_keys" in path, text
        if path.endswith("users[].nkey") and decides:
            assert [user.public for user in admission.listed(everything)] == [key]
        assert admission.asks_another(everything) == path.startswith("authorization.auth_callout")


def test_a_rehearsal_knows_operators_trusted_keys_and_accounts_by_every_name(
    tmp_path: Path,
) -> None:
    for text, key in spellings("operator"):
        everything = configuration(tmp_path, text)
        assert admission.with_operator(everything), text
        assert [each.subject for each in operator_configuration.operators_of(everything)] == [key]
    for text, key in spellings("trusted_keys"):
        everything = configuration(tmp_path, text)
        assert admission.with_operator(everything), text
        assert operator_configuration.trusted_keys(everything) == {key}
    for text, key in spellings("resolver_preload"):
        assert set(
            operator_configuration.accounts_of(PreparedConfiguration(configuration(tmp_path, text)))
        ) == {key}
