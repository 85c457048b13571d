"""A file is offered for deletion only when every byte of it is accounted for, and is really gone.

Each case is a file that held a seed the vault took, and something else that would be lost.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.exchange.made import AT, Chain
from tests.exchange.support import new_vault
from tests.exchange.test_leftovers import imported, names
from wallet.errors import UsageError
from wallet.exchange import file_deletion, leftovers
from wallet.exchange.plan.import_plan import Choice
from wallet.nats.creds import write_creds
from wallet.nats.nkeys import Kind, Seed
from wallet.vault.vault import Vault

CHAIN, OTHER = Chain(), Chain("other")
SEED = bytes(CHAIN.user.encode())
MISTYPED = bytes(OTHER.user.encode())[:30] + b"AA" + bytes(OTHER.user.encode())[32:]

_OTHER_END = b"B" if OTHER.user.public.text.endswith("A") else b"A"


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    with new_vault(tmp_path) as vault:
        yield vault


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    where = tmp_path / "keys"
    where.mkdir()
    return where


def creds() -> str:
    return CHAIN.creds().decode()


WITH_MORE: dict[str, tuple[str, bytes | str, str]] = {
    "a mistyped seed beside a good one": (
        "two.txt",
        SEED + b"\n" + MISTYPED + b"\n",
        "a seed that could not be read",
    ),
    "other lines beside a seed": ("till.nk", SEED + b"\nthe safe's code is 4711\n", "other text"),
    "a comment beside a seed": ("till.nk", b"# ask Eve before use\n" + SEED, "other text"),
    "a word in the seed's line that is not its name": (
        "keys.txt",
        b"x/till " + SEED + b" port 4222\n",
        "other text",
    ),
    "creds with a note above": ("till.creds", "password: hunter2\n" + creds(), "other text"),
    "creds with another block": (
        "till.creds",
        creds() + "-----BEGIN CERTIFICATE-----\nabcd\n-----END CERTIFICATE-----\n",
        "other text",
    ),
    "creds with a seed below that nobody can read": (
        "till.creds",
        creds().encode() + MISTYPED,
        "a seed that could not be read",
    ),
    "a private key beside a seed": (
        "till.nk",
        SEED
        + b"\nPDC2WWLK67NUTFW7ZH5A7FOPZC32VXYZYWYNQMQ6RQWP2FEEF6KDVFOW7W7PHAXEGS3QMBNABEYMCZHB6K"
        b"4G2PAHSEZQKS4Q5JKTVVDCJORA\n",
        "a private key",
    ),
    "a public key that the vault does not have": (
        "till.nk",
        SEED + b"\n" + OTHER.user.public.text.encode()[:-1] + b"%s\n" % _OTHER_END,
        "a public key that could not be read",
    ),
    "a context with a password": (
        "prod.json",
        json.dumps({"url": "nats://a", "user_seed": SEED.decode(), "password": "hunter2"}),
        "a password",
    ),
    "a context with nothing secret but the seed": (
        "prod.json",
        json.dumps({"url": "nats://a", "user_seed": SEED.decode()}),
        "the settings of a context",
    ),
    "a seed in a line of JSON": (
        "x.txt",
        json.dumps({"seed": SEED.decode(), "pin": 1}),
        "other text",
    ),
}


@pytest.mark.parametrize("case", WITH_MORE)
def test_a_file_with_more_than_the_vault_has_is_not_offered_and_what_more_is_said(
    vault: Vault, keys: Path, case: str
) -> None:
    name, content, said = WITH_MORE[case]
    path = keys / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with imported(vault, path) as findings:
        assert vault.records.by_public(CHAIN.user.public.text) is not None
        assert not leftovers.leftovers(vault.records, findings)
        ((file, why),) = leftovers.withheld(vault.records, findings)
        assert file.path == str(path)
        assert said in why
        assert SEED.decode() not in why
        with pytest.raises(UsageError, match="was not deleted"):
            leftovers.delete(file, findings)
    assert path.exists()


WHOLE: dict[str, tuple[str, bytes]] = {
    "a seed": ("till.nk", SEED),
    "a seed with white space": ("till.nk", b" \n" + SEED + b"\r\n\t\n"),
    "its public key beside it": ("till.nk", CHAIN.user.public.text.encode() + b" " + SEED),
    "creds": ("till.creds", CHAIN.creds()),
    "creds in one line": ("till.env", b" ".join(CHAIN.creds().split())),
    "creds with \\n in them": ("till.env", CHAIN.creds().replace(b"\n", b"\\n")),
    "creds with a byte-order mark": ("till.creds", b"\xef\xbb\xbf" + CHAIN.creds()),
    "everything of a chain": ("all.txt", CHAIN.everything()),
}


@pytest.mark.parametrize("case", WHOLE)
def test_a_file_of_which_every_byte_is_accounted_for_is_offered_and_goes(
    vault: Vault, keys: Path, case: str
) -> None:
    name, content = WHOLE[case]
    path = keys / name
    path.write_bytes(content)
    with imported(vault, path) as findings:
        assert not leftovers.withheld(vault.records, findings)
        (file,) = leftovers.leftovers(vault.records, findings)
        leftovers.verified_backup(vault, [file])
        leftovers.delete(file, findings)
    assert not path.exists()


def test_the_key_s_own_name_beside_its_seed_is_accounted_for(vault: Vault, keys: Path) -> None:
    path = keys / "keys.txt"
    path.write_bytes(b"till " + SEED)
    with imported(vault, path) as findings:
        assert names(leftovers.leftovers(vault.records, findings)) == {"keys.txt"}
        with vault.change() as records:
            records.rename(records.find("till").id, "counter")
        ((_, why),) = leftovers.withheld(vault.records, findings)
        assert "another name" in why


def test_creds_whose_jwt_the_vault_did_not_take_are_not_offered(vault: Vault, keys: Path) -> None:
    (keys / "old.creds").write_bytes(CHAIN.creds())
    newer = CHAIN.user_jwt(at=100, tags=["x"])
    (keys / "new.creds").write_bytes(bytes(write_creds(newer, CHAIN.user)))
    with imported(vault, keys) as findings:
        assert names(leftovers.leftovers(vault.records, findings)) == {"new.creds"}
        ((file, why),) = leftovers.withheld(vault.records, findings)
        assert file.path.endswith("old.creds")
        assert "a JWT that the vault does not have" in why


def test_creds_that_were_kept_out_of_the_vault_are_not_offered(vault: Vault, keys: Path) -> None:
    first = CHAIN.user_jwt(at=500)
    (keys / "till.creds").write_bytes(bytes(write_creds(first, CHAIN.user)))
    with imported(vault, keys):
        pass
    (keys / "till.creds").write_bytes(
        bytes(write_creds(CHAIN.user_jwt(at=100, subs=5), CHAIN.user))
    )
    with imported(vault, keys, Choice.KEEP) as findings:
        assert not leftovers.leftovers(vault.records, findings)


def test_the_jwt_too_is_read_back_out_of_the_copy(vault: Vault, keys: Path) -> None:
    (keys / "till.creds").write_bytes(CHAIN.creds())
    with imported(vault, keys) as findings:
        left = leftovers.leftovers(vault.records, findings)
        with vault.change() as records:
            records.tokens.set(records.find("till").id, CHAIN.user_jwt(at=AT))
        with pytest.raises(Exception, match=r"JWT .* does not come back"):
            leftovers.verified_backup(vault, left)


def test_what_a_context_names_outside_what_was_named_is_not_offered(
    vault: Vault, tmp_path: Path, keys: Path
) -> None:
    outside = tmp_path / "elsewhere" / "till.nk"
    outside.parent.mkdir()
    outside.write_bytes(SEED)
    (keys / "prod.json").write_text(json.dumps({"url": "nats://a", "nkey": str(outside)}))
    with imported(vault, keys) as findings:
        assert not leftovers.leftovers(vault.records, findings)
        ((file, why),) = leftovers.withheld(vault.records, findings)
        assert file.path == str(outside)
        assert "outside" in why
    inside = keys / "till.nk"
    inside.write_bytes(SEED)
    (keys / "prod.json").write_text(json.dumps({"url": "nats://a", "nkey": str(inside)}))
    with imported(vault, keys) as findings:
        assert names(leftovers.leftovers(vault.records, findings)) == {"till.nk"}


def test_a_file_with_a_second_name_is_not_offered(vault: Vault, tmp_path: Path, keys: Path) -> None:
    (keys / "till.nk").write_bytes(SEED)
    os.link(keys / "till.nk", tmp_path / "second")
    with imported(vault, keys) as findings:
        assert not leftovers.leftovers(vault.records, findings)
        ((_, why),) = leftovers.withheld(vault.records, findings)
        assert "second name" in why


def test_a_second_name_made_after_the_offer_stops_the_deletion(
    vault: Vault, tmp_path: Path, keys: Path
) -> None:
    (keys / "till.nk").write_bytes(SEED)
    with imported(vault, keys) as findings:
        (file,) = leftovers.leftovers(vault.records, findings)
        os.link(keys / "till.nk", tmp_path / "second")
        with pytest.raises(UsageError, match="second name"):
            leftovers.delete(file, findings)
    assert (keys / "till.nk").exists()


def test_a_file_named_by_a_link_is_not_offered(vault: Vault, tmp_path: Path, keys: Path) -> None:
    (keys / "till.nk").write_bytes(SEED)
    link = tmp_path / "link.nk"
    link.symlink_to(keys / "till.nk")
    with imported(vault, link) as findings:
        assert not leftovers.leftovers(vault.records, findings)
        ((_, why),) = leftovers.withheld(vault.records, findings)
        assert "link" in why


def test_a_directory_named_by_a_link_is_gone_through_and_its_files_are_deleted(
    vault: Vault, tmp_path: Path, keys: Path
) -> None:
    (keys / "till.nk").write_bytes(SEED)
    link = tmp_path / "link"
    link.symlink_to(keys)
    with imported(vault, link) as findings:
        (file,) = leftovers.leftovers(vault.records, findings)
        leftovers.delete(file, findings)
    assert not (keys / "till.nk").exists()


def test_a_file_touched_meanwhile_is_left_alone(vault: Vault, keys: Path) -> None:
    (keys / "till.nk").write_bytes(SEED)
    with imported(vault, keys) as findings:
        (file,) = leftovers.leftovers(vault.records, findings)
        os.utime(keys / "till.nk", ns=(1, 1))
        with pytest.raises(UsageError, match="no longer the file"):
            leftovers.delete(file, findings)
    assert (keys / "till.nk").exists()


def test_where_the_system_cannot_delete_through_a_directory_nothing_is_offered(
    vault: Vault, keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on Windows: simulated."""
    monkeypatch.setattr(file_deletion, "POSSIBLE", False)
    (keys / "till.nk").write_bytes(SEED)
    with imported(vault, keys) as findings:
        assert not leftovers.leftovers(vault.records, findings)
        ((_, why),) = leftovers.withheld(vault.records, findings)
        assert "this system" in why
        monkeypatch.setattr(file_deletion, "POSSIBLE", True)
        (file,) = leftovers.leftovers(vault.records, findings)
        monkeypatch.setattr(file_deletion, "POSSIBLE", False)
        with pytest.raises(UsageError, match="was not deleted"):
            leftovers.delete(file, findings)
    assert (keys / "till.nk").exists()


