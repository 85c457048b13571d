"""The part of the app that keeps over a lock where a person was, and what was half typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallet.app.host import Host

if TYPE_CHECKING:
    from wallet.app.lock.half_typed import HalfTyped
    from wallet.app.lock.kept_place import KeptPlace
    from wallet.vault.vault import Vault


class PlaceHost(Host):
    """Keeps both in memory alone, for the next unlocking, and once."""

    _place: KeptPlace | None = None
    _half_typed: bytes | None = None  # sealed under the key that the vault had then

    def keep_place(self, vault: Vault) -> None:
        """Keep both, before the vault forgets its keys."""
        from wallet.app.screens.main_place import PlacedScreen

        self._half_typed = None
        for screen in self.screen_stack:
            if isinstance(screen, PlacedScreen) and screen.query("KeyTree"):
                self._place = screen.place()
                half_typed = screen.half_typed()
                if not half_typed.nothing and not vault.locked:
                    self._half_typed = half_typed.sealed(vault)

    def what_was_kept(self, vault: Vault) -> tuple[KeptPlace | None, HalfTyped]:
        """Hand out both, once: nothing where another vault lies there, or it has other keys now."""
        from wallet.app.lock.half_typed import HalfTyped

        place, sealed = self._place, self._half_typed
        self.forget_place()
        same = place is not None and place.vault_id == vault.vault_id
        return place if same else None, HalfTyped.unsealed(vault, sealed)

    def forget_place(self) -> None:
        """Keep nothing any more."""
        self._place = self._half_typed = None
