/* The map of a link graph: every <figure class="graph-map" data-graph="/folder/"> becomes a viewer
   of the files in that folder. Figures that come later are found, figures that go are closed. What
   stands in the files comes from strangers' pages: it is only ever text. */

import { Viewer } from "./viewer.js";

export const maps = new Map();

/* Opens the maps of figures that are new, closes those of figures that are gone. */
function tend() {
  for (const [figure, map] of maps) {
    if (figure.isConnected && figure.dataset.graph === map.folder) {
      // A morph makes the figure as the server wrote it, which is without its map.
      if (map.body.parentNode !== figure) figure.prepend(map.body);
    } else {
      map.close();
      maps.delete(figure);
    }
  }
  for (const figure of document.querySelectorAll("figure.graph-map[data-graph]")) {
    if (!maps.has(figure)) maps.set(figure, new Viewer(figure));
  }
}

/* Other parts of the page light pages up: a button with data-map-show="1,2,3", or the event map:show. */
async function show(ids) {
  for (const map of maps.values()) {
    await map.opened;
    map.choice.ids(Array.isArray(ids) ? ids.join(",") : ids);
    map.body.scrollIntoView({ block: "nearest" });
  }
}
document.addEventListener("map:show", (event) => show(event.detail?.ids ?? ""));
document.addEventListener("click", (event) => {
  const pressed = event.target.closest?.("[data-map-show]");
  if (pressed) show(pressed.dataset.mapShow);
});

/* The graphics were away and are back: the figure gets a map that is drawn from the start. */
document.addEventListener("map:again", ({ target }) => {
  maps.get(target)?.close();
  maps.delete(target);
  tend();
});

new MutationObserver((changes) => {
  if (changes.some((change) => change.attributeName === "data-theme")) maps.forEach((map) => map.themed());
  tend();
}).observe(document.documentElement, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-graph", "data-theme"] });
tend();
