// The picture of a run's graph: Mermaid draws the text that the page carries, our style colours it.
"use strict";

function draw(place) {
  mermaid.initialize({
    startOnLoad: false,
    securityLevel: "strict",
    theme: "base",
    htmlLabels: false, // labels are SVG text: there is no HTML in the picture at all
    markdownAutoWrap: false,
    maxTextSize: 1e6,
    maxEdges: 1e5,
    flowchart: { useMaxWidth: false, htmlLabels: false, padding: 14, nodeSpacing: 28, rankSpacing: 56 },
    fontFamily: "inherit",
    // What a text may not set for itself, though ours sets nothing.
    secure: ["secure", "securityLevel", "startOnLoad", "maxTextSize", "maxEdges", "htmlLabels", "flowchart", "theme", "themeCSS", "themeVariables", "fontFamily"],
  });
  return mermaid.render("diagram-picture", place.dataset.text).then(({ svg }) => {
    place.innerHTML = svg;
    place.dataset.drawn = "yes";
  });
}

function offerCopy(block) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "secondary small";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(block.textContent);
    button.textContent = "Copied";
  });
  block.after(button);
}

addEventListener("DOMContentLoaded", () => {
  const place = document.getElementById("diagram");
  document.querySelectorAll("#diagram-text").forEach(offerCopy);
  if (place)
    draw(place).catch((error) => {
      place.textContent = `The picture could not be drawn (${error.message}). The table below says the same.`;
      place.dataset.drawn = "no";
    });
});
