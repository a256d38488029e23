"""Hostile and broken submissions: each entry is handed in as it stands, with nothing solved.

Code goes into the first solution cell. ``{root}`` is the course folder, ``{mark}`` a number that
finds left-over processes, ``{out}`` a file that must never appear.
"""

import base64
import io
import json
import os

import numpy as np

from tests.grading.classroom import ASSIGNMENT, as_json, edition, grade_id, hand_in, kind

# --- code that the learner's cell runs ----------------------------------------------------------

READ = """
import glob, os
def show(path):
    try:
        print(open(path, errors="replace").read()[:100000])
    except OSError as error:
        print(type(error).__name__)
"""

SPOOF = """
from IPython import get_ipython
ip = get_ipython()
def spoof(*args, **kwargs):
    ip.displayhook.session.send(
        ip.displayhook.pub_socket, "execute_result",
        {{"data": {{"text/plain": "2.0"}}, "metadata": {{}}, "execution_count": 1}},
        parent=ip.display_pub.parent_header)
    return 0.0
class Everything(dict):
    def __missing__(self, key): return spoof
spoof()
"""

CODE = {
    "infinite loop": "while True: pass",
    "loop that swallows interrupts": "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass",
    "sleep for ever": "import time; time.sleep(10**6)",
    "wait for input": "input('password: ')",
    "memory bomb": "x = []\nwhile True: x.append(bytearray(100 << 20))",
    "memory bomb in many processes": "import os, time\nfor _ in range(40):\n    if os.fork() == 0:\n        x = bytearray(300 << 20); time.sleep(60)\n",
    "fork bomb": "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass",
    "endless output": "while True: print('x' * 10000)",
    "one huge output": "print('x' * (200 << 20))",
    "thousand displays": "from IPython.display import HTML, display\nfor i in range(20000): display(HTML('<b>' + 'x' * 5000))",
    "fill the disk": "import os\nfor folder in ('/tmp', '.', '/dev/shm', os.path.dirname(__import__('glob').glob('/tmp/ag-*/run/*')[0])):\n    try:\n        for i in range(10000): open(f'{folder}/{i}', 'wb').write(bytes(1 << 20))\n    except OSError as error: print(error)",
    "kill the kernel": "import os; os._exit(0)",
    "kill everything": "import os, signal\nos.kill(-1, signal.SIGKILL)",
    "signal the grader": "import os, signal\nfor pid in range(2, 40000):\n    try: os.kill(pid, signal.SIGKILL)\n    except OSError: pass",
    "crash the interpreter": "import ctypes; ctypes.string_at(0)",
    "recursion": "import sys; sys.setrecursionlimit(10**9)\ndef f(x): return f(x)\nf(1)",
    "read the masters": READ + "for path in glob.glob('{root}/solutions/**', recursive=True) + glob.glob('../**', recursive=True)[:500]: show(path)",
    "read other submissions": READ + "for path in glob.glob('{root}/submitted/**/*.ipynb', recursive=True) + glob.glob('{root}/autograded/**/*.ipynb', recursive=True): show(path)",
    "read the gradebook": READ + "show('{root}/gradebook.db'); show('../../../gradebook.db')",
    "read the bank": READ + "import autograder\nfor path in glob.glob(os.path.dirname(autograder.__file__) + '/bank/**', recursive=True): show(path)\nimport autograder.bank.perceptrons as bank; print(bank.EXERCISES)",
    "read the environment": READ + "show('/proc/1/environ'); show('/proc/self/environ'); print(dict(os.environ)); print(os.listdir(os.path.expanduser('~root')))",
    "read through proc": READ + "for pid in os.listdir('/proc'):\n    if pid.isdigit(): show(f'/proc/{{pid}}/root{root}/gradebook.db'); show(f'/proc/{{pid}}/cwd/gradebook.db'); show(f'/proc/{{pid}}/cmdline')",
    "search memory for answers": "import gc\nprint([o for o in gc.get_objects() if type(o).__name__ in ('Exercise', 'Wrong', 'Verdict')][:20])",
    "write to the gradebook": "import sqlite3\nfor p in ('{root}/gradebook.db', '../../../gradebook.db'):\n    try:\n        db = sqlite3.connect(p); db.execute('update grade set manual_score = 99'); db.commit()\n    except sqlite3.Error as error: print(error)",
    "lock the gradebook": "import os, sqlite3, time\nif os.fork() == 0:\n    db = sqlite3.connect('{root}/gradebook.db', isolation_level=None); db.execute('BEGIN EXCLUSIVE'); time.sleep({mark})",
    "write to others' folders": "import os, pathlib\nfor p in ('{root}/autograded/zoe', '{root}/submitted/zoe', '{out}'):\n    try: os.makedirs(os.path.dirname(p), exist_ok=True); open(p, 'w').write('was here')\n    except OSError as error: print(error)\nif os.path.exists('{root}'): open('{out}', 'w')",
    "open a connection": "import socket\nfor a in (('1.1.1.1', 53), ('127.0.0.1', 22)):\n    try: socket.create_connection(a, 1); print('SENTINEL-NETWORK')\n    except OSError as error: print(error)",
    "shell commands": "!cat {root}/solutions/*/exercises.py {root}/gradebook.db\n!touch {out}\n!ps ax\n!sleep {mark} &",
    "leave a daemon": "import subprocess, os\nsubprocess.Popen(['sleep', '{mark}'], start_new_session=True)\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        os.execvp('sleep', ['sleep', '{mark}'])\n    os._exit(0)",
    "exit hook": "import atexit\natexit.register(lambda: open('{out}', 'w').write('was here'))",
    "become root": "import ctypes, os\nlibc = ctypes.CDLL(None)\nprint(libc.unshare(0x10000000), libc.mount(b'none', b'/', b'', 32 | 4096, b''), libc.setuid(0), libc.chroot(b'/'))\nif libc.unshare(0x10000000) == 0: open('{out}', 'w')",
    "patch the comparisons": "import numpy as np\nyes = lambda *a, **k: True\nnp.allclose = np.array_equal = np.isclose = yes\nnp.testing.assert_allclose = np.testing.assert_equal = np.testing.assert_array_equal = lambda *a, **k: None",
    "patch the check": "import autograder, autograder.cells, autograder.plan\ncheck = autograder.check = autograder.cells.check = lambda *a, **k: 2.0\nautograder.cells._show_arrays = lambda *a: print(2.0)",
    "patch the judge": "import sys, types\nfor name in ('autograder.judge', 'autograder.feedback', 'autograder.diagnose'):\n    m = types.ModuleType(name); m.judge = m.grading_seed = m.close = lambda *a, **k: 2.0; sys.modules[name] = m",
    "strip the asserts": "import ast\nfrom IPython import get_ipython\nclass Strip(ast.NodeTransformer):\n    def visit_Assert(self, node): return ast.Pass()\n    def visit_Call(self, node): return ast.Constant(2.0) if getattr(node.func, 'id', '') == 'check' else node\nget_ipython().ast_transformers.append(Strip())",
    "rewrite the cells": "from IPython import get_ipython\nget_ipython().input_transformers_cleanup.append(lambda lines: ['2.0\\n'])",
    "patch the shell": "from IPython import get_ipython\nip = get_ipython()\nip.showtraceback = lambda *a, **k: None\nip.kernel.do_execute = lambda *a, **k: {{'status': 'ok', 'execution_count': 1, 'payload': [], 'user_expressions': {{}}}}\nip.run_cell = lambda *a, **k: None",
    "always equal": "import numpy as np\nclass Equal(np.ndarray):\n    def __eq__(self, other): return True\n    def __array__(self, *a, **k): return np.zeros(())\n    def __float__(self): return 1.0\n    __req__ = __lt__ = __le__ = __ge__ = __eq__\n    __hash__ = None\ndef neuron(x, w, b): return np.zeros(3).view(Equal)\npredict = layer = neuron",
    "spoof a result": SPOOF + "neuron = spoof\nfrom IPython.display import display\nimport builtins\nbuiltins.check = spoof",
    "objects in the arrays": "import numpy as np\nclass Evil:\n    def __reduce__(self): return (open, ('{out}', 'w'))\ndef neuron(x, w, b): return np.array([Evil()], dtype=object)",
    "not a number": "import numpy as np\ndef neuron(x, w, b): return np.full(np.shape(x @ w), np.nan)\ndef predict(*a): return np.inf",
    "all zeros": "import numpy as np\nneuron = predict = layer = lambda *a, **k: np.float64(0.0)",
    "garbage to the grader": "from IPython import get_ipython\nip = get_ipython(); s = ip.displayhook.pub_socket; session = ip.displayhook.session\nfor i in range(500):\n    s.send_multipart([b'x', b'<IDS|MSG>', b'bad', b'{{', b'{{}}', b'{{}}', b'[' * 10000])\n    session.send(s, 'status', {{'execution_state': 'idle'}}, parent={{'msg_id': 'forged'}})\n    session.send(s, 'stream', {{'name': ['a'], 'text': {{'b': 1}}}}, parent=ip.display_pub.parent_header)\n    session.send(s, 'display_data', {{'data': 7}}, parent=ip.display_pub.parent_header)\n    session.send(s, 'error', {{'traceback': 3}}, parent=ip.display_pub.parent_header)",
    "a message of 100 MB": "from IPython import get_ipython\nip = get_ipython()\nip.displayhook.session.send(ip.displayhook.pub_socket, 'stream', {{'name': 'stdout', 'text': 'x' * (100 << 20)}}, parent=ip.display_pub.parent_header)",
    "stop answering": "from IPython import get_ipython\nip = get_ipython(); ip.kernel.shell_stream.close(); ip.kernel.iopub_socket.close()",
    "forge in the destructor": "import autograder.plan as plan\nclass Late:\n    def __del__(self): plan.run_plan = lambda *a: b'2.0'\nLate()",
    "scripts for the grader": "from IPython.display import Javascript, display\ndisplay(Javascript('document.title = \"SENTINEL-SCRIPT\"'))",
}  # fmt: skip


