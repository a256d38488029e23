"""Settings of JupyterLab for this course; read when ``jupyter lab`` starts in this folder."""

from tornado.websocket import WebSocketHandler

c = get_config()  # type: ignore[name-defined]  # noqa: F821

# Learners should not be asked about news, nor about updates that the course was not tried with.
c.LabApp.news_url = None
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"

# A widget sends a small message and waits for a small answer, again and again. By default the
# operating system holds small packets back for about 40 ms, which caps a dragged slider at some
# 20 pictures a second. Sending at once gives 50 and more.
_write_message = WebSocketHandler.write_message


def _write_message_at_once(self, *args, **kwargs):
    if self.ws_connection is not None and not getattr(self, "_sends_at_once", False):
        self.set_nodelay(True)
        self._sends_at_once = True
    return _write_message(self, *args, **kwargs)


WebSocketHandler.write_message = _write_message_at_once
