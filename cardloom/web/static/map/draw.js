/* Puts points and links on the screen with WebGL 2.

   A frame is one picture of the ground (the links, and the many small points) moved to where the
   view is now, and over it the points that count most, sharp. The ground is drawn anew when the
   view rests; so a frame costs the same for a thousand links and for a million. */

import { el } from "./element.js";

const SHADERS = {
  points: [`#version 300 es
    in vec2 at; in float size; in vec4 ink;
    uniform vec2 mid, scale; uniform vec3 radius; uniform float fade;
    out vec4 color; out float wide;
    void main() {
      gl_Position = ink.a == 0. ? vec4(2, 2, 2, 1) : vec4((at - mid) * scale, 0, 1);
      float r = (radius.x + radius.y * size) * radius.z;
      wide = 2. * r + (r < 1.4 ? 0. : 1.);
      gl_PointSize = max(wide, 1.);
      color = vec4(ink.rgb, fade * min(1., 3. * r * r));
    }`, `#version 300 es
    precision mediump float;
    in vec4 color; in float wide; uniform vec4 paper; out vec4 seen;
    void main() {
      float edge = wide < 2.8 ? 1. : clamp(wide * (.5 - distance(gl_PointCoord, vec2(.5))), 0., 1.);
      float rim = wide < 9. ? 1. : clamp(wide * (.5 - distance(gl_PointCoord, vec2(.5))) - 1., 0., 1.);
      float a = edge * color.a;
      seen = vec4(mix(paper.rgb, color.rgb, rim) * a, a);
    }`],
  links: [`#version 300 es
    in vec2 at; in float side; in vec4 ink;
    uniform vec2 span; uniform float gain;
    out vec4 color; out float edge;
    void main() {
      gl_Position = vec4(2. * at.x / span.x - 1., 1. - 2. * at.y / span.y, 0, 1);
      color = vec4(ink.rgb, 1) * ink.a * gain;
      edge = side;
    }`, `#version 300 es
    precision mediump float;
    in vec4 color; in float edge; out vec4 seen;
    void main() { seen = color * (1. - smoothstep(.4, 1., abs(edge))); }`],
  ground: [`#version 300 es
    uniform vec2 mid, half_; out vec2 at;
    void main() {
      vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
      at = corner;
      gl_Position = vec4(mid + (2. * corner - 1.) * half_, 0, 1);
    }`, `#version 300 es
    precision mediump float;
    in vec2 at; uniform sampler2D map; uniform float fade; out vec4 seen;
    void main() { seen = texture(map, at) * fade; }`],
  // Many faint lines over one another grow towards one strength, never to a blot.
  tone: [`#version 300 es
    out vec2 at;
    void main() { at = vec2(gl_VertexID & 1, gl_VertexID >> 1); gl_Position = vec4(2. * at - 1., 0, 1); }`, `#version 300 es
    precision highp float;
    in vec2 at; uniform sampler2D map; uniform vec2 gain; out vec4 seen;
    void main() {
      vec4 sum = texture(map, at);
      float a = gain.y * (1. - exp(-gain.x * sum.a));
      seen = sum.a > 0. ? vec4(sum.rgb / sum.a * a, a) : vec4(0);
    }`],
};

