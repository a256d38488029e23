// Paints the display lists that nnlib/viz/display.py writes, on a canvas, in the page's theme.
// Nothing is decided here but pixels: the matplotlib twin, render.py, follows the same list.

function decode(view) {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice();
  const header = new DataView(bytes.buffer).getUint32(0, true);
  const text = new TextDecoder().decode(bytes.subarray(4, 4 + header));
  const first = 4 + header;
  return JSON.parse(text, (key, v) =>
    v && v.$ ? new Float32Array(bytes.buffer, first + 4 * v.$[0], v.$[1]) : v);
}

function rgb(hex) {
  return [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
}

function at(stops, t) {
  const s = Math.min(Math.max(t, 0), 1) * (stops.length - 1);
  const k = Math.min(Math.floor(s), stops.length - 2);
  return stops[k].map((c, i) => Math.round(c + (stops[k + 1][i] - c) * (s - k)));
}

function theme(style, dark) {
  const which = dark ? "dark" : "light";
  const maps = {};
  const tables = {};
  for (const [name, stops] of Object.entries(style.cmaps[which])) {
    maps[name] = stops.map(rgb);
    tables[name] = Uint8Array.from({ length: 256 * 3 }, (_, i) =>
      at(maps[name], Math.floor(i / 3) / 255)[i % 3]);
  }
  const color = (name) => {
    if (name.includes("@")) {
      const [map, t] = name.split("@");
      return `rgb(${at(maps[map], Number(t)).join()})`;
    }
    return style.themes[which][name] ?? name;
  };
  return { color, tables };
}

function isDark(el) {
  const css = getComputedStyle(el).getPropertyValue("--jp-layout-color1").trim();
  if (!css) return window.matchMedia("(prefers-color-scheme: dark)").matches;
  const probe = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  probe.fillStyle = css;
  probe.fillRect(0, 0, 1, 1);
  const [r, g, b] = probe.getImageData(0, 0, 1, 1).data;
  return 0.2126 * r + 0.7152 * g + 0.0722 * b < 128;
}

const POLYGONS = {
  "^": [[0, -1], [1, 1], [-1, 1]], v: [[0, 1], [1, -1], [-1, -1]],
  D: [[0, -1.41], [1.41, 0], [0, 1.41], [-1.41, 0]],
  P: [[-.33, -1], [.33, -1], [.33, -.33], [1, -.33], [1, .33], [.33, .33], [.33, 1], [-.33, 1],
    [-.33, .33], [-1, .33], [-1, -.33], [-.33, -.33]],
  X: [[-.5, -1], [0, -.5], [.5, -1], [1, -.5], [.5, 0], [1, .5], [.5, 1], [0, .5], [-.5, 1],
    [-1, .5], [-.5, 0], [-1, -.5]],
};

function marker(g, kind, x, y, r) {
  g.beginPath();
  if (kind === "o") g.arc(x, y, r, 0, 2 * Math.PI);
  else if (kind === "s") g.rect(x - r, y - r, 2 * r, 2 * r);
  else if (kind === "x") {
    g.moveTo(x - r, y - r); g.lineTo(x + r, y + r); g.moveTo(x - r, y + r); g.lineTo(x + r, y - r);
  } else if (kind === "+") {
    g.moveTo(x - r, y); g.lineTo(x + r, y); g.moveTo(x, y - r); g.lineTo(x, y + r);
  } else {
    POLYGONS[kind].forEach(([u, v], i) => (i ? g.lineTo : g.moveTo).call(g, x + r * u, y + r * v));
    g.closePath();
  }
}

const PAINT = {
  path(g, op, look) {
    g.beginPath();
    let pen = false;
    for (let i = 0; i < op.x.length; i++) {
      const ok = Number.isFinite(op.x[i]) && Number.isFinite(op.y[i]);
      if (ok) pen ? g.lineTo(op.x[i], op.y[i]) : g.moveTo(op.x[i], op.y[i]);
      pen = ok;
    }
    if (op.fill) { g.fillStyle = look.color(op.fill); g.fill(); }
    if (op.stroke) {
      g.strokeStyle = look.color(op.stroke);
      g.lineWidth = op.width;
      g.lineJoin = "round";
      g.setLineDash(op.dash ? [6, 4] : []);
      g.stroke();
    }
  },
  rects(g, op, look) {
    g.setLineDash([]);
    g.lineWidth = 1;
    for (let i = 0; i < op.x.length; i++) {
      if (op.fill) {
        g.fillStyle = look.color(op.fill);
        g.fillRect(op.x[i], op.y[i], op.w[i], op.h[i]);
      }
      if (op.stroke) {
        g.strokeStyle = look.color(op.stroke);
        g.strokeRect(op.x[i], op.y[i], op.w[i], op.h[i]);
      }
    }
  },
  dots(g, op, look) {
    const open = op.marker === "x" || op.marker === "+";
    g.setLineDash([]);
    g.fillStyle = look.color(op.fill);
    g.strokeStyle = look.color(open ? op.fill : op.edge);
    g.lineWidth = open ? 2.2 : 1.2;
    for (let i = 0; i < op.x.length; i++) {
      marker(g, op.marker, op.x[i], op.y[i], op.r);
      if (!open) g.fill();
      if (open || op.edge) g.stroke();
    }
  },
  image(g, op, look) {
    const off = new OffscreenCanvas(op.cols, op.rows);
    const pen = off.getContext("2d");
    const image = pen.createImageData(op.cols, op.rows);
    const table = look.tables[op.cmap];
    for (let i = 0; i < op.z.length; i++) {
      const k = 3 * Math.round(255 * op.z[i]);
      image.data[4 * i] = table[k];
      image.data[4 * i + 1] = table[k + 1];
      image.data[4 * i + 2] = table[k + 2];
      image.data[4 * i + 3] = 255;
    }
    pen.putImageData(image, 0, 0);
    g.imageSmoothingEnabled = op.smooth;
    g.imageSmoothingQuality = "high";
    g.drawImage(off, ...op.box);
  },
  text(g, op, look, font) {
    g.save();
    g.translate(op.x, op.y);
    g.rotate((op.angle * Math.PI) / 180);
    g.font = `${op.bold ? "bold " : ""}${op.size}px ${font}`;
    g.textAlign = op.align;
    g.textBaseline = "middle";
    if (op.halo) {
      g.strokeStyle = look.color("paper");
      g.lineWidth = 3;
      g.lineJoin = "round";
      g.strokeText(op.s, 0, 0);
    }
    g.fillStyle = look.color(op.fill);
    g.fillText(op.s, 0, 0);
    g.restore();
  },
};

function paint(canvas, scene, look, font) {
  const ratio = window.devicePixelRatio || 1;
  const [w, h] = [Math.round(scene.width * ratio), Math.round(scene.height * ratio)];
  if (canvas.width !== w || canvas.height !== h) {
    canvas.width = w;
    canvas.height = h;
    canvas.style.width = `${scene.width}px`;
    canvas.style.aspectRatio = `${scene.width} / ${scene.height}`;
  }
  const g = canvas.getContext("2d");
  g.setTransform(ratio, 0, 0, ratio, 0, 0);
  g.fillStyle = look.color("card");
  g.fillRect(0, 0, scene.width, scene.height);
  for (const op of scene.ops) {
    g.save();
    if (op.clip >= 0) {
      g.beginPath();
      g.rect(...scene.panels[op.clip].box);
      g.clip();
    }
    g.globalAlpha = op.alpha ?? 1;
    PAINT[op.op](g, op, look, font);
    g.restore();
  }
}

// The points that can be dragged: by mouse or finger, and by arrow keys once the picture has focus.
function handles(canvas, current, send) {
  let held = null;
  let grip = [0, 0];
  let chosen = 0;

  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    const scale = current().width / box.width;
    return [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
  };
  const nearest = ([x, y]) => {
    const far = current().handles.map((h) => Math.hypot(h.x - x, h.y - y));
    const k = far.indexOf(Math.min(...far));
    return k >= 0 && far[k] < 22 ? k : -1;
  };
  const move = (name, panel, x, y) => {
    const { box, xlim, ylim, xlog, ylog } = current().panels[panel];
    const u = Math.min(Math.max((x - box[0]) / box[2], 0), 1);
    const v = 1 - Math.min(Math.max((y - box[1]) / box[3], 0), 1);
    const [a, b] = [xlim[0] + u * (xlim[1] - xlim[0]), ylim[0] + v * (ylim[1] - ylim[0])];
    send({ name, x: xlog ? 10 ** a : a, y: ylog ? 10 ** b : b });
  };

  canvas.addEventListener("pointerdown", (event) => {
    const spot = place(event);
    const k = nearest(spot);
    if (k < 0) return;
    const handle = current().handles[k];
    chosen = k;
    held = { name: handle.name, panel: handle.panel };
    grip = [handle.x - spot[0], handle.y - spot[1]];
    canvas.setPointerCapture(event.pointerId);
    event.preventDefault();
    canvas.focus({ preventScroll: true });
  });
  canvas.addEventListener("pointermove", (event) => {
    const spot = place(event);
    if (held) move(held.name, held.panel, spot[0] + grip[0], spot[1] + grip[1]);
    else canvas.style.cursor = nearest(spot) < 0 ? "default" : "grab";
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, () => { held = null; });
  }
  canvas.addEventListener("keydown", (event) => {
    const all = current().handles;
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    if (!all.length) return;
    if (event.key === " ") chosen = (chosen + 1) % all.length;
    else if (event.key in step) {
      const handle = all[chosen % all.length];
      const { box } = current().panels[handle.panel];
      const [dx, dy] = step[event.key];
      move(handle.name, handle.panel, handle.x + (dx * box[2]) / 50, handle.y + (dy * box[3]) / 50);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });
}

function render({ model, el }) {
  const style = model.get("style_data");
  const font = style.font.map((name) => `"${name}"`).join().replace('"sans-serif"', "sans-serif");
  const canvas = document.createElement("canvas");
  canvas.className = "nnlib-canvas";
  canvas.setAttribute("role", "img");
  el.append(canvas);

  let scene = decode(model.get("frame"));
  let look = null;
  let waiting = 0;
  let count = 0;

  const draw = () => {
    cancelAnimationFrame(waiting);
    waiting = 0;
    look ??= theme(style, isDark(el));
    paint(canvas, scene, look, font);
    canvas.setAttribute("aria-label", scene.alt);
    canvas.dataset.count = ++count;
  };
  const later = () => { waiting ||= requestAnimationFrame(draw); };
  const repaint = () => { look = null; later(); };

  handles(canvas, () => scene, (drag) => {
    model.set("drag", drag);
    model.save_changes();
  });
  if (scene.handles.length) {
    canvas.tabIndex = 0;
    canvas.style.touchAction = "none";
    // JupyterLab keeps the arrow keys for itself unless the focused element says otherwise.
    canvas.setAttribute("data-lm-suppress-shortcuts", "true");
  }

  const changed = () => {
    scene = decode(model.get("frame"));
    draw();  // at once: waiting for the next frame would cost half a frame on average
  };
  model.on("change:frame", changed);
  const watch = new MutationObserver(repaint);
  watch.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-name"] });
  const screen = window.matchMedia(`(resolution: ${window.devicePixelRatio}dppx)`);
  screen.addEventListener("change", later);
  later();

  return () => {
    model.off("change:frame", changed);
    watch.disconnect();
    screen.removeEventListener("change", later);
    cancelAnimationFrame(waiting);
  };
}

export default { render };
