"""The one table of tabs, in the order in which they stand."""

from __future__ import annotations

from wallet.app.widgets.details.history import history
from wallet.app.widgets.details.notes import notes
from wallet.app.widgets.details.summary import summary
from wallet.app.widgets.details.tab import Tab, every_key, users, with_claims, with_rights
from wallet.app.widgets.details.test_results import remembered_tests
from wallet.app.widgets.details.whole_jwt import jwt_in_words

TABS = (
    Tab("summary", "Summary", "Sum", every_key, summary),
    Tab("permissions", "Permissions", "May", with_rights, None),
    Tab("jwt", "JWT", "JWT", with_claims, jwt_in_words),
    Tab("tests", "Tests", "Test", users, remembered_tests),
    Tab("notes", "Notes", "Note", every_key, notes),
    Tab("history", "History", "Log", every_key, history),
)
