/* The files of the map for the peers, and the mark that the first picture is on the screen. */

const folder = `/maps/${location.pathname.split("/").pop()}/`;
const numbers = async (name, Type) => new Type(await (await fetch(folder + name)).arrayBuffer());

export async function mapFiles() {
  const [at, edges] = await Promise.all([numbers("positions.f32", Float32Array), numbers("edges.u32", Uint32Array)]);
  return { at, edges, nodes: at.length / 2 };
}

/* Two frames after it was asked for, a picture is there. */
export function told() {
  requestAnimationFrame(() => requestAnimationFrame(() => { window.firstPicture = performance.now(); }));
}
