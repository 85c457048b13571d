"""The directories of the vault and of what is remembered: those that platformdirs names."""

from __future__ import annotations

import platformdirs
import pytest

from wallet.system.disk import paths


@pytest.mark.parametrize("named", [None, "", "/srv/data", "/srv//data/", "srv", "~/srv", " /srv"])
@pytest.mark.parametrize("home", [None, "/home/ada", "/home/ada/", "/", "ada", ""])
def test_the_usual_places_are_those_that_platformdirs_names(
    monkeypatch: pytest.MonkeyPatch, home: str | None, named: str | None
) -> None:
    for variable, value in (("HOME", home), ("XDG_DATA_HOME", named), ("XDG_STATE_HOME", named)):
        if value is None:
            monkeypatch.delenv(variable, raising=False)
        else:
            monkeypatch.setenv(variable, value)
    if not paths.has_home():
        monkeypatch.setattr(paths, "has_home", lambda: True)  # without one it is refused before
    for place, theirs in (
        (paths.data_directory, platformdirs.user_data_path),
        (paths.state_directory, platformdirs.user_state_path),
    ):
        try:
            expected = theirs(paths.APP, appauthor=False)
        except RuntimeError:
            with pytest.raises(RuntimeError):
                place()
        else:
            assert place() == expected
