"""Settings of JupyterLab for this course: ``jupyter lab --config=jupyter_server_config.py``.

Jupyter does not read this file by itself, even when it starts in this folder; ``make lab`` does.
"""

from tornado.websocket import WebSocketHandler

c = get_config()  # type: ignore[name-defined]  # noqa: F821

# A widget sends a small message and waits for a small answer, again and again. By default the
# operating system holds small packets back for about 40 ms, which caps a dragged slider at some
# 20 pictures a second. Sending at once gives 40 and more.
_write_message = WebSocketHandler.write_message


def _write_message_at_once(self, *args, **kwargs):
    if self.ws_connection is not None and not getattr(self, "_sends_at_once", False):
        self.set_nodelay(True)
        self._sends_at_once = True
    return _write_message(self, *args, **kwargs)


WebSocketHandler.write_message = _write_message_at_once


def _without_announcements(handler, page_config):
    """Ask learners neither about news nor about updates that the course was not tried with."""
    disabled = page_config.setdefault("disabledExtensions", [])
    name = "@jupyterlab/apputils-extension:announcements"
    if isinstance(disabled, dict):
        disabled[name] = True
    elif name not in disabled:
        disabled.append(name)
    return page_config


c.ServerApp.tornado_settings = {"page_config_hook": _without_announcements}
