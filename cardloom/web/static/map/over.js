/* What lies over the picture: names, rings about the page chosen and the page pointed at, the
   lasso, and, for those who use keys, the spot that Enter selects at. */

export function paintOver(picture) {
  const { view, look, graph, labels } = picture, ctx = labels.ink;
  ctx.setTransform(view.ratio, 0, 0, view.ratio, 0, 0);
  ctx.clearRect(0, 0, view.width, view.height);
  labels.paint(view);
  ctx.strokeStyle = ctx.fillStyle = look.accent;
  for (const [node, wide] of [[picture.selected, 2.5], [picture.hovered, 1.5]]) {
    if (node === null || node === undefined) continue;
    ctx.lineWidth = wide;
    ctx.beginPath();
    ctx.arc(view.sx(graph.at[2 * node]), view.sy(graph.at[2 * node + 1]), picture.radius(node) + 4, 0, 7);
    ctx.stroke();
  }
  ctx.lineWidth = 1.5;
  if (picture.lasso?.length > 1) paintLasso(ctx, view, picture.lasso);
  if (picture.keyed()) ctx.strokeRect(view.width / 2 - 7, view.height / 2 - 7, 14, 14);
}

function paintLasso(ctx, view, lasso) {
  ctx.beginPath();
  lasso.forEach(([x, y], i) => ctx[i ? "lineTo" : "moveTo"](view.sx(x), view.sy(y)));
  ctx.closePath();
  ctx.stroke();
  ctx.globalAlpha = 0.1;
  ctx.fill();
  ctx.globalAlpha = 1;
}
