// The playground of quotes: asks for a cart, draws where its options come from and when they arrive, and tells every charge and every link of the chain.
"use strict";
const STOCK_SHOWN = 1000, COLOURS = ["#2563eb", "#059669", "#d97706", "#7c3aed", "#0891b2", "#be185d", "#4d7c0f", "#9a3412"];
let sites = [];

const door = keyed("page", open);

async function open() {
  if (!key()) return door.ask("");
  try {
    const [warehouses, stock] = await Promise.all([get("/v1/warehouses"), get(`/v1/stock?limit=${STOCK_SHOWN}`), readNames()]);
    door.admit();
    $("page").hidden = false;
    $("trouble").hidden = true;
    sites = warehouses;
    fill("merchants", stock.items.map(item => item.merchant));
    fill("skus", stock.items.filter(item => item.available > 0).map(item => item.sku));
    if (!$("lines").querySelector("input")) addLine(stock.items.find(item => item.available > 0));
    drawMap([], undefined);
  } catch (error) {
    if (door.refused(error)) return;
    $("trouble").textContent = "No answer: " + error.message;
    $("trouble").hidden = false;
  }
}

function fill(list, values) {
  $(list).replaceChildren(...[...new Set(values)].slice(0, 500).map(value => {
    const option = html("option");
    option.value = value;
    return option;
  }));
}

function addLine(item) {
  const line = html("div", "line");
  const [sku, quantity, gone] = [html("input"), html("input"), html("button", "plain", "remove")];
  Object.assign(sku, { placeholder: "SKU", required: true, autocomplete: "off", value: item ? item.sku : "" });
  sku.setAttribute("list", "skus");
  sku.setAttribute("aria-label", "article");
  Object.assign(quantity, { type: "number", min: 1, step: 1, value: 1, required: true });
  quantity.setAttribute("aria-label", "units");
  gone.type = "button";
  gone.addEventListener("click", () => line.remove());
  line.append(quantity, " × ", sku, " ", gone);
  $("lines").append(line);
  if (item && !$("merchant").value) $("merchant").value = item.merchant;
}
$("more").addEventListener("click", () => addLine());

$("ask").addEventListener("submit", async event => {
  event.preventDefault();
  const lines = [...$("lines").querySelectorAll(".line")].map(line => {
    const [quantity, sku] = line.querySelectorAll("input");
    return { sku: sku.value.trim(), quantity: Number(quantity.value) };
  });
  const wish = {
    destination: { postal_code: $("postal").value.trim(), residential: $("residential").checked, po_box: $("po-box").checked },
    terms: { insured: $("insured").checked, cash_on_delivery: $("cash").checked }, lines,
  };
  if ($("merchant").value.trim()) wish.merchant = $("merchant").value.trim();
  if ($("channel").value.trim()) wish.channel = $("channel").value.trim();
  if ($("by").value) wish.deliver_by = new Date($("by").value).toISOString().replace(/\.\d+Z$/, "Z");
  if ($("chance").value) wish.confidence_percent = Number($("chance").value);
  event.submitter.disabled = true;
  say("Asking …", "dim");
  try {
    const began = performance.now();
    const quote = await post("/v1/quotes", wish);
    const took = Math.max(1, Math.round(performance.now() - began));
    const buyer = await get("/v1/postal-codes/" + encodeURIComponent(wish.destination.postal_code));
    draw(quote, buyer);
    say(quote.options.length ? `${counted(quote.options.length, "option", "options")} in ${took} ms, to ${buyer.city}, ${buyer.state}. Signed quotes keep price and date until ${time(quote.options[0].valid_until)}.`
      : "Nothing can be offered.", quote.options.length ? "dim" : "bad");
  } catch (error) {
    if (door.refused(error)) return;
    const faults = (error.problem && error.problem.errors || []).map(fault => `${fault.pointer || fault.field} “${fault.value}” ${fault.rule}`);
    say(faults.length ? faults.join("; ") : error.message, "bad");
  }
  event.submitter.disabled = false;
});

