"""`passphrase`: another passphrase or key file, another cost of a guess, new keys under all."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace

from wallet.cli import output
from wallet.cli.arguments import FILE, add_cost
from wallet.cli.named_files import passphrase_file
from wallet.cli.openers import ask_new, asked_again, check_given, read_key_file, read_passphrase
from wallet.cli.vault_access import KEY_FILE_GOES, tell_key_file_gone, unlock_with_opener
from wallet.errors import StateRefusesError, UsageError, WrongPassphraseError
from wallet.secrets.key_file import KeyFile
from wallet.secrets.passphrase import Passphrase
from wallet.system.disk import key_file_access, paths
from wallet.system.terminal import ask_passphrase
from wallet.vault.copies.conflict_copies import lost_with
from wallet.vault.file import kdf
from wallet.vault.file.kdf import COSTS, KdfCost
from wallet.vault.file.ways_in import Opener
from wallet.vault.own_texts import own_texts
from wallet.vault.session.ways_in_change import Unchanged
from wallet.vault.vault import Vault

EXAMPLES = [
    "nkey-wallet passphrase",
    "nkey-wallet passphrase --cost heavy",
    "nkey-wallet passphrase --new-key-file /mnt/usb/vault.key",
    "nkey-wallet passphrase --recovery-code-file page.txt",
]


def add_arguments(command: ArgumentParser) -> None:
    """Declare the flags of `passphrase`."""
    command.add_argument(
        "--new-passphrase-file",
        type=FILE,
        metavar="FILE",
        help="read the new passphrase from FILE; - for standard input",
    )
    add_cost(command, "what one guess at it costs; alone, the passphrase stays as it is")
    command.add_argument(
        "--new-key-file",
        type=FILE,
        metavar="FILE",
        help="let the passphrase open the vault only together with FILE, which is made where "
        "none is; alone, the passphrase stays",
    )
    command.add_argument(
        "--no-key-file",
        action="store_true",
        help="let the passphrase open the vault alone again; without another flag it stays",
    )


def run(arguments: Namespace) -> int:
    """`passphrase`: change the passphrase, or with the other flags alone only what they say."""
    code_file = getattr(arguments, "recovery_code_file", None)
    if "-" == (code_file or passphrase_file(arguments)) == arguments.new_passphrase_file:
        raise UsageError("Both cannot come from standard input: put one in a file.")
    if arguments.no_key_file and arguments.new_key_file:
        raise UsageError("Either --new-key-file or --no-key-file: not both.")
    cost = COSTS[arguments.cost] if arguments.cost else None
    vault, old = unlock_with_opener(arguments)
    with vault, old:
        if arguments.no_key_file and not vault.ways_in.key_file:
            raise StateRefusesError("The vault needs no key file. Nothing was changed.")
        needed_key_file = vault.ways_in.needs_key_file
        if needed_key_file and not (isinstance(old, Passphrase) or arguments.new_key_file):
            output.note(KEY_FILE_GOES)
        alone = cost or arguments.new_key_file or arguments.no_key_file
        with _new(arguments.new_passphrase_file, old, vault, stays=bool(alone)) as new:
            if not alone and arguments.new_passphrase_file is None:
                cost = _ask_cost(vault.cost)
            key_file = _new_key_file(arguments)
            with output.working("Sealing all anew"):
                vault.change_passphrase(old, new, cost, key_file=key_file)
            unchanged = isinstance(old, Passphrase) and old.matches(new)
        _tell(arguments, vault, unchanged=unchanged)
        if needed_key_file and not isinstance(old, Passphrase) and not vault.ways_in.key_file:
            output.note(tell_key_file_gone(arguments))
        if key_file is not Unchanged.AS_IT_IS or not unchanged:
            offer_to_delete(vault, key_file if isinstance(key_file, KeyFile) else _key_file(old))
    return 0


def _key_file(opener: Opener) -> KeyFile | None:
    return opener.key_file if isinstance(opener, Passphrase) else None


def _new_key_file(arguments: Namespace) -> KeyFile | Unchanged | None:
    """The key file that is wanted; a new one is made, where none is, before the vault needs it."""
    if arguments.no_key_file:
        return None
    if arguments.new_key_file is None:
        return Unchanged.AS_IT_IS
    path = paths.given(arguments.new_key_file)
    if paths.is_there(path):
        return read_key_file(path)
    key_file = key_file_access.make(path)
    output.note(f"Made {path}")
    return key_file


def _new(file: str | None, old: Opener, vault: Vault, *, stays: bool) -> Passphrase:
    """The new passphrase, from a file or the terminal; the present one where that `stays`.

    A lost one never stays: by the recovery code there is always a new one.
    """
    if file is None and stays and isinstance(old, Passphrase):
        return old.copy()
    if file is None:
        return ask_new(own_texts(vault.records))
    new = read_passphrase(file)
    try:
        if not stays and isinstance(old, Passphrase) and old.matches(new):
            raise UsageError("The new passphrase is the present one. Nothing was changed.")
        check_given(new, file, own_texts(vault.records))
    except BaseException:
        new.wipe()
        raise
    return new


def _ask_cost(present: KdfCost) -> KdfCost | None:
    """Ask what a guess is to cost, with the seconds it takes here; None keeps the present one."""
    if not sys.stdin.isatty():
        return None
    output.note("What one guess costs, and each unlock you; about how long on this machine:")
    seconds = kdf.seconds_here()
    for name, cost in COSTS.items():
        took = f"{seconds[name]:.2g} s" if name in seconds else ""
        now = "(as it is now)" if cost == present else ""
        output.note(f"  {name:8}  {cost.memory_kib // 1024:>4} MiB  {took:>7}  {now}".rstrip())
    answer = output.ask(f"Which? Enter alone keeps {kdf.name_of(present)}:")
    if answer and answer not in COSTS:
        raise UsageError(f"Choose {', '.join(COSTS)}. Nothing was changed.")
    return COSTS[answer] if answer else None


def _tell(arguments: Namespace, vault: Vault, *, unchanged: bool) -> None:
    what = "passphrase is changed"
    if unchanged and not (arguments.new_key_file or arguments.no_key_file):
        what = "cost of the passphrase is changed"
    elif unchanged:
        what = "key file is set" if vault.ways_in.key_file else "key file is not needed any more"
    output.note(
        f"The {what}: {vault.path} has new keys, and a guess at it costs "
        f"{kdf.name_of(vault.cost)}. Other windows ask for it before their next change."
    )
    ways_in = vault.ways_in
    if ways_in.key_file:
        besides = "its recovery code" if ways_in.recovery else "nothing else"
        output.note(
            "It opens with the passphrase and the key file together, and with "
            f"{besides}. Keep a copy of the key file elsewhere, and never change it."
        )


def offer_to_delete(vault: Vault, key_file: KeyFile | None) -> None:
    """Old backups open by an old way in: to be deleted once the new one is seen to work."""
    old = vault.backups()
    if not old:
        return
    count = f"{len(old)} backup{'' if len(old) == 1 else 's'}"
    output.note(
        f"{count} of this vault still open{'s' if len(old) == 1 else ''} with the passphrase, key "
        "file and recovery code of their time, and hold what it held then: `nkey-wallet backups` "
        "lists them."
    )
    if lost := lost_with(vault, old):
        output.note(f"{lost} nkey-wallet merge FILE does that, by its own passphrase.")
    if not sys.stdin.isatty():
        return
    prompt = f"To delete {count}, type the current passphrase once more (Enter alone keeps them): "

    def opens() -> bool:
        typed = ask_passphrase(prompt, empty_is_none=True)
        if typed is None:
            return False
        with typed.with_key_file(key_file):
            Vault.unlock(vault.path, typed, read_only=True).lock()
        return True

    try:
        if not asked_again(opens):
            output.note("They were kept.")
            return
    except WrongPassphraseError:
        output.note("That does not open the vault. The backups were kept.")
        return
    gone = vault.delete_backups(old)
    output.note(f"Deleted {gone} of {len(old)}. Copies elsewhere are yours to find.")
