"""The main screen, help, and the base of dialogs, which stand in rooms as commands do."""
