"""What a model said, and later what happened: a log in SQLite that never slows an answer down.

An optional leaf: nothing in the engine imports it.
"""

from __future__ import annotations

import queue
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS predictions (
    id INTEGER PRIMARY KEY, at REAL NOT NULL, version TEXT NOT NULL,
    customer_id INTEGER NOT NULL, features TEXT NOT NULL, p REAL NOT NULL, churned INTEGER
);
CREATE INDEX IF NOT EXISTS by_customer ON predictions (customer_id);
"""
INSERT = "INSERT INTO predictions (at, version, customer_id, features, p) VALUES (?, ?, ?, ?, ?)"


class PredictionLog:
    """A bounded log: writers put rows in a queue, one thread writes them in batches.

    Parameters
    ----------
    path : path
        The SQLite file; made if it is not there.
    keep : int
        Rows kept; the oldest go first.
    capacity : int
        Rows that may wait. When the disk cannot follow, further rows are counted in ``dropped``
        and left out: a service should rather lose a line of its diary than its answers.
    """

    def __init__(self, path: str | Path, keep: int = 100_000, capacity: int = 10_000) -> None:
        self.path = Path(path)
        self.keep = keep
        self.written = self.dropped = self.failed = 0
        self._queue: queue.Queue[tuple[Any, ...] | None] = queue.Queue(capacity)
        with closing(self._connect()) as connection, connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(SCHEMA)
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=5)
        # With WAL a power cut may cost the last rows, never the file; no wait for the disk.
        connection.execute("PRAGMA synchronous = NORMAL")
        return connection

    def write(self, customer_id: int, features: str, p: float, version: str) -> None:
        """Queue one prediction; returns at once."""
        try:
            self._queue.put_nowait((time.time(), version, customer_id, features, p))
        except queue.Full:
            self.dropped += 1

    def _work(self) -> None:
        with closing(self._connect()) as connection:
            done = False
            while not done:
                rows = [self._queue.get()]
                time.sleep(0.05)  # let a batch gather: one commit for many rows
                while len(rows) < 1000 and not self._queue.empty():
                    rows.append(self._queue.get())
                done = None in rows
                self._store(connection, [row for row in rows if row is not None])
                for _ in rows:
                    self._queue.task_done()

    def _store(self, connection: sqlite3.Connection, rows: list[tuple[Any, ...]]) -> None:
        try:
            with connection:
                connection.executemany(INSERT, rows)
                newest = "(SELECT max(id) FROM predictions)"
                connection.execute(
                    f"DELETE FROM predictions WHERE id <= {newest} - ?", (self.keep,)
                )
            self.written += len(rows)
        except sqlite3.Error:  # a full or locked disk costs these rows, not the thread
            self.failed += len(rows)

    def flush(self) -> None:
        """Wait until everything queued so far is on disk."""
        self._queue.join()

    def close(self) -> None:
        """Write what is queued and stop."""
        if self._thread.is_alive():
            self._queue.put(None)
            self._thread.join(10)

    def counts(self) -> dict[str, int]:
        """Return how many rows were written, dropped for lack of room, and failed."""
        return {"logged": self.written, "dropped": self.dropped, "failed": self.failed}

    def recent(self, n: int) -> list[str]:
        """Return the features (JSON) of the last ``n`` predictions, newest first."""
        with closing(self._connect()) as connection:
            rows = connection.execute(
                "SELECT features FROM predictions ORDER BY id DESC LIMIT ?", (n,)
            )
            return [str(text) for (text,) in rows]

    def label(self, customer_id: int, churned: bool) -> int:
        """Note what a customer did in the end, on all their rows; return how many rows."""
        with closing(self._connect()) as connection, connection:
            done = connection.execute(
                "UPDATE predictions SET churned = ? WHERE customer_id = ?",
                (int(churned), customer_id),
            )
            return done.rowcount

    def outcomes(self) -> list[tuple[float, int]]:
        """Return ``(p, churned)`` of the rows whose label has arrived."""
        with closing(self._connect()) as connection:
            query = "SELECT p, churned FROM predictions WHERE churned IS NOT NULL ORDER BY id"
            return [(float(p), int(label)) for p, label in connection.execute(query)]
