"""Every process there is."""

from __future__ import annotations

from domain.process import Process
from domain.processes.order_change import ORDER_CHANGE

PROCESSES: dict[str, Process] = {process.name: process for process in (ORDER_CHANGE,)}
