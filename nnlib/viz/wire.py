"""A display list as bytes: what crosses from Python to the browser for each new picture."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["encode"]


def encode(display: dict[str, Any]) -> bytes:
    """Pack a display list: length of the header, the header as JSON, all arrays as float32.

    An array stands in the header as ``{"$": [first, count]}``.
    """
    chunks: list[NDArray[np.float32]] = []
    size = 0

    def strip(value: Any) -> Any:
        nonlocal size
        if isinstance(value, np.ndarray):
            chunks.append(value.astype(np.float32).ravel())
            first, size = size, size + value.size
            return {"$": [first, value.size]}
        if isinstance(value, dict):
            return {key: strip(part) for key, part in value.items()}
        if isinstance(value, Sequence) and not isinstance(value, str):
            return [strip(part) for part in value]
        return value

    header = json.dumps(strip(display), ensure_ascii=False, allow_nan=False).encode()
    header += b" " * (-len(header) % 4)  # float32 arrays start at a multiple of four bytes
    body = np.concatenate(chunks).tobytes() if chunks else b""
    return len(header).to_bytes(4, "little") + header + body
