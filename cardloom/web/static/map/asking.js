/* The map's side of the worker: ask, and get a promise of the answer. */

export class Clerk {
  constructor(graph) {
    this.waiting = new Map();
    this.last = 0;
    this.names = new Map(); // node → {url, title}
    this.tails = graph.title_tails;
    this.worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
    this.worker.onmessage = ({ data: { id, answer, wrong } }) => {
      const { done, failed } = this.waiting.get(id);
      this.waiting.delete(id);
      if (wrong === undefined) done(answer); else failed(new Error(wrong));
    };
    this.opened = this.ask("open", { base: graph.base, told: graph.told });
  }

  ask(what, asked) {
    const id = ++this.last;
    const reply = new Promise((done, failed) => this.waiting.set(id, { done, failed }));
    this.worker.postMessage({ id, what, asked });
    return reply;
  }

  /* Makes sure that `name` and `line` know these nodes. */
  async learn(nodes) {
    const lacking = [...nodes].filter((node) => !this.names.has(node));
    if (!lacking.length) return;
    const lines = await this.ask("lines", { nodes: lacking });
    lacking.forEach((node, i) => this.names.set(node, lines[i]));
  }

  line(node) { return this.names.get(node) ?? { url: "", title: "" }; }

  /* What a title adds to the site's name, or the path where there is no title. */
  name(node) {
    const { url, title } = this.line(node);
    return this.short(title) || path(url);
  }

  short(title) {
    const tail = this.tails.find((one) => title.endsWith(one));
    return tail && title.length > tail.length ? title.slice(0, title.length - tail.length) : title;
  }

  /* A place is called by the title of its leading page, or by that page's address. */
  place(label) { return /^https?:\/\//i.test(label) ? path(label) : this.short(label); }

  close() { this.worker.terminate(); }
}

function path(url) {
  try { return decodeURI(url.replace(/^\w+:\/\/[^/]*/, "")) || url; } catch { return url; }
}
