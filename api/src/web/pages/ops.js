// The operations page: reads /v1/pulse every two seconds and draws it. No library, no network beyond this server.
"use strict";
const moment = text => new Date(text).toLocaleString([], { weekday: "short", hour: "2-digit", minute: "2-digit", hour12: false });

const door = keyed("board", tick);

$("look").addEventListener("submit", event => {
  event.preventDefault();
  look($("look-id").value.trim());
});

// An order's id opens it; anything else is taken for the shop's number, and orders are read through until it is found.
const PAGE = 500, PAGES = 40;
async function look(wanted) {
  if (/^o-[0-9a-f-]{36}$/.test(wanted)) return location.assign("/orders/" + encodeURIComponent(wanted));
  $("look-note").textContent = "Looking …";
  try {
    let after = "", seen = 0;
    for (let page = 0; page < PAGES && after !== null; page++) {
      const orders = await get(`/v1/orders?limit=${PAGE}` + (after && "&after=" + encodeURIComponent(after)));
      const found = orders.items.find(order => order.reference === wanted || order.id === wanted);
      if (found) return location.assign("/orders/" + encodeURIComponent(found.id));
      [after, seen] = [orders.next, seen + orders.items.length];
    }
    $("look-note").textContent = `None of ${counted(seen, "order", "orders")} has the id or number “${wanted}”.`;
  } catch (error) {
    $("look-note").textContent = "no answer: " + error.message;
  }
}

// Costs to serve: the largest groups of a view, and its export. A link cannot carry the key, so files are fetched and saved.
const COSTS_EVERY_MS = 30000, COST_ROWS = 12;
let costsAt = -Infinity;
async function drawCosts() {
  costsAt = performance.now();
  try {
    const by = $("costs-by").value;
    const [costs] = await Promise.all([get("/v1/cost-to-serve?by=" + by), readNames()]);
    const named = { warehouse: place, service };
    const name = ({ amount_cents, ...parts }) => Object.entries(parts).map(([what, id]) => named[what] ? named[what](id) : id).join(" \u2192 ");
    $("costs-of").textContent = by;
    const items = costs.items.sort((a, b) => b.amount_cents - a.amount_cents);
    const shown = items.slice(0, COST_ROWS).map(item => [name(item), item.amount_cents]);
    const rest = items.slice(COST_ROWS).reduce((sum, item) => sum + item.amount_cents, 0);
    if (items.length > COST_ROWS) shown.push([`${count(items.length - COST_ROWS)} more`, rest]);
    shown.push(["total", costs.total_cents]);
    $("costs").tBodies[0].replaceChildren(...shown.map(([text, cents]) => {
      const row = html("tr");
      const share = costs.total_cents ? (100 * cents / costs.total_cents).toFixed(1) + " %" : "";
      row.append(html("td", "", text), html("td", "n", money(cents)), html("td", "n", share));
      return row;
    }));
    const kinds = costs.kinds.filter(kind => kind.amount_cents).map(kind => `${kind.kind.replace("_", " ")} ${money(kind.amount_cents)}`);
    $("costs-note").textContent = kinds.length ? `${counted(costs.charges, "charge", "charges")}, planned shipments included: ${kinds.join(", ")}.` : "No charge yet: costs begin with the first order.";
  } catch (error) {
    $("costs-note").textContent = "no answer: " + error.message;
  }
}
const told = promise => promise.catch(error => { $("costs-note").textContent = "no file: " + error.message; });
$("costs-by").addEventListener("change", drawCosts);
$("costs-csv").addEventListener("click", event => {
  event.preventDefault();
  told(save(`/v1/cost-to-serve?by=${$("costs-by").value}&format=csv`, `cost-by-${$("costs-by").value}.csv`));
});
$("charges-csv").addEventListener("click", event => {
  event.preventDefault();
  told(save("/v1/cost-to-serve/charges?format=csv", "charges.csv"));
});

