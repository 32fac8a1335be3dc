/* The same map in sigma.js: the pages where Cardloom's layout put them, all links, no labels. */

import Graph from "graphology";
import Sigma from "sigma";
import { mapFiles, told } from "./files.js";

const { at, edges, nodes } = await mapFiles(), graph = new Graph({ multi: true, type: "directed" });
for (let i = 0; i < nodes; i++) graph.addNode(i, { x: at[2 * i], y: at[2 * i + 1], size: 2, color: "#4a43bd" });
for (let i = 0; i < edges.length; i += 2) graph.addDirectedEdge(edges[i], edges[i + 1], { size: 0.5, color: "#cccccc" });
new Sigma(graph, document.querySelector("#stage"), { renderLabels: false });
told();
