// What pages with drawings share: elements of SVG and the map of the states. No library, no network beyond this server.
"use strict";
const svg = (name, attributes, text) => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  return element;
};

// The map: an Albers equal-area conic projection of the 48 states (Snyder 1987, standard parallels 29.5 and 45.5 degrees).
const rad = degrees => degrees * Math.PI / 180;
const cone = (Math.sin(rad(29.5)) + Math.sin(rad(45.5))) / 2;
const c = Math.cos(rad(29.5)) ** 2 + 2 * cone * Math.sin(rad(29.5));
const rho = lat => Math.sqrt(c - 2 * cone * Math.sin(rad(lat))) / cone;
const project = (lon, lat) => {
  const theta = cone * rad(lon + 96);
  return [480 + 1010 * rho(lat) * Math.sin(theta), 252 - 1010 * (rho(38) - rho(lat) * Math.cos(theta))];
};
let states;
async function readStates() {
  const topology = await (await fetch("/web/us-states.json")).json();
  const [kx, ky] = topology.transform.scale, [tx, ty] = topology.transform.translate;
  const arcs = topology.arcs.map(arc => {
    let px = 0, py = 0;
    return arc.map(([dx, dy]) => [(px += dx) * kx + tx, (py += dy) * ky + ty]);
  });
  const ring = indices => indices.flatMap(i => i < 0 ? arcs[~i].slice().reverse() : arcs[i]);
  const outside = new Set(["Alaska", "Hawaii", "Puerto Rico", "Guam", "American Samoa", "United States Virgin Islands", "Commonwealth of the Northern Mariana Islands"]);
  states = topology.objects.states.geometries.filter(g => !outside.has(g.properties && g.properties.name)).map(g => {
    const polygons = g.type === "Polygon" ? [g.arcs] : g.arcs || [];
    return polygons.flatMap(p => p.map(r => ring(r).map(([lon, lat], i) => (i ? "L" : "M") + project(lon, lat).map(v => v.toFixed(1)).join(" ")).join("") + "Z")).join("");
  });
}
const statesRead = readStates().catch(() => { states = []; });

// The states as shapes to put under everything else.
async function drawnStates() {
  await statesRead;
  return states.map(d => svg("path", { d, fill: "#eef2f7", stroke: "#c3ccd9", "stroke-width": 0.7 }));
}
// A way that bends a little, so that there and back do not lie on each other.
const bow = (x1, y1, x2, y2) => `M${x1} ${y1}Q${(x1 + x2) / 2} ${(y1 + y2) / 2 - 0.12 * Math.hypot(x2 - x1, y2 - y1)} ${x2} ${y2}`;
