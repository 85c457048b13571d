"""Vaults made by each version that arranged the tables otherwise: every later one opens them.

`vN.nkw` opens with the passphrase in `vN.passphrase`; `vN.json` says what it holds, table by
table. None is ever made anew: what is tested is that what stood there then is still read.
"""
