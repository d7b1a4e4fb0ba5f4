// The operations page: reads /v1/pulse every two seconds and draws it. No library, no network beyond this server.
"use strict";
const $ = id => document.getElementById(id);
const svg = (name, attributes, text) => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  return element;
};
const html = (name, className, text) => {
  const element = document.createElement(name);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
};
const time = text => new Date(text).toLocaleString([], { weekday: "short", hour: "2-digit", minute: "2-digit", hour12: false });
const zone = new Intl.DateTimeFormat([], { timeZoneName: "short" }).formatToParts().find(part => part.type === "timeZoneName").value;
const count = n => Number(n).toLocaleString();

const fromFragment = new URLSearchParams(location.hash.slice(1)).get("key");
if (fromFragment) {
  sessionStorage.setItem("key", fromFragment);
  history.replaceState(null, "", location.pathname);
}
const key = () => sessionStorage.getItem("key");

async function fetched(path) {
  const answer = await fetch(path, { headers: { authorization: "Bearer " + key() } });
  if (!answer.ok) {
    const problem = await answer.json().catch(() => ({}));
    throw Object.assign(new Error(problem.detail || problem.title || answer.statusText), { status: answer.status });
  }
  return answer;
}
const get = async path => (await fetched(path)).json();

$("login").addEventListener("submit", event => {
  event.preventDefault();
  sessionStorage.setItem("key", $("key").value.trim());
  tick();
});

$("look").addEventListener("submit", event => {
  event.preventDefault();
  location.href = "/orders/" + encodeURIComponent($("look-id").value.trim());
});