// Papers: walks that are not confirmed, and drivers' sheets of own vans; a dispatch's id begins with the second of its collection.
const SHEETS = 12, SHEETS_OF_S = 2 * 86400;
let clock = 0;
async function drawPapers() {
  try {
    const [lists, dispatches] = await Promise.all([get("/v1/pick-lists?open=true&limit=100"), get(`/v1/dispatches?stage=accepted&limit=500&after=d-${Math.floor(clock / 1000) - SHEETS_OF_S}`), readNames()]);
    const opens = (text, path) => {
      const cell = html("td", "id"), button = html("button", "plain", text);
      button.addEventListener("click", () => paper(path).catch(error => { button.textContent = `${text}: ${error.message}`; }));
      cell.append(button);
      return cell;
    };
    const walks = lists.items.map(list => row(opens(list.id, "/v1/pick-lists/" + encodeURIComponent(list.id)), place(list.warehouse),
      `${counted(list.lines.length, "stop", "stops")}, ${count(list.distance_m)} m, ${Math.ceil(list.duration_s / 60)} min`));
    const left = dispatch => {
      const details = html("details");
      details.append(html("summary", "", counted(dispatch.left.length, "door left for a later window", "doors left for a later window")),
        ...dispatch.left.map(door => html("p", "dim", `${door.shipment ?? "return " + door.collects}: ${door.text}`)));
      return details;
    };
    const drives = dispatches.items.filter(dispatch => dispatch.routes.length).slice(-SHEETS).reverse().map(dispatch => {
      const what = html("td", "", `${service(dispatch.service)}, ${time(dispatch.pickup_at)}: ${counted(dispatch.routes.length, "van", "vans")}, ${counted(dispatch.parcels, "parcel", "parcels")}`);
      if (dispatch.left.length) what.append(left(dispatch));
      return row(opens(dispatch.id, `/v1/dispatches/${encodeURIComponent(dispatch.id)}/routes`), place(dispatch.warehouse), what);
    });
    const none = html("td", "dim", "Nothing to print: no open pick list, no van under way.");
    none.colSpan = 3;
    $("papers").tBodies[0].replaceChildren(...(walks.length + drives.length ? [...drives, ...walks] : [row(none)]));
  } catch (error) {
    $("papers").tBodies[0].replaceChildren(row("no answer: " + error.message));
  }
}

let timer;
async function tick() {
  clearTimeout(timer);
  if (!key()) return door.ask("");
  try {
    const [pulse] = await Promise.all([get("/v1/pulse"), readNames()]);
    door.admit();
    $("board").hidden = false;
    $("live").textContent = "live";
    clock = +new Date(pulse.now);
    draw(pulse);
    if (performance.now() - costsAt > COSTS_EVERY_MS) {
      drawCosts();
      drawPapers();
    }
  } catch (error) {
    if (door.refused(error)) {
      $("live").textContent = "not connected";
      return;
    }
    $("live").textContent = "no answer: " + error.message;
  }
  timer = setTimeout(tick, 2000);
}

function draw(pulse) {
  $("clock").textContent = `${moment(pulse.now)} ${zone}`;
  const tiles = [["accepted, not released", pulse.orders.accepted], ["on a floor", pulse.orders.released], ["with carriers", pulse.orders.shipped],
    ["delivered", pulse.orders.delivered], ["cancelled", pulse.orders.cancelled], ["shipments at risk of being late", pulse.late_risk]];
  $("stages").replaceChildren(...tiles.map(([name, n]) => {
    const tile = html("div", "tile");
    tile.append(html("b", "", count(n)), html("span", "dim", name));
    return tile;
  }));
  drawLate(pulse);
  drawCurve(pulse.curve);
  $("warehouses").replaceChildren(...pulse.warehouses.map(drawWarehouse));
  $("services").tBodies[0].replaceChildren(...pulse.services.map(waiting => row(service(waiting.id), waiting.carrier, number(count(waiting.docked_parcels)))));
  drawPlan(pulse.last_run);
  drawMap(pulse);
}

function drawLate(pulse) {
  const items = pulse.late.map(late => {
    const item = html("li");
    const by = Math.round((new Date(late.delivers_by) - new Date(late.promised_by)) / 60000);
    item.append(link("/orders/" + encodeURIComponent(late.order), late.reference || late.order),
      ` promised by ${time(late.promised_by)}, ` + (by > 0 ? `${span(by)} late by schedule` : "not delivered yet"));
    return item;
  });
  $("late").replaceChildren(...(items.length ? items : [html("li", "dim", "None.")]));
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
    const label = html("span", "", `${moment(wave.cut_off_at)} · ${Math.round(100 * share)} %`);
    label.append(html("small", "", ` · ${count(wave.used)} of ${count(wave.capacity)} units of work`));
    bar.append(fill, label);
    bars.append(bar);
  }
  row.append(html("div", "", `${warehouse.id} · ${warehouse.name}`), bars);
  return row;
}