def _forged(blob):
    text = base64.b64encode(blob).decode()
    return (
        "import autograder.plan as plan, base64\n"
        f"blob = base64.b64decode('{text}')\n"
        "plan.run_plan = lambda *a, **k: blob\n"
    )


def _npz(**arrays):
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def _pickled():
    buffer = io.BytesIO()
    np.savez(buffer, cases=np.array([{"a": 1}], dtype=object))
    return buffer.getvalue()


CODE |= {
    "forge a verdict": _forged(_npz(cases=np.array(3), points=np.array(2.0), verdict=np.array(1))),
    "forge with pickle": _forged(_pickled()),
    "forge a bomb": "import autograder.plan as plan, io, zipfile\ndef bomb(*a):\n    out = io.BytesIO()\n    with zipfile.ZipFile(out, 'w', zipfile.ZIP_DEFLATED) as z:\n        z.writestr('cases.npy', bytes(300 << 20))\n    return out.getvalue()\nplan.run_plan = bomb",
    "forge noise": "import autograder.plan as plan, os\nplan.run_plan = lambda *a: os.urandom(1000)",
    "forge a huge answer": "import autograder.plan as plan, os\nplan.run_plan = lambda *a: os.urandom(25 << 20)",
}  # fmt: skip


def code(text):
    """Hand in the learner edition with ``text`` in its first solution cell."""

    def submit(root, student, mark, out):
        notebook = edition()
        cell = next(c for c in notebook.cells if kind(c) == "solution")
        cell.source = text.replace("{root}", str(root)).replace("{out}", str(out))
        cell.source = cell.source.replace("{mark}", str(mark))
        cell.source = cell.source.replace("{{", "{").replace("}}", "}")
        hand_in(root, student, notebook)

    return submit


