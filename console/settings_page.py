"""The page about settings, made from them."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from runtime.settings import PREFIX, Settings

_BEFORE = """
Each is read from the environment variable of its name, or from the file that the variable with `_FILE`
behind its name points to. `lockstep settings` shows what is in force. How Temporal is reached, its own
variables say: `TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE`, `TEMPORAL_API_KEY` and the others.
""".strip()


def settings_page() -> str:
    """What settings are, and each with its default and meaning."""
    return f"# Settings\n\n{_BEFORE}\n\n{settings_table()}"


def settings_table() -> str:
    """Every setting with its default and meaning, as a Markdown table."""
    lines = ["| Variable | Default | Meaning |", "| --- | --- | --- |"]
    known: dict[str, Any] = {}
    for name, field in Settings.model_fields.items():
        known[name] = field.get_default(call_default_factory=True, validated_data=known)
        meaning = " ".join((field.description or "").split()).replace("|", "\\|")
        lines.append(f"| `{PREFIX}{name.upper()}` | {_shown(known[name])} | {meaning} |")
    return "\n".join(lines) + "\n"


def _shown(value: Any) -> str:
    if isinstance(value, timedelta):
        return f"`{value.total_seconds():g}`"
    if isinstance(value, tuple):
        value = json.dumps(value) if value else None
    return f"`{value}`" if value or value == 0 else "none"
