// Goes forward and back through numbered steps: by buttons, by the slider, by keys, or by itself. `show(step)` draws one.
"use strict";
function stepping(last, show, pause) {
  const at = (id) => document.getElementById(id);
  const slider = at("slider");
  let step = 0;
  let timer = null;

  function go(to) {
    step = Math.max(0, Math.min(last, to));
    if (step === last) stop();
    slider.value = step;
    at("first").disabled = at("back").disabled = step === 0;
    at("last").disabled = at("next").disabled = step === last;
    show(step);
  }
  function stop() {
    clearInterval(timer);
    timer = null;
    at("play").textContent = "Play";
    at("play").setAttribute("aria-pressed", "false");
  }
  function play() {
    if (timer) return stop();
    if (step === last) go(0);
    timer = setInterval(() => go(step + 1), pause);
    at("play").textContent = "Pause";
    at("play").setAttribute("aria-pressed", "true");
  }

  slider.max = last;
  slider.addEventListener("input", () => go(Number(slider.value)));
  const moves = { first: () => go(0), back: () => go(step - 1), next: () => go(step + 1), last: () => go(last), play };
  for (const [id, move] of Object.entries(moves)) at(id).addEventListener("click", move);
  const keys = { ArrowLeft: moves.back, ArrowRight: moves.next, Home: moves.first, End: moves.last };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === " " && event.target.tagName !== "BUTTON") {
      event.preventDefault();
      play();
    } else if (keys[event.key]) {
      event.preventDefault();
      keys[event.key]();
    }
  });
  return go;
}
