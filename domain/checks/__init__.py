"""CHECKING: what each check makes of the facts it is given. Pure; the asking is done by activities."""
