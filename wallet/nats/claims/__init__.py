"""The claims of operators, accounts and users: read, changed, shown as a form. Pure."""