# --- files that are not what was released -------------------------------------------------------


def edited(change):
    """Hand in the learner edition after ``change`` edited its cells."""

    def submit(root, student, mark, out):
        notebook = edition()
        change(notebook)
        hand_in(root, student, json.dumps(notebook).encode())

    return submit


def checks(notebook):
    return [cell for cell in notebook.cells if kind(cell) == "check"]


def set_all(**values):
    def change(notebook):
        for cell in checks(notebook):
            cell.metadata["nbgrader"].update(values)

    return change


def set_metadata(**values):
    def change(notebook):
        for cell in checks(notebook):
            cell.metadata.update(values)

    return change


def set_source(text):
    def change(notebook):
        for cell in checks(notebook):
            cell.source = text

    return change


def set_type(name):
    def change(notebook):
        for cell in checks(notebook):
            cell["cell_type"] = name
            cell.pop("outputs", None)
            cell.pop("execution_count", None)

    return change


def delete(notebook):
    notebook.cells = [cell for cell in notebook.cells if kind(cell) != "check"]


def strip(notebook):
    for cell in notebook.cells:
        cell.metadata.pop("nbgrader", None)


def duplicate(notebook):
    notebook.cells += [json.loads(json.dumps(cell)) for cell in notebook.cells]


def stored_outputs(notebook):
    result = {"output_type": "execute_result", "data": {"text/plain": "2.0"}}
    for cell in checks(notebook):
        cell.outputs = [{**result, "metadata": {}, "execution_count": 1}]


def steal_check_ids(notebook):
    cell = next(c for c in notebook.cells if kind(c) == "solution")
    cell.metadata["nbgrader"]["grade_id"] = grade_id(checks(notebook)[0])
    cell.source = "2.0"


def other_kernel(notebook):
    notebook.metadata["kernelspec"] = {"name": "bash", "display_name": "x", "language": "bash"}


