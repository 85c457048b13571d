"""nats-server's configurations: the files of one, and what the environment says."""

from __future__ import annotations

import os
import random
from pathlib import Path
from unittest import mock

from tests.compare import configurations
from tests.compare.configurations import ENDS, ODD, ODD_ENDS, ODD_NUMBERS, ODD_WORDS
from tests.compare.rights import written
from wallet.connection.rehearsal.rewriting import admission
from wallet.errors import ConfigurationError
from wallet.exchange.readers.configuration import conf_permissions, server_configuration
from wallet.exchange.readers.material import Findings
from wallet.nats.config import lexer, parser, values
from wallet.nats.config.names import every_setting
from wallet.nats.nkeys import Kind, Seed
from wallet.system.disk import regular_files

SOURCES = (lexer, values, parser, admission, server_configuration, conf_permissions)
NAMES = (configurations.MAIN, "a.conf", "b.conf")
_BETWEEN = b"\x01\x02"  # one file, and then the next; the last part is a variable's value


def _seeds() -> list[bytes]:
    chance = random.Random(1)
    found = []
    for _ in range(30):
        files = configurations.generate(chance)
        found.append(_BETWEEN.join([*(files[name] for name in NAMES), b"[ $OUTSIDE ]"]))
    with Seed.generate(Kind.USER) as user, Seed.generate(Kind.ACCOUNT) as account:
        for _ in range(10):
            rights = written(chance)
            found.append(
                f"authorization {{ users [ {{ nkey: {user.public}, permissions {rights} }} ],\n"
                f"default_permissions {written(chance)} }}\n"
                f"accounts {{ A {{ nkey: {account.public}, users $OUTSIDE }} }}\ninclude a.conf"
                f"\x01\x02p {rights}\x01\x02\x01\x02[ {{ nkey: {user.public} }} ]".encode()
            )
    return found


SEEDS = _seeds()
WORDS = tuple(
    word.encode(errors="surrogateescape")
    for word in (
        *(*ENDS, *ODD, *ODD_ENDS, *ODD_NUMBERS[:-1], *ODD_WORDS, "$OUTSIDE", "include a.conf\n"),
        *(name for setting in every_setting().values() for name in setting.names),
    )
)


def read(data: bytes, place: Path) -> None:
    """As a rehearsal reads it, and as an import does; only a `ConfigurationError` is expected."""
    *files, outside = (data.split(_BETWEEN) + [b""] * 3)[: len(NAMES) + 1]
    for name, text in zip(NAMES, files, strict=True):
        (place / name).write_bytes(text)
    path = place / configurations.MAIN
    value = outside.replace(b"\0", b"").decode(errors="surrogateescape")
    with mock.patch.dict(os.environ, {"OUTSIDE": value}):
        try:
            admission.listed(parser.read(path, regular_files.content))
        except ConfigurationError as error:
            str(error).encode()  # it can be shown
        with Findings() as into:
            server_configuration.read_configuration(path, into)
