// Each step is a frame: the curves, or dots, after so many epochs, and the place of the loss.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const all = (selector) => [...document.querySelectorAll(selector)];
  const number = (x) => (x === null ? "not finite" : String(Number(x.toPrecision(4))));
  const curves = all("#picture .curve");
  const trails = all("#picture .trail");
  const marker = document.querySelector(".marker");
  const last = data.epochs.length - 1;
  stepping(last, (step) => {
    curves.forEach((curve, k) => curve.setAttribute("d", data.frames[step][k]));
    const before = data.frames.slice(Math.max(0, step - data.trail), step);
    trails.forEach((trail, k) => trail.setAttribute("d", before.map((frame) => frame[k]).join("") || "M0 0"));
    marker.setAttribute("cx", data.marker[step][0]);
    marker.setAttribute("cy", data.marker[step][1]);
    const words = { epoch: String(data.epochs[step]), loss: number(data.loss[step]), error: number(data.error[step]) };
    for (const [id, text] of Object.entries(words)) document.getElementById(id).textContent = text;
    const said = `After ${words.epoch} epochs: loss ${words.loss}`;
    document.getElementById("slider").setAttribute("aria-valuetext", said);
    document.getElementById("status").textContent = `Frame ${step + 1} of ${last + 1}. ${said}`;
  }, 120)(0);
})();