function say(text, className) {
  $("said").className = className;
  $("said").textContent = text;
}

function draw(quote, buyer) {
  $("options-part").hidden = quote.options.length === 0;
  drawMap(quote.options, buyer);
  drawArrivals(quote.options);
  $("options").replaceChildren(...quote.options.map(drawOption));
  const short = quote.shortages.map(line => row(line.sku, `${counted(line.wanted, "unit", "units")} wanted, ${count(line.available)} in the whole network`));
  const late = (quote.too_late || []).map(option => row(`${words(option.level)}: ${option.services.map(service).join(" + ")}`,
    `${money(option.price_cents)}, promised ${time(option.delivers_by)}; ${option.by_date_percent} % to arrive by the date asked for`));
  const ruled = quote.ruled_out.map(rule => row(`rule ${rule.rule}`, rule.text));
  const missing = quote.missing.map(missed => row(service(missed.service), missed.reason));
  const rows = [...short, ...late, ...ruled, ...missing];
  $("missing").tBodies[0].replaceChildren(...rows);
  $("missing-part").hidden = rows.length === 0;
}

async function drawMap(options, buyer) {
  const shapes = await drawnStates();
  const map = $("map"), used = new Map();
  options.forEach((option, n) => option.shipments.forEach(shipment => { if (!used.has(shipment.warehouse)) used.set(shipment.warehouse, n); }));
  const scale = Math.max(1, 800 / Math.max(1, map.clientWidth)), to = buyer && project(buyer.lon, buyer.lat);
  const ways = to ? options.flatMap((option, n) => option.shipments.map(shipment => {
    const site = sites.find(site => site.id === shipment.warehouse);
    const way = svg("path", { d: bow(...project(site.lon, site.lat), ...to), fill: "none", stroke: COLOURS[n % COLOURS.length], "stroke-width": 2.5, "stroke-opacity": 0.6 });
    way.append(svg("title", {}, `${service(shipment.service)} from ${place(shipment.warehouse)}`));
    return way;
  })) : [];
  const dots = sites.flatMap(site => {
    const [x, y] = project(site.lon, site.lat), on = used.has(site.id);
    const dot = svg("circle", { cx: x, cy: y, r: on ? 5 : 3, fill: on ? "#1c2430" : "#98a2b3" });
    dot.append(svg("title", {}, place(site.id)));
    return on ? [dot, svg("text", { x: x + 7, y: y + 4, style: `font-size:${11 * scale}px` }, site.id)] : [dot];
  });
  const home = to ? [svg("path", { d: `M${to[0]} ${to[1] - 8}l7 6v8h-14v-8z`, fill: "#dc2626" })] : [];
  map.replaceChildren(...shapes, ...ways, ...dots, ...home);
  $("map-note").textContent = to ? `${buyer.city}, ${buyer.state} ${buyer.postal_code}; its clock is ${buyer.time_zone}.` : "Ask for a quote to see the ways.";
}

