"""The foot of the screen on top: lines that say what happened above its keys.

Textual's own toasts lie over what is shown, and stay on the screen beneath when a dialog opens; its
palette leaves the keys of that screen in sight, which do not work then.
"""

from __future__ import annotations

from collections.abc import Sequence

from textual.notifications import Notify
from textual.screen import SystemModalScreen
from textual.timer import Timer

from wallet.app.host import Host
from wallet.app.widgets.key_footer import FooterKey, KeyFooter
from wallet.app.widgets.notice_lines import NoticeLines
from wallet.errors import UsageError, WalletError

_IN_PALETTE = (FooterKey("⏎", "Choose"), FooterKey("↑ ↓", "Move"), FooterKey("esc", "Close"))
_SEEN = 2.0  # seconds: what was told within them came of the same key press


class NoticesHost(Host):
    """The part of the app that shows notices, the same sentence once."""

    _until_next: Timer | None = None
    _refusals: tuple[str, ...] = ()

    def on_notify(self, event: Notify) -> None:
        """Take away what this replaces: the same sentence, and news of what was done before."""
        new = event.notification
        for old in list(self._notifications):
            is_news = old.severity == "information" and new.raised_at - old.raised_at > _SEEN
            if is_news or old.message == new.message:
                del self._notifications[old]

    def tell(self, error: WalletError) -> None:
        from wallet.app.key_repairs import in_keys

        text = in_keys(self, str(error))
        if isinstance(error, UsageError):  # nothing was tried
            self.refuse(text, bad=True)
        else:
            self.notify(text, severity="error", timeout=10, markup=False)

    def refuse(self, text: str, *, bad: bool = False) -> None:
        self._refusals += (text,)
        self.notify(text, severity="error" if bad else "warning", timeout=10, markup=False)

    def withdraw_refusals(self) -> None:
        refusals, self._refusals = self._refusals, ()
        self.withdraw(*refusals)

    def withdraw(self, *messages: str) -> None:
        withdrawn = [one for one in self._notifications if one.message in messages]
        for notice in withdrawn:
            del self._notifications[notice]
        if withdrawn:
            self._refresh_notifications()

    def _refresh_notifications(self) -> None:
        """Show the notices on the screen on top; Textual calls this when anything changed."""
        if self._disable_notifications:
            return
        # Not on Textual's own, as is the palette: those hide little of the one beneath.
        own = [one for one in self.screen_stack if not isinstance(one, SystemModalScreen)]
        for screen in own:
            notices = self._notifications if screen is own[-1] else ()
            for widget in screen.query(NoticeLines):
                widget.show(notices, screen)
            if notices and screen.is_mounted and not screen.query(NoticeLines):
                widget = NoticeLines()
                screen.mount(widget)
                widget.show(notices, screen)
        self._wait_for_next_end()

    def on_command_palette_opened(self) -> None:
        """Name the palette's keys in the place of those of the screen that it lies over."""
        self._cover_footers(_IN_PALETTE)

    def on_command_palette_closed(self) -> None:
        """Name the screen's own keys again."""
        self._cover_footers(())

    def _cover_footers(self, keys: Sequence[FooterKey]) -> None:
        for screen in self.screen_stack:
            for footer in screen.query(KeyFooter):
                footer.cover(keys)

    def _wait_for_next_end(self) -> None:
        if self._until_next is not None:
            self._until_next.stop()
        left = [max(0.0, notice.time_left) for notice in self._notifications]
        self._until_next = (
            self.set_timer(min(left) + 0.05, self._refresh_notifications) if left else None
        )
