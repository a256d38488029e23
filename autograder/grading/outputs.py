"""Notebook outputs, rebuilt from messages that nobody vouches for."""

from typing import Any

Output = dict[str, Any]


def output_of(kind: str, content: dict[str, Any]) -> Output | None:
    """Rebuild an output from a message, keeping only what has the right type."""
    if kind == "stream":
        name = "stderr" if content.get("name") == "stderr" else "stdout"
        return {"output_type": "stream", "name": name, "text": str(content.get("text", ""))}
    if kind in ("display_data", "execute_result"):
        data = content.get("data")
        bundle = {k: v for k, v in data.items() if _allowed(k, v)} if isinstance(data, dict) else {}
        output: Output = {"output_type": kind, "data": bundle, "metadata": {}}
        if kind == "execute_result":
            count = content.get("execution_count")
            output["execution_count"] = count if isinstance(count, int) else None
        return output if bundle else None
    if kind == "error":
        trace = content.get("traceback")
        lines = [str(line) for line in trace] if isinstance(trace, list) else []
        return error_output(str(content.get("ename")), str(content.get("evalue")), lines)
    return None


def _allowed(mime: str, value: object) -> bool:
    """Whether a representation may enter the notebook that graders open in their browser."""
    return (isinstance(value, str) and "javascript" not in mime) or mime.endswith("+json")


def error_output(name: str, value: str, trace: list[str] | None = None) -> Output:
    """Return an error as a notebook stores it."""
    lines = trace or [f"{name}: {value}"]
    return {"output_type": "error", "ename": name, "evalue": value, "traceback": lines}
