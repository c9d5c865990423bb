"""The program that runs every process."""

from __future__ import annotations

import asyncio

from runtime.working import run_worker

if __name__ == "__main__":
    asyncio.run(run_worker())