// Costs to serve: the largest groups of a view, and its export. A link cannot carry the key, so files are fetched and saved.
const COSTS_EVERY_MS = 30000, COST_ROWS = 12;
let costsAt = -Infinity;
const dollars = cents => "$" + (cents / 100).toLocaleString(undefined, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
async function drawCosts() {
  costsAt = performance.now();
  try {
    const costs = await get("/v1/cost-to-serve?by=" + $("costs-by").value);
    const name = ({ amount_cents, ...parts }) => Object.values(parts).join(" \u2192 ");
    const items = costs.items.sort((a, b) => b.amount_cents - a.amount_cents);
    const shown = items.slice(0, COST_ROWS).map(item => [name(item), item.amount_cents]);
    const rest = items.slice(COST_ROWS).reduce((sum, item) => sum + item.amount_cents, 0);
    if (items.length > COST_ROWS) shown.push([`${count(items.length - COST_ROWS)} more`, rest]);
    shown.push(["all", costs.total_cents]);
    $("costs").tBodies[0].replaceChildren(...shown.map(([text, cents]) => {
      const row = html("tr");
      const share = costs.total_cents ? (100 * cents / costs.total_cents).toFixed(1) + " %" : "";
      row.append(html("td", "", text), html("td", "n", dollars(cents)), html("td", "n", share));
      return row;
    }));
    const kinds = costs.kinds.filter(kind => kind.amount_cents).map(kind => `${kind.kind.replace("_", " ")} ${dollars(kind.amount_cents)}`);
    $("costs-note").textContent = kinds.length ? `${count(costs.charges)} charges: ${kinds.join(", ")}.` : "No charge yet.";
  } catch (error) {
    $("costs-note").textContent = "no answer: " + error.message;
  }
}
async function save(path, file) {
  try {
    const link = html("a");
    link.href = URL.createObjectURL(await (await fetched(path)).blob());
    link.download = file;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  } catch (error) {
    $("costs-note").textContent = "no file: " + error.message;
  }
}
$("costs-by").addEventListener("change", drawCosts);
$("costs-csv").addEventListener("click", event => {
  event.preventDefault();
  save(`/v1/cost-to-serve?by=${$("costs-by").value}&format=csv`, `cost-by-${$("costs-by").value}.csv`);
});
$("charges-csv").addEventListener("click", event => {
  event.preventDefault();
  save("/v1/cost-to-serve/charges?format=csv", "charges.csv");
});

let timer;
async function tick() {
  clearTimeout(timer);
  if (!key()) return ask("");
  try {
    const pulse = await get("/v1/pulse");
    $("login").hidden = true;
    $("board").hidden = false;
    $("live").textContent = "live";
    draw(pulse);
    if (performance.now() - costsAt > COSTS_EVERY_MS) drawCosts();
  } catch (error) {
    if (error.status === 401 || error.status === 403) {
      sessionStorage.removeItem("key");
      return ask(error.message);
    }
    $("live").textContent = "no answer: " + error.message;
  }
  timer = setTimeout(tick, 2000);
}
function ask(why) {
  $("board").hidden = true;
  $("login").hidden = false;
  $("login-error").textContent = why;
}

function draw(pulse) {
  $("clock").textContent = `${time(pulse.now)} ${zone}`;
  const tiles = [["accepted, not released", pulse.orders.accepted], ["on a floor", pulse.orders.released], ["with carriers", pulse.orders.shipped],
    ["delivered", pulse.orders.delivered], ["cancelled", pulse.orders.cancelled], ["shipments at risk of being late", pulse.late_risk]];
  $("stages").replaceChildren(...tiles.map(([name, n]) => {
    const tile = html("div", "tile");
    tile.append(html("b", "", count(n)), html("span", "dim", name));
    return tile;
  }));
  drawCurve(pulse.curve);
  $("warehouses").replaceChildren(...pulse.warehouses.map(drawWarehouse));
  $("services").tBodies[0].replaceChildren(...pulse.services.map(service => {
    const row = html("tr");
    row.append(html("td", "", service.id), html("td", "", service.carrier), html("td", "n", count(service.docked_parcels)));
    return row;
  }));
  drawPlan(pulse.last_run);
  drawMap(pulse);
}

function drawWarehouse(warehouse) {
  const row = html("div", "wh");
  const bars = html("div", "bars");
  for (const wave of warehouse.waves) {
    const share = wave.capacity > 0 ? wave.used / wave.capacity : 0;
    const bar = html("div", "bar" + (share > 0.97 ? " full" : share > 0.8 ? " tight" : ""));
    const fill = html("i");
    fill.style.width = Math.min(100, 100 * share) + "%";
    bar.title = `${wave.wave}: ${count(wave.used)} of ${count(wave.capacity)} units of work`;
    bar.append(fill, html("span", "", `${time(wave.cut_off_at)} · ${Math.round(100 * share)} %`));
    bars.append(bar);
  }
  row.append(html("div", "", `${warehouse.id} · ${warehouse.name}`), bars);
  return row;
}

function drawCurve(points) {
  const chart = $("curve");
  chart.replaceChildren();
  if (points.length < 2) return chart.append(svg("text", { x: 20, y: 30 }, "the curve appears with the first orders"));
  const times = points.map(p => +new Date(p.at));
  const [t0, t1] = [times[0], times[times.length - 1]];
  const top = Math.max(10, ...points.map(p => Math.max(p.accepted, p.backlog, p.shipped)));
  const x = t => 46 + 580 * (t - t0) / Math.max(1, t1 - t0);
  const y = n => 196 - 180 * n / top;
  for (const share of [0, 0.5, 1]) {
    chart.append(svg("line", { x1: 46, x2: 626, y1: y(top * share), y2: y(top * share), stroke: "#d8dee8" }));
    chart.append(svg("text", { x: 40, y: y(top * share) + 4, "text-anchor": "end" }, count(Math.round(top * share))));
  }
  for (const share of [0, 0.5, 1]) {
    chart.append(svg("text", { x: x(t0 + share * (t1 - t0)), y: 214, "text-anchor": share === 0 ? "start" : share === 1 ? "end" : "middle" }, time(t0 + share * (t1 - t0))));
  }
  for (const [name, colour] of [["accepted", "#2563eb"], ["backlog", "#d97706"], ["shipped", "#059669"]]) {
    const path = points.map((p, i) => `${i ? "L" : "M"}${x(times[i]).toFixed(1)} ${y(p[name]).toFixed(1)}`).join("");
    chart.append(svg("path", { d: path, fill: "none", stroke: colour, "stroke-width": 2 }));
  }
}

function drawPlan(run) {
  const list = $("plan");
  list.replaceChildren();
  if (!run) return list.append(html("dd", "dim", "no plan yet: the planner runs when orders are open"));
  for (const [name, value] of [["run", run.id], ["at", time(run.at)], ["open orders", count(run.orders)], ["cost before", dollars(run.cost_before_cents)],
    ["cost after", dollars(run.cost_cents)], ["proven lower bound", dollars(run.lower_bound_cents)], ["gap", run.gap_percent.toFixed(2) + " %"], ["orders moved", count(run.moved)]]) {
    list.append(html("dt", "", name), html("dd", "", value));
  }
}

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
async function loadMap() {
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
const ready = loadMap().catch(() => { states = []; });

async function drawMap(pulse) {
  await ready;
  const map = $("map");
  const shapes = states.map(d => svg("path", { d, fill: "#eef2f7", stroke: "#c3ccd9", "stroke-width": 0.7 }));
  const near = pulse.lanes.filter(lane => lane.to_lat > 24 && lane.to_lat < 50 && lane.to_lon > -125.5 && lane.to_lon < -66);
  const most = Math.max(1, ...near.map(lane => lane.parcels));
  const lanes = near.map(lane => {
    const [x1, y1] = project(lane.from_lon, lane.from_lat), [x2, y2] = project(lane.to_lon, lane.to_lat);
    const line = svg("path", { d: `M${x1} ${y1}Q${(x1 + x2) / 2} ${(y1 + y2) / 2 - 0.12 * Math.hypot(x2 - x1, y2 - y1)} ${x2} ${y2}`, fill: "none",
      stroke: lane.service.startsWith("metro") ? "#059669" : "#2563eb", "stroke-opacity": 0.35, "stroke-width": 0.6 + 4 * lane.parcels / most });
    line.append(svg("title", {}, `${lane.service}: ${lane.parcels} parcels`));
    return line;
  });
  const sites = pulse.warehouses.flatMap(warehouse => {
    const [x, y] = project(warehouse.lon, warehouse.lat);
    return [svg("circle", { cx: x, cy: y, r: 4.5, fill: "#1c2430" }), svg("text", { x: x + 7, y: y + 4 }, warehouse.id)];
  });
  map.replaceChildren(...shapes, ...lanes, ...sites);
}

tick();