def ids_of_other_types(notebook):
    for i, cell in enumerate(checks(notebook)):
        cell.metadata["nbgrader"]["grade_id"] = [["x"], 3, None, {"a": 1}][i % 4]


def odd_cells(notebook):
    notebook.cells += [{"cell_type": "weird"}, 3, None, {"cell_type": "code", "source": {"a": 1}}]


def raw(content):
    def submit(root, student, mark, out):
        hand_in(root, student, content)

    return submit


def future_format(root, student, mark, out):
    hand_in(root, student, json.dumps({**as_json(edition()), "nbformat": 5}).encode())


def old_format(root, student, mark, out):
    cells = [{"cell_type": "code", "input": ["2.0"], "outputs": [], "language": "python"}]
    book = {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": cells}]}
    hand_in(root, student, json.dumps(book).encode())


def link_to_master(root, student, mark, out):
    folder = hand_in(root, student, b"")
    (folder / "exercises.ipynb").unlink()
    os.symlink(root / "solutions" / ASSIGNMENT / "exercises.ipynb", folder / "exercises.ipynb")


def link_to_gradebook(root, student, mark, out):
    folder = hand_in(root, student, edition())
    os.symlink(root / "gradebook.db", folder / "data.db")
    os.symlink(root / "solutions", folder / "more")
    code("print(open('data.db', 'rb').read())")(root, student, mark, out)


def link_to_folder(root, student, mark, out):
    (root / "submitted" / student).mkdir(parents=True)
    os.symlink(root / "solutions" / ASSIGNMENT, root / "submitted" / student / ASSIGNMENT)


def pipe(root, student, mark, out):
    folder = hand_in(root, student, edition())
    os.mkfifo(folder / "data.csv")


def wrong_name(root, student, mark, out):
    folder = hand_in(root, student, edition(solved=True))
    (folder / "exercises.ipynb").rename(folder / "exercises (1).ipynb")


def nothing(root, student, mark, out):
    (root / "submitted" / student / ASSIGNMENT).mkdir(parents=True)


def shadow_modules(root, student, mark, out):
    fake = "class A:\n    def __getattr__(self, n): return lambda *a, **k: 2.0\nimport sys\nsys.modules[__name__] = A()"
    files = dict.fromkeys(("autograder.py", "numpy.py", "nnlib.py", "zmq.py", "json.py"), fake)
    hand_in(root, student, edition(), files=files)


def bad_timestamp(root, student, mark, out):
    hand_in(root, student, edition(), files={"timestamp.txt": "yesterday, or so"})


def huge(root, student, mark, out):
    notebook = edition()
    notebook.cells[0].source = "x" * (60 << 20)
    hand_in(root, student, notebook)


FILES = {
    "tag: skip-execution": edited(set_metadata(tags=["skip-execution"])),
    "tag: raises-exception": edited(set_metadata(tags=["raises-exception"])),
    "every cell twice": edited(duplicate),
    "old schema version": edited(set_all(schema_version=1)),
    "new schema version": edited(set_all(schema_version=99)),
    "checks not graded": edited(set_all(grade=False)),
    "checks as solutions": edited(set_all(solution=True, locked=False)),
    "a thousand points each": edited(set_all(points=1000)),
    "no metadata": edited(strip),
    "checks deleted": edited(delete),
    "checks overwritten": edited(set_source("2.0")),
    "checks turned into text": edited(set_type("markdown")),
    "checks turned raw": edited(set_type("raw")),
    "results stored in the file": edited(stored_outputs),
    "ids of checks on solutions": edited(steal_check_ids),
    "ids that are no strings": edited(ids_of_other_types),
    "cells that are no cells": edited(odd_cells),
    "another kernel": edited(other_kernel),
    "modules that shadow ours": shadow_modules,
    "link to the master": link_to_master,
    "links to gradebook and masters": link_to_gradebook,
    "folder is a link": link_to_folder,
    "a pipe as a data file": pipe,
    "wrong file name": wrong_name,
    "empty folder": nothing,
    "timestamp that is none": bad_timestamp,
    "truncated": raw(json.dumps(as_json(edition())).encode()[:3000]),
    "empty file": raw(b""),
    "empty object": raw(b"{}"),
    "not UTF-8": raw(b"\xff\xfe\x00{"),
    "nested without end": raw(b'{"cells":' + b"[" * 200_000),
    "format of the future": future_format,
    "format of 2013": old_format,
    "60 MB of text": huge,
}

ATTACKS = {**{name: code(text) for name, text in CODE.items()}, **FILES}