function drawCurve(points) {
  const chart = $("curve");
  chart.replaceChildren();
  const wide = Math.max(300, chart.clientWidth);
  chart.setAttribute("viewBox", `0 0 ${wide} 220`);
  if (points.length < 2) return chart.append(svg("text", { x: 10, y: 30 }, "a point is drawn every five minutes; the curve begins with the second"));
  const times = points.map(p => +new Date(p.at));
  const [t0, t1] = [times[0], times[times.length - 1]];
  const top = Math.max(10, ...points.map(p => Math.max(p.accepted, p.backlog, p.shipped)));
  const x = t => 46 + (wide - 60) * (t - t0) / Math.max(1, t1 - t0);
  const y = n => 196 - 180 * n / top;
  for (const share of [0, 0.5, 1]) {
    chart.append(svg("line", { x1: 46, x2: wide - 14, y1: y(top * share), y2: y(top * share), stroke: "#d8dee8" }));
    chart.append(svg("text", { x: 40, y: y(top * share) + 4, "text-anchor": "end" }, count(Math.round(top * share))));
  }
  for (const share of [0, 0.5, 1]) {
    chart.append(svg("text", { x: x(t0 + share * (t1 - t0)), y: 214, "text-anchor": share === 0 ? "start" : share === 1 ? "end" : "middle" }, moment(t0 + share * (t1 - t0))));
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
  for (const [name, value] of [["run", run.id], ["at", time(run.at)], ["orders looked at", count(run.orders) + (run.whole ? ", all that were open" : ", those that came or fell behind")], ["cost before", money(run.cost_before_cents)],
    ["cost after", money(run.cost_cents)], ["proven lower bound", money(run.lower_bound_cents)], ["gap", run.gap_percent.toFixed(2) + " % at most above the best plan"], ["orders moved", count(run.moved)]]) {
    list.append(html("dt", "", name), html("dd", "", value));
  }
}

async function drawMap(pulse) {
  const shapes = await drawnStates();
  const map = $("map");
  const near = pulse.lanes.filter(lane => lane.to_lat > 24 && lane.to_lat < 50 && lane.to_lon > -125.5 && lane.to_lon < -66);
  const most = Math.max(1, ...near.map(lane => lane.parcels));
  const lanes = near.map(lane => {
    const [x1, y1] = project(lane.from_lon, lane.from_lat), [x2, y2] = project(lane.to_lon, lane.to_lat);
    const line = svg("path", { d: bow(x1, y1, x2, y2), fill: "none",
      stroke: names.levels.get(lane.service) === "half_day" ? "#059669" : "#2563eb", "stroke-opacity": 0.35, "stroke-width": 0.6 + 4 * lane.parcels / most });
    line.append(svg("title", {}, `${service(lane.service)}: ${counted(lane.parcels, "parcel", "parcels")}`));
    return line;
  });
  // Letters keep their size on a narrow screen, where the map shrinks; a label goes left where the right side is taken.
  const scale = Math.max(1, 800 / Math.max(1, map.clientWidth)), at = pulse.warehouses.map(warehouse => project(warehouse.lon, warehouse.lat));
  const sites = pulse.warehouses.flatMap((warehouse, n) => {
    const [x, y] = at[n];
    const taken = at.some(([u, v], m) => m !== n && u >= x && u - x < 45 * scale && Math.abs(v - y) < 14 * scale);
    const name = svg("text", { x: x + (taken ? -7 : 7) * Math.sqrt(scale), y: y + 4 * scale, "text-anchor": taken ? "end" : "start", style: `font-size:${11 * scale}px` }, warehouse.id);
    const dot = svg("circle", { cx: x, cy: y, r: 4.5, fill: "#1c2430" });
    dot.append(svg("title", {}, warehouse.name));
    return [dot, name];
  });
  $("map-note").textContent = pulse.lanes.length ? "" : "No parcel has been handed to a carrier yet.";
  map.replaceChildren(...shapes, ...lanes, ...sites);
}

tick();
