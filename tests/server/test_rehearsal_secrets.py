"""No secret of a configuration is in any file, argument or variable of a rehearsal."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest

from tests.server.rehearsing import public, recorded, temporary, told, vault, write
from wallet.connection.rehearsal.rewriting.stand_ins import StandIns
from wallet.errors import ConfigurationError
from wallet.nats.config.names import Block, Form, Setting, every_setting, settings
from wallet.nats.nkeys import Kind, Seed
from wallet.tasks.connection.rehearsal import rehearse
from wallet.vault.vault import Vault

__all__ = ["temporary", "vault"]  # fixtures

# They are read before anything is written, and told apart in tests of their own.
_JWTS = {Form.JWT, Form.JWTS, Form.JWTS_BY_NAME, Form.RESOLVER, Form.OPERATOR_KEYS}
_URLS = {Form.URL, Form.URLS}
_SECRETS = {Form.SECRET, Form.SECRETS_BY_NAME}


class Marks:
    """A configuration with every setting that there is, and a mark of its own in each.

    `secret` are the marks that may stand nowhere else: a secret's, a password's in an address,
    and in every other text a seed's.
    """

    def __init__(self) -> None:
        self.secret: dict[str, str] = {}
        self._count = count(1)
        self.lines: list[str] = []
        self._block(settings())
        self.text = "\n".join(self.lines)

    def _block(self, block: Block) -> None:
        for setting in block:
            if setting.form in _JWTS and setting.inside is None:
                continue
            for name in ["own-name"] if setting is block.own_names else setting.names:
                self._setting(setting, name)

    def _setting(self, setting: Setting, name: str) -> None:
        if setting.form is Form.BLOCKS:
            self._within(setting, f"{name}: [ {{", "} ]")
        elif setting.inside is not None:
            self._within(setting, f"{name} {{", "}")
        elif setting.form in {Form.SECRETS_BY_NAME, Form.TEXTS_BY_NAME}:
            self.lines.append(f"{name} {{ own-name: {self._value(setting)} }}")
        else:
            self.lines.append(f"{name}: {self._value(setting)}")

    def _within(self, setting: Setting, begin: str, end: str) -> None:
        self.lines.append(begin)
        if setting.inside is not None:
            self._block(setting.inside)
        self.lines.append(end)

    def _value(self, setting: Setting) -> str:
        number = next(self._count)
        with Seed.generate(Kind.USER) as made:
            seed = made.encode().decode()
        mark = f"s3cret{number}s3cret"
        if setting.form in _SECRETS:
            self.secret[mark] = setting.path
            return f'"{mark}"'
        if setting.form in _URLS:
            self.secret[mark] = setting.path
            user = f"{mark}@" if number % 2 else f"user:{mark}@"
            return f'["nats://{user}host-{number}.example:1"]'
        self.secret[seed] = setting.path
        return (
            f'"{seed}"'
            if setting.form is Form.SEED
            else f'"key:{seed}{(number % 2 and ":x") or ""}"'
        )


async def test_a_mark_in_every_setting_that_nats_server_knows_is_written_nowhere(
    vault: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    marks = Marks()
    paths = {path for path, setting in every_setting().items() if setting.inside is None}
    unmarked = {path for path in paths if every_setting()[path].form in _JWTS}
    assert paths - unmarked <= set(marks.secret.values())
    assert len(unmarked) < 6
    written = recorded(monkeypatch)
    with pytest.raises(ConfigurationError) as refused:  # as it would be by any server
        await rehearse(write(tmp_path, marks.text), vault)
    assert len("".join(written)) > len(marks.text) / 3
    found = {path for mark, path in marks.secret.items() if any(mark in text for text in written)}
    assert found == set()
    assert not any(mark in str(refused.value) for mark in marks.secret)


async def test_no_secret_of_a_configuration_that_runs_is_written_anywhere(
    vault: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Seed.generate(Kind.USER) as seed:
        secret = seed.encode().decode()
    one, word = public(vault, "one"), "$2a$11$s3cretXYZ3cretXYZ3creOWSn4cFWvmNGKOmSnWvzSk3nRXlL3kFy"
    text = f"""server_name: s, server_tags: ["key:{secret}", "x{secret}"]
server_metadata {{ a: "{secret}" }}
accounts {{
  A {{ jetstream: enabled, users: [ {{ user: a, password: s3cret-1 }}, {{ nkey: {one} }} ] }}
  SYS {{ users: [ {{ user: b, password: "{word}" }} ] }} }}
system_account: SYS
cluster {{ name: c, port: -1, authorization {{ user: r, password: "s3cret-2" }}
  routes: ["nats://r:s3cret-3@h:1"] }}
mqtt {{ port: -1 }}
leafnodes {{ port: -1, authorization {{ user: l, password: s3cret-5 }}, remotes: [
  {{ url: "nats-leaf://s3cret-6@h:1", seed: "{secret}", account: A
     proxy {{ url: "http://p:s3cret-7@h:2", username: u, password: s3cret-8 }} }} ] }}
gateway {{ name: c, port: -1, authorization {{ user: g, password: s3cret-9 }}
  gateways: [ {{ name: d, url: "nats://x:s3cret-10@h:3" }} ] }}
websocket {{ port: -1, no_tls: true, headers {{ X-Key: s3cret-11 }} }}
jetstream {{ key: s3cret-12, prev_key: s3cret-13, store_dir: x }}
"""
    written = recorded(monkeypatch)
    found = await rehearse(write(tmp_path, text), vault)
    assert told(found) == [("one", "accepted", "A", "")]
    assert found.not_started == ""
    assert len(written) > 5
    for text in written:
        assert "s3cret" not in text
        assert secret not in text


def test_a_stand_in_has_the_form_of_what_it_stands_for() -> None:
    stand_ins = StandIns()
    assert stand_ins.secret("") == ""
    assert stand_ins.secret("one") == stand_ins.secret("one") != stand_ins.secret("two")
    assert stand_ins.secret("$2a$11$" + "x" * 53).startswith("$2a$04$")
    with Seed.generate(Kind.ACCOUNT) as seed:
        text = seed.encode().decode()
    with Seed.decode(stand_ins.seed(text)) as other:
        assert other.kind is Kind.ACCOUNT
    assert stand_ins.seed(text) == stand_ins.seed(text) != text
    assert stand_ins.within(f"a{text}b") == f"a{stand_ins.seed(text)}b"
    mistyped = f"{text[:-1]}{'A' if text[-1] != 'A' else 'B'}"
    assert stand_ins.within(f"key: {mistyped}!") != f"key: {mistyped}!"
    assert len(stand_ins.seed(mistyped)) < 58
    jwt = "eyJ0eXAi" + "SAabc234" * 30
    assert stand_ins.within(jwt) == jwt
