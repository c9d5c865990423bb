"""The command line as a program: ``lockstep --help`` says what it can do."""

from __future__ import annotations

from console.commands import app

if __name__ == "__main__":
    app()
