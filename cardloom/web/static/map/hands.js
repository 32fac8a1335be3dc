/* Pointers, fingers, wheel and keys on the picture. Shift and drag, or the lasso button, takes pages. */

import { clamp } from "./element.js";

export function listen(viewer) {
  const { surface, picture, ended } = viewer, { view } = picture, pointers = new Map();
  let dragged = 0, elsewhere = 0, lassoing = false;
  const on = (target, type, act, options = {}) => target.addEventListener(type, act, { signal: ended.signal, ...options });
  const at = (event) => { const box = surface.getBoundingClientRect(); return [event.clientX - box.left, event.clientY - box.top]; };
  const onMap = ([x, y]) => [view.wx(x), view.wy(y)];

  on(surface, "pointerdown", (event) => {
    surface.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, at(event));
    dragged = pointers.size > 1 ? Infinity : 0;
    lassoing = pointers.size === 1 && (viewer.lassoing || event.shiftKey);
    if (lassoing) picture.lasso = [onMap(at(event))];
  });
  on(surface, "pointermove", (event) => {
    const here = at(event), before = pointers.get(event.pointerId);
    if (!before) { if (event.pointerType !== "touch") viewer.tip.show(picture.nearest(...here, 6)); return; }
    const dx = here[0] - before[0], dy = here[1] - before[1];
    const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
    dragged += Math.abs(dx) + Math.abs(dy);
    if (dragged < 4) return; // a click of an unsteady hand; the pointer's old place stays
    pointers.set(event.pointerId, here);
    viewer.tip.show(null);
    if (lassoing) { picture.lasso.push(onMap(here)); picture.draw(false); return; }
    if (!other) { view.pan(dx, dy); return; }
    const span = (point) => Math.max(10, Math.hypot(point[0] - other[0], point[1] - other[1]));
    view.pan(dx / 2, dy / 2);
    view.zoomBy(span(here) / span(before), [(here[0] + other[0]) / 2, (here[1] + other[1]) / 2], true);
  });
  on(surface, "pointerup", (event) => {
    if (!pointers.delete(event.pointerId)) return;
    if (lassoing && picture.lasso) {
      const polygon = picture.lasso;
      picture.lasso = null;
      lassoing = false;
      if (polygon.length > 2) {
        if (viewer.lassoing) viewer.toggleLasso();
        picture.draw(false);
        viewer.choice.inside(polygon);
        return;
      }
    }
    if (dragged < 4) viewer.choice.page(picture.nearest(...at(event), event.pointerType === "touch" ? 16 : 6));
  });
  on(surface, "pointercancel", (event) => { pointers.delete(event.pointerId); picture.lasso = null; });
  on(surface, "pointerleave", () => viewer.tip.show(null));
  on(surface, "dblclick", (event) => view.zoomBy(2, at(event)));
  for (const type of ["focus", "blur"]) on(surface, type, () => picture.draw(false));
  // A page being scrolled past the map goes on scrolling: only a turn begun here zooms.
  on(window, "wheel", (event) => { if (event.target !== surface) elsewhere = event.timeStamp; }, { passive: true });
  on(surface, "wheel", (event) => {
    if (!viewer.full && event.timeStamp - elsewhere < 250) { elsewhere = event.timeStamp; return; }
    event.preventDefault();
    const turned = event.deltaY * (event.deltaMode === 1 ? 20 : 1);
    view.zoomBy(Math.exp(-clamp(turned, -300, 300) * (event.ctrlKey ? 0.008 : 0.002)), at(event), true);
  }, { passive: false });
  on(surface, "keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const acts = {
      ArrowLeft: () => view.pan(60, 0), ArrowRight: () => view.pan(-60, 0),
      ArrowUp: () => view.pan(0, 60), ArrowDown: () => view.pan(0, -60),
      "+": () => view.zoomBy(1.5), "=": () => view.zoomBy(1.5), "-": () => view.zoomBy(1 / 1.5), 0: () => view.fit(),
      Enter: () => viewer.choice.page(picture.nearest(view.width / 2, view.height / 2, Infinity) ?? viewer.leading(1)[0]),
      Escape: () => viewer.choice.none(),
    };
    if (!acts[event.key]) return;
    event.preventDefault();
    acts[event.key]();
  });
  on(viewer.body, "keydown", (event) => {
    if (event.key !== "/" || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
    event.preventDefault();
    viewer.bar.search.focus();
  });
}
