"""Some inputs failed and the others were done: telling it, on screen, on disk and as exit code."""

import json
import sys
from pathlib import Path

DONE, ALL_FAILED, SOME_FAILED = 0, 2, 3


class Failures:
    """Collects what went wrong, one line for each input."""

    def __init__(self) -> None:
        self._lines: list[dict[str, str]] = []

    def add(self, subject: Path, error: Exception) -> None:
        """Remember and tell an input's error."""
        message = " ".join(str(error).split())
        if str(subject) not in message:
            message = f"{subject}: {message}"
        self._lines.append({"input": str(subject), "error": type(error).__name__, "message": message})
        sys.stderr.write(f"fluorosam: error: {message}\n")

    def finish(self, folder: Path, done: int) -> int:
        """Append to `errors.jsonl` in the results' folder; returns the exit code."""
        if not self._lines:
            return DONE
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "errors.jsonl").open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in self._lines)
        return SOME_FAILED if done else ALL_FAILED
