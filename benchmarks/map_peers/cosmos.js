/* The same map in cosmos.gl: the pages where Cardloom's layout put them, all links, no simulation. */

import { Graph } from "@cosmos.gl/graph";
import { mapFiles, told } from "./files.js";

const { at, edges } = await mapFiles(), size = 8192;
const graph = new Graph(document.querySelector("#stage"), { spaceSize: size, enableSimulation: false, fitViewOnInit: true, fitViewDelay: 0,
  fitViewDuration: 0, pointDefaultSize: 3, pointDefaultColor: "#4a43bd", backgroundColor: "#ffffff", linkDefaultColor: "#cccccc" });
graph.setPointPositions(at.map((value) => (0.5 + 0.49 * value) * size));
graph.setLinks(Float32Array.from(edges));
graph.render();
told();
