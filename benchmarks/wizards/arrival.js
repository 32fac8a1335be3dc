// When a field comes into sight. Given to every page before its own scripts run, with __FIELDS__
// (name → path, first to last) and __PATIENCE__ (ms) filled in.
//
// `arrival` looks at each change of the document and, from the first one on, once a frame, since
// a field may come into sight by a transition or inside a shadow root, where no change is reported.
// In a path, "a >>> b" is b inside the open shadow root of a.
(() => {
  const FIELDS = __FIELDS__;
  performance.setResourceTimingBufferSize(5000);

  const reach = (path) => path.split('>>>').reduce(
    (found, css, hop) => (hop ? found.map((e) => e.shadowRoot).filter(Boolean) : found)
      .flatMap((root) => [...root.querySelectorAll(css)]), [document]);
  const visible = (e) => e.getClientRects().length > 0 && !e.matches(':disabled')
    && e.checkVisibility({opacityProperty: true, visibilityProperty: true});
  const shown = (path) => reach(path).some(visible);

  const arrival = (find) => new Promise((done) => {
    let looking = false, present = 0;
    const look = () => {
      const found = find();
      if (!found) return requestAnimationFrame(look);
      present ||= performance.now();
      observer.disconnect();
      const after = new MessageChannel();
      after.port1.onmessage = () => done({present, painted: performance.now(), found});
      after.port2.postMessage(0);
    };
    const observer = new MutationObserver(() => {
      if (!present && find()) present = performance.now();
      if (!looking) { looking = true; requestAnimationFrame(look); }
    });
    observer.observe(document,
      {childList: true, subtree: true, attributes: true, characterData: true});
    setTimeout(() => done(null), __PATIENCE__);
  });

  const loaded = () => {
    const entries = ['navigation', 'resource'].flatMap((t) => performance.getEntriesByType(t));
    const sum = (key) => entries.reduce((total, entry) => total + entry[key], 0);
    return {files: entries.length, decoded: sum('decodedBodySize'), wire: sum('encodedBodySize')};
  };

  const bench = window.__bench = {
    loaded,
    first: arrival(() => Object.keys(FIELDS).find((name) => shown(FIELDS[name]))).then(
      (seen) => seen && {field: seen.found, present: seen.present, painted: seen.painted,
        born: performance.timeOrigin, loaded: loaded()}),
    arm(path) {
      if (shown(path)) throw new Error('already shown: ' + path);
      addEventListener('click', () => {
        const clicked = performance.now();
        bench.next = arrival(() => shown(path)).then((seen) => seen
          && {present: seen.present - clicked, painted: seen.painted - clicked});
      }, {capture: true, once: true});
    },
  };
})();
