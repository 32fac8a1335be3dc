/* The same pages as a table, for those who do not see the picture, and where there is none. */

import { el, leave, thousands } from "./element.js";

const TOP = 50;

export function tableOf(viewer, open = false) {
  const { graph } = viewer, top = Math.min(TOP, graph.nodes);
  const body = el("tbody", {}), find = el("input", { type: "search", "aria-label": "Find in the table", placeholder: "Find in the table" });
  const said = el("p", { role: "status" });
  const columns = ["status", "depth", "inlinks", "outlinks", "pagerank"].map((name) => graph.named(name)).filter(Boolean);
  const fill = async (nodes) => {
    const values = await Promise.all(columns.map((column) => graph.column(column.name)));
    await viewer.clerk.learn(nodes);
    body.replaceChildren(...nodes.map((node) => el("tr", {}, el("th", { scope: "row" }, leave(viewer.clerk.line(node).url, viewer.clerk.name(node))),
      ...columns.map((column, i) => el("td", {}, graph.tell(column, values[i][node]))))));
  };
  find.addEventListener("input", async () => {
    const query = find.value.trim();
    if (!query) { said.textContent = ""; return fill(viewer.leading(top)); }
    const { hits, found } = await viewer.clerk.ask("search", { query });
    if (find.value.trim() !== query) return null;
    said.textContent = `${thousands(found)} found${found > TOP ? `, the first ${TOP} are shown` : ""}`;
    return fill([...hits].slice(0, TOP));
  });
  const details = el("details", { class: "graph-table", open }, el("summary", {}, `The ${thousands(top)} pages of highest PageRank as a table`));
  const show = () => {
    details.append(find, said, el("div", { tabindex: 0, role: "region", "aria-label": "Pages of highest PageRank" },
      el("table", {}, el("thead", {}, el("tr", {}, ...["Page", ...columns.map((column) => column.label)].map((head) => el("th", { scope: "col" }, head)))), body)));
    return fill(viewer.leading(top));
  };
  details.addEventListener("toggle", show, { once: true });
  return details;
}
