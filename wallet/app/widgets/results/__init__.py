"""Outcomes of tests: verdicts, causes, tables of reports."""