def swapped(keys: Path, stranger: Path) -> None:
    """Put another's directory, with a file of that name, in the place of the imported one."""
    keys.rename(keys.with_name("moved"))
    stranger.rename(keys)


def linked(keys: Path, stranger: Path) -> None:
    keys.rename(keys.with_name("moved"))
    keys.symlink_to(stranger)


def above_linked(keys: Path, stranger: Path) -> None:
    """A directory further up becomes a link to a tree that looks the same."""
    above = keys.parent
    (stranger / keys.name).mkdir()
    (stranger / keys.name / "till.nk").write_bytes(SEED)
    above.rename(above.with_name("moved"))
    above.symlink_to(stranger)


@pytest.mark.parametrize("swap", [swapped, linked, above_linked])
@pytest.mark.parametrize("when", ["before", "between"])
def test_a_directory_swapped_during_the_deletion_never_costs_a_stranger_s_file(
    vault: Vault,
    tmp_path: Path,
    swap: Callable[[Path, Path], None],
    when: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """`between`: the last system call is held back until the directory is another."""
    keys, stranger = tmp_path / "a" / "keys", tmp_path / "stranger"
    keys.mkdir(parents=True)
    stranger.mkdir()
    (keys / "till.nk").write_bytes(SEED)
    (stranger / "till.nk").write_bytes(SEED)
    with imported(vault, keys) as findings:
        (file,) = leftovers.leftovers(vault.records, findings)
        if when == "before":
            swap(keys, stranger)
            with pytest.raises(UsageError, match="was not deleted"):
                leftovers.delete(file, findings)
        else:
            unlink, done = os.unlink, threading.Event()

            def delayed(path: str, *, dir_fd: int | None = None) -> None:
                swapping = threading.Thread(target=swap, args=(keys, stranger))
                swapping.start()
                swapping.join()
                done.set()
                unlink(path, dir_fd=dir_fd)

            monkeypatch.setattr(file_deletion, "unlink", delayed)
            leftovers.delete(file, findings)
            assert done.is_set()
    strangers = [path for path in tmp_path.rglob("till.nk") if path.is_file()]
    expected = {"before": 2, "between": 1}[when] + (swap is above_linked)
    places = {path.resolve() for path in strangers}
    assert len(places) == expected


def test_deleted_is_said_only_of_what_was_seen_gone(
    vault: Vault, keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (keys / "till.nk").write_bytes(SEED)
    with imported(vault, keys) as findings:
        (file,) = leftovers.leftovers(vault.records, findings)
        # A file system that says yes and does nothing: simulated.
        monkeypatch.setattr(file_deletion, "unlink", lambda *_, **__: None)
        with pytest.raises(UsageError, match="still there"):
            leftovers.delete(file, findings)


def test_a_curve_key_s_seed_is_accounted_for_too(vault: Vault, keys: Path) -> None:
    with Seed.generate(Kind.CURVE) as seed:
        (keys / "x.nk").write_bytes(seed.encode())
    with imported(vault, keys) as findings:
        assert names(leftovers.leftovers(vault.records, findings)) == {"x.nk"}


class Told:
    def __init__(self) -> None:
        self.asked: list[str] = []
        self.said: list[str] = []

    def ask(self, question: str) -> str:
        self.asked.append(question)
        return "y"


def test_what_is_not_offered_is_told_with_the_reason(vault: Vault, keys: Path) -> None:
    (keys / "till.nk").write_bytes(SEED + b"\nmore\n")
    told = Told()
    with imported(vault, keys / "till.nk") as findings:
        assert leftovers.offer(vault, findings, told.ask, told.said.append) == 0
    assert not told.asked
    assert any("till.nk" in line and "not offered" in line for line in told.said)
