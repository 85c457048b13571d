"""Looking through a vault, and beside it, after it was opened: in a thread, with a notice.

Nothing is saved over contents that fail their check unless the person says so, nor over a file
that was changed apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from textual.app import SystemCommand

from wallet.app.host import Host
from wallet.errors import WalletError
from wallet.text import plain

if TYPE_CHECKING:
    from wallet.vault.db.soundness import Problem
    from wallet.vault.vault import Vault

PAUSE = 0.5
"""Seconds after which it begins: what a person waits for comes first."""


class VaultCheck:
    """The part of the app that checks what a vault holds."""

    def __init__(self, app: Host) -> None:
        self._app = app
        self._problems: tuple[Problem, ...] = ()

    def look_through(self, vault: Vault) -> None:
        """Check all that is in a vault, and tell what is wrong with it.

        It begins when the keys are on the screen, and ends with the lock.
        """
        from wallet.vault.copies import conflict_copies

        self._problems = ()
        vault.check_before_changes()

        def work() -> None:
            try:
                problems = vault.check_contents()
                copies = conflict_copies.left_beside(vault)
            except WalletError:  # it was locked meanwhile
                return
            if problems:
                self._app.call_from_thread(self._tell_damage, vault, tuple(problems))
            elif copies:
                self._app.call_from_thread(self._tell_copies, vault, copies[0].path.name)

        def begin() -> None:
            if self._app.vault is vault:
                self._app.run_worker(work, thread=True, group="look-through", exit_on_error=False)

        self._app.set_timer(PAUSE, begin)

    def _tell_copies(self, vault: Vault, name: str) -> None:
        if self._app.vault is vault:
            key = self._app.key_of("main.vault", "V")
            self._app.notify(
                f"Beside the vault lies {plain(name, 100)}: it was changed apart, and holds what "
                f"this one lacks. To join the two: {key}, then Join…",
                severity="warning",
                timeout=20,
                markup=False,
            )

    def _tell_damage(self, vault: Vault, problems: tuple[Problem, ...]) -> None:
        if self._app.vault is not vault:
            return
        from wallet.app.widgets.damage_notice import DamageNotice

        self._problems = problems
        shown = self._app.screen_stack[1] if len(self._app.screen_stack) > 1 else self._app.screen
        shown.mount(DamageNotice(problems), before=0)

    def ask_about_parted(self, error: WalletError) -> None:
        """The file does not follow what this window has: let the person choose."""
        from wallet.app.screens.vault.fork import PartedDialog

        vault = self._app.vault
        if vault is None:
            return
        parted = PartedDialog(vault, error)

        def tell(news: str | None) -> None:
            self._app.tell_news(news)
            if parted.fork_file is not None and parted.joins and not vault.locked:
                from wallet.app.screens.vault.merge import MergeDialog

                self._app.push_screen(MergeDialog(vault, parted.fork_file), self._app.tell_news)

        self._app.push_screen(parted, tell)

    def damage_commands(self) -> Iterator[SystemCommand]:
        """The palette's way to what is wrong; nothing while all is well."""
        from wallet.app.screens.vault.damage import DamageDialog

        vault = self._app.vault
        if vault is not None and self._problems:
            yield SystemCommand(
                "Damage in this vault",
                "What the check found, and whether to save over it",
                lambda: self._app.push_screen(DamageDialog(vault, self._problems)),
            )
