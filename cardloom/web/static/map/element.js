/* Parts of a page, made without markup: strings from crawled pages become text nodes, never more. */

export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

export const button = (label, act, attributes = {}) =>
  el("button", { type: "button", onclick: act, ...attributes }, label);

/* A link to a crawled page: only http and https are ever opened. */
export const leave = (url, text = url) => /^https?:\/\//i.test(url)
  ? el("a", { href: url, rel: "noopener noreferrer", target: "_blank", dir: "auto" }, text)
  : el("span", { dir: "auto" }, text);

export const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

export const thousands = (number) => number.toLocaleString("en");

export const count = (number, noun) => `${thousands(number)} ${noun}${number === 1 ? "" : "s"}`;

export function save(name, parts, type) {
  const address = URL.createObjectURL(parts instanceof Blob ? parts : new Blob(parts, { type }));
  el("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