export class Painter {
  constructor() {
    const screen = this.screen = el("canvas", { class: "graph-picture", "aria-hidden": "true" });
    const gl = this.gl = screen.getContext("webgl2", { alpha: false, antialias: false, depth: false, powerPreference: "high-performance" });
    if (!gl) throw new NoPicture("This browser has no WebGL 2.");
    this.deep = Boolean(gl.getExtension("EXT_color_buffer_float") ?? gl.getExtension("EXT_color_buffer_half_float"));
    this.programs = Object.fromEntries(Object.entries(SHADERS).map(([name, sources]) => [name, this.link(sources)]));
    this.lines = { buffer: gl.createBuffer(), all: gl.createVertexArray() };
    gl.bindVertexArray(this.lines.all);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.lines.buffer);
    for (const [place, width, type, even, from] of [[0, 2, gl.FLOAT, false, 0], [3, 1, gl.FLOAT, false, 8], [2, 4, gl.UNSIGNED_BYTE, true, 12]]) {
      gl.enableVertexAttribArray(place);
      gl.vertexAttribPointer(place, width, type, even, 16, from);
    }
    this.empty = gl.createVertexArray();
    this.layers = {};
    gl.enable(gl.BLEND);
    const hint = gl.getExtension("WEBGL_debug_renderer_info");
    this.soft = /swiftshader|llvmpipe|software/i.test(hint ? gl.getParameter(hint.UNMASKED_RENDERER_WEBGL) : "");
    // Chromium without a GPU leaves a hole in a canvas of WebGL whose top is scrolled out of the
    // window: it keeps such a picture upside down, and cuts it at the wrong end. A flat copy is whole.
    this.flat = this.soft ? screen.cloneNode().getContext("2d", { alpha: false }) : null;
    this.canvas = this.flat?.canvas ?? screen; // what stands in the page
  }

  resize(width, height) {
    for (const one of new Set([this.screen, this.canvas])) Object.assign(one, { width, height });
  }

  /* What was drawn on the screen is there to be seen. */
  show() { this.flat?.drawImage(this.screen, 0, 0); }

  link([vertex, fragment]) {
    const { gl } = this, program = gl.createProgram();
    for (const [kind, source] of [[gl.VERTEX_SHADER, vertex], [gl.FRAGMENT_SHADER, fragment]]) {
      const shader = gl.createShader(kind);
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
    }
    ["at", "size", "ink", "side"].forEach((name, i) => gl.bindAttribLocation(program, i, name));
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw new NoPicture(`WebGL refused: ${gl.getProgramInfoLog(program)}`);
    const places = {}, uniforms = gl.getProgramParameter(program, gl.ACTIVE_UNIFORMS);
    for (let i = 0; i < uniforms; i++) {
      const { name } = gl.getActiveUniform(program, i);
      places[name] = gl.getUniformLocation(program, name);
    }
    return { program, places };
  }

  /* A set of points, to be filled with `at`, `size` and `ink` in the order of drawing: what counts
     most comes last. */
  pointSet() {
    const { gl } = this, set = { at: gl.createBuffer(), size: gl.createBuffer(), ink: gl.createBuffer(), all: gl.createVertexArray() };
    gl.bindVertexArray(set.all);
    for (const [name, place, width, type, even] of [["at", 0, 2, gl.FLOAT, false], ["size", 1, 1, gl.FLOAT, false], ["ink", 2, 4, gl.UNSIGNED_BYTE, true]]) {
      gl.bindBuffer(gl.ARRAY_BUFFER, set[name]);
      gl.enableVertexAttribArray(place);
      gl.vertexAttribPointer(place, width, type, even, 0, 0);
    }
    return set;
  }

  fill(set, values) {
    const { gl } = this;
    for (const [name, numbers] of Object.entries(values)) {
      gl.bindBuffer(gl.ARRAY_BUFFER, set[name]);
      gl.bufferData(gl.ARRAY_BUFFER, numbers, gl.STATIC_DRAW);
    }
  }

  /* A picture beside the screen's, made again when its size changes. */
  layer(name, width, height, deep = false) {
    const { gl } = this, kept = this.layers[name];
    if (kept?.width === width && kept.height === height) return kept;
    if (kept) { gl.deleteTexture(kept.map); gl.deleteFramebuffer(kept.frame); }
    const map = gl.createTexture(), frame = gl.createFramebuffer();
    gl.bindTexture(gl.TEXTURE_2D, map);
    if (deep && this.deep) gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA16F, width, height, 0, gl.RGBA, gl.HALF_FLOAT, null);
    else gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, width, height, 0, gl.RGBA, gl.UNSIGNED_BYTE, null);
    for (const side of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T]) gl.texParameteri(gl.TEXTURE_2D, side, gl.CLAMP_TO_EDGE);
    for (const far of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(gl.TEXTURE_2D, far, deep ? gl.NEAREST : gl.LINEAR);
    gl.bindFramebuffer(gl.FRAMEBUFFER, frame);
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, map, 0);
    return this.layers[name] = { map, frame, width, height };
  }

  drop(name) {
    const { gl } = this, kept = this.layers[name];
    if (kept) { gl.deleteTexture(kept.map); gl.deleteFramebuffer(kept.frame); delete this.layers[name]; }
  }

  /* Begins a layer, empty, or the screen (null) in the colour of the paper. */
  begin(layer, clear = true, [r, g, b, a] = [0, 0, 0, 0]) {
    const { gl } = this;
    gl.bindFramebuffer(gl.FRAMEBUFFER, layer?.frame ?? null);
    gl.viewport(0, 0, layer?.width ?? this.screen.width, layer?.height ?? this.screen.height);
    if (clear) { gl.clearColor(r, g, b, a); gl.clear(gl.COLOR_BUFFER_BIT); }
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  }

  use(name, uniforms) {
    const { gl } = this, { program, places } = this.programs[name];
    gl.useProgram(program);
    for (const [key, value] of Object.entries(uniforms)) {
      if (Array.isArray(value)) gl[`uniform${value.length}f`](places[key], ...value);
      else gl.uniform1f(places[key], value);
    }
  }

  /* Points number `from` to `to` of the order, as seen from `view`. */
  drawPoints(set, view, radius, from, to, { fade = 1, paper = [1, 1, 1], ratio = view.ratio } = {}) {
    if (to <= from) return;
    const { gl } = this;
    this.use("points", { mid: [view.x, view.y], scale: [2 * view.k / view.width, 2 * view.k / view.height],
      radius: [radius.least, radius.most, ratio], fade, paper: [...paper, 1] });
    gl.bindVertexArray(set.all);
    gl.drawArrays(gl.POINTS, from, to - from);
  }

  /* Links as vertices (x, y on a picture of `width` × `height`, side, ink): lines, or strips of triangles. */
  drawLinks(bytes, vertices, width, height, { solid = false, gain = 1, thick = false } = {}) {
    const { gl } = this;
    gl.blendFunc(gl.ONE, solid ? gl.ONE_MINUS_SRC_ALPHA : gl.ONE);
    this.use("links", { span: [width, height], gain });
    gl.bindVertexArray(this.lines.all);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.lines.buffer);
    gl.bufferData(gl.ARRAY_BUFFER, bytes, gl.STREAM_DRAW);
    gl.drawArrays(thick ? gl.TRIANGLES : gl.LINES, 0, vertices);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  }

  drawTone(sums, gain, most) {
    const { gl } = this;
    gl.bindTexture(gl.TEXTURE_2D, sums.map);
    this.use("tone", { gain: [gain, most] });
    gl.bindVertexArray(this.empty);
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
  }

  /* The ground as it was drawn for `seen`, moved and scaled to where the view is now. */
  drawGround(ground, seen, view, fade) {
    const { gl } = this, scale = view.k / seen.k;
    gl.bindTexture(gl.TEXTURE_2D, ground.map);
    this.use("ground", { fade,
      mid: [2 * (seen.x - view.x) * view.k / view.width, 2 * (seen.y - view.y) * view.k / view.height],
      half_: [scale * seen.width / view.width, scale * seen.height / view.height] });
    gl.bindVertexArray(this.empty);
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
  }

  /* Resolves with the milliseconds until all that was asked of the GPU so far is done. */
  done() {
    const { gl } = this, fence = gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0), began = performance.now();
    gl.flush();
    return new Promise((tell) => {
      const look = () => {
        if (gl.isContextLost() || gl.clientWaitSync(fence, 0, 0) !== gl.TIMEOUT_EXPIRED) {
          gl.deleteSync(fence);
          tell(performance.now() - began);
        } else setTimeout(look, 2);
      };
      look();
    });
  }

  close() { this.gl.getExtension("WEBGL_lose_context")?.loseContext(); }
}

export class NoPicture extends Error {}
