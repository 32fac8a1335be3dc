/* A moment of the map as the part of an address after #, and back: where one looks and at what. */

export function writeMoment({ view, color, size, links, selected, ids, query }) {
  const told = new URLSearchParams();
  if (!view.fitted) told.set("at", [view.x.toFixed(4), view.y.toFixed(4), view.zoom.toFixed(3)].join(","));
  for (const [key, value] of Object.entries({ color, size, links, words: query })) if (value) told.set(key, value);
  if (selected !== null) told.set("page", selected);
  else if (ids.length && ids.length <= 500) told.set("ids", ids.join(","));
  return told.toString().replaceAll("%2C", ",");
}

/* Numbers that are no numbers, and nodes that there are not, are left out. */
export function readMoment(hash, nodes) {
  const told = new URLSearchParams(hash.replace(/^#/, "")), node = (text) => /^\d{1,9}$/.test(text) && Number(text) < nodes ? Number(text) : null;
  const at = (told.get("at") ?? "").split(",").map(Number);
  return {
    at: at.length === 3 && at.every(Number.isFinite) && at[2] > 0 ? at : null,
    color: told.get("color"), size: told.get("size"), links: told.get("links"), query: told.get("words") ?? "",
    selected: node(told.get("page") ?? ""),
    ids: readIds(told.get("ids") ?? "", nodes),
  };
}

export const readIds = (text, nodes) => [...new Set(String(text).split(",").map((one) => one.trim())
  .filter((one) => /^\d{1,9}$/.test(one) && Number(one) < nodes).map(Number))];