function drawArrivals(options) {
  const chart = $("arrivals"), wide = 900, left = 150, high = 26 * options.length + 26;
  chart.setAttribute("viewBox", `0 0 ${wide} ${high}`);
  if (!options.length) return chart.replaceChildren();
  const at = text => +new Date(text);
  const first = Math.min(...options.map(option => at(option.arrives.p50))), last = Math.max(...options.flatMap(option => [at(option.arrives.p95), at(option.delivers_by)]));
  const x = moment => left + (wide - left - 20) * (moment - first) / Math.max(1, last - first);
  const parts = [];
  for (let day = new Date(first).setHours(24, 0, 0, 0); day <= last; day += 86400000) {
    parts.push(svg("line", { x1: x(day), x2: x(day), y1: 0, y2: high - 20, stroke: "#d8dee8" }),
      svg("text", { x: x(day) + 3, y: high - 6 }, new Date(day).toLocaleDateString([], { weekday: "short", day: "numeric", month: "short" })));
  }
  options.forEach((option, n) => {
    const y = 13 + 26 * n, colour = COLOURS[n % COLOURS.length], [p50, p90, p95] = [option.arrives.p50, option.arrives.p90, option.arrives.p95].map(text => x(at(text)));
    const bar = svg("rect", { x: p50, y: y - 6, width: Math.max(2, p95 - p50), height: 12, rx: 3, fill: colour, "fill-opacity": 0.35 });
    bar.append(svg("title", {}, `half by ${time(option.arrives.p50)}, nine of ten by ${time(option.arrives.p90)}, nineteen of twenty by ${time(option.arrives.p95)}`));
    const due = x(at(option.delivers_by));
    parts.push(svg("text", { x: left - 10, y: y + 4, "text-anchor": "end" }, `${money(option.price_cents)} ${words(option.level)}`), bar,
      svg("line", { x1: p90, x2: p90, y1: y - 6, y2: y + 6, stroke: colour, "stroke-width": 2 }), svg("path", { d: `M${due} ${y - 6}l5 6l-5 6l-5 -6z`, fill: colour }));
  });
  chart.replaceChildren(...parts);
}

function drawOption(option, n) {
  const part = html("details");
  part.open = n === 0;
  const head = html("summary");
  const mark = html("i", "mark");
  mark.style.background = COLOURS[n % COLOURS.length];
  head.append(mark, html("b", "", ` ${money(option.price_cents)} `), `${words(option.level)}, arrives by ${time(option.delivers_by)} (${option.confidence_percent.toFixed(1)} %)`
    + (option.by_date_percent === undefined ? "" : `, ${option.by_date_percent} % by the date asked for`));
  part.append(head);
  const facts = html("dl");
  for (const [name, value] of [["costs", money(option.cost_cents)], ...option.price_lines.map(line => [line.label, money(line.amount_cents)]),
    ["scarcity steers by", option.steering_cents && money(option.steering_cents)], ["rules steer by", option.rules_cents && money(option.rules_cents)],
    ["returns are expected to cost", option.expected_return_cents && money(option.expected_return_cents)],
    ["half have arrived by", time(option.arrives.p50)], ["nine of ten", time(option.arrives.p90)], ["nineteen of twenty", time(option.arrives.p95)], ["price and date kept until", time(option.valid_until)]]) {
    if (value) facts.append(html("dt", "", name), html("dd", "", value));
  }
  part.append(facts, ...option.shipments.map(drawShipment));
  return part;
}

function drawShipment(shipment) {
  const part = html("div", "shipment");
  part.append(html("h3", "", `${service(shipment.service)} from ${place(shipment.warehouse)}: ${goods(shipment.lines)}`));
  const chain = html("ol", "chain");
  chain.append(...shipment.chain.map(step => {
    const item = html("li", "", step.note + " ");
    item.append(html("span", "dim", words(step.step)));
    return item;
  }));
  const bill = html("table", "bill");
  bill.append(...shipment.charges.map(charge => row(charge.label, number(money(charge.amount_cents)), html("td", "dim", `${charge.rule} of ${charge.tariff}: ${charge.inputs}`))),
    row("hands and cartons", number(money(shipment.handling_cents)), html("td", "dim", "")), row(html("td", "", "together"), number(money(shipment.carrier_cents + shipment.handling_cents)), ""));
  const boxes = html("p", "dim", shipment.boxes.map(box => `${box.carton || "own packaging"} ${box.length_mm} × ${box.width_mm} × ${box.height_mm} mm, ${(box.weight_g / 1000).toFixed(2)} kg: ${goods(box.contents)}`).join("; "));
  const scroll = html("div", "scroll");
  scroll.append(bill);
  part.append(chain, scroll, boxes);
  return part;
}

open();
