// Shows the view that widgets.py sends, and reports which button was pressed, by mouse or by key.

function clockText(left) {
  const whole = Math.ceil(Math.abs(left));
  const text = `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
  return left < 0 ? `${text} over` : text;
}

function render({ model, el }) {
  const root = document.createElement("div");
  root.className = "stage";
  root.tabIndex = 0;
  // JupyterLab keeps letters and digits for itself unless the focused element says otherwise.
  root.dataset.lmSuppressShortcuts = "true";
  el.append(root);

  let begun = performance.now();
  const view = () => model.get("view");
  const took = () => (performance.now() - begun) / 1000;

  function press(action) {
    model.send({ action, turn: view().turn, took: took() });
  }

  function tick() {
    const clock = root.querySelector(".clock");
    if (!clock) return;
    const left = view().clock - took();
    clock.textContent = clockText(left);
    clock.classList.toggle("over", left < 0);
  }

  function draw() {
    const { head, body, buttons, clock } = view();
    begun = performance.now();
    const focused = root.contains(document.activeElement);
    root.replaceChildren();
    const top = document.createElement("div");
    top.className = "top";
    const words = document.createElement("span");
    words.textContent = head;
    top.append(words);
    if (clock > 0) {
      const face = document.createElement("span");
      face.className = "clock";
      face.setAttribute("role", "timer");
      top.append(face);
    }
    const middle = document.createElement("div");
    middle.className = "body";
    middle.setAttribute("aria-live", "polite");
    middle.innerHTML = body; // our own words, escaped by markup.py
    const row = document.createElement("div");
    row.className = "row";
    for (const { key, label, action } of buttons) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = key === " " ? `${label} (space)` : label;
      button.addEventListener("click", () => {
        press(action);
        root.focus({ preventScroll: true });
      });
      row.append(button);
    }
    root.append(top, middle, row);
    if (focused) root.focus({ preventScroll: true }); // the pressed button is gone
    tick();
  }

  function typed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    const found = view().buttons.find((b) => b.key === event.key);
    if (!found) return;
    event.preventDefault();
    event.stopPropagation();
    press(found.action);
  }

  root.addEventListener("keydown", typed);
  model.on("change:view", draw);
  draw();
  const timer = setInterval(tick, 250);
  return () => {
    clearInterval(timer);
    model.off("change:view", draw);
  };
}

export default { render };
