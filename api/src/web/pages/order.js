// The order page: reads an order, its shipments and why it is as it is, and lays them out. No library, no network beyond this server.
"use strict";
const some = cents => cents === 0 ? "" : money(cents);
const parcels = n => counted(n, "parcel", "parcels");
const id = decodeURIComponent(location.pathname.split("/").pop());

const door = keyed("page", open);

function trouble(error) {
  $("waiting").hidden = true;
  const texts = {
    404: `There is no order “${id}” that this key may see. A shop's key sees its own orders only; check the id, or use another key. The operations page finds orders by the shop's number too.`,
    422: `“${id}” is no order's id: those begin with “o-”. The operations page finds orders by the shop's number too.`,
    429: "Too many questions at once. Wait a little and load the page again.",
    503: "The service is busy or starting. Load the page again in a moment.",
  };
  const request = error.request ? ` (request ${error.request})` : "";
  $("trouble").textContent = (texts[error.status] || (error.status ? error.message : "The service does not answer: " + error.message)) + request;
  $("trouble").hidden = false;
}

async function open() {
  $("name").textContent = id;
  document.title = `Tidewater · order ${id}`;
  $("trouble").hidden = true;
  if (!key()) return door.ask("");
  door.admit();
  $("waiting").hidden = false;
  try {
    const path = "/v1/orders/" + encodeURIComponent(id);
    const [order, why] = await Promise.all([get(path), get(path + "/why"), readNames()]);
    const shipments = await Promise.all(order.shipments.map(shipment => get("/v1/shipments/" + encodeURIComponent(shipment))));
    $("waiting").hidden = true;
    $("page").hidden = false;
    drawOrder(order);
    drawTimeline(order, why, shipments);
    drawWhy(why);
    drawBlocking(why.blocking);
    drawChanges(why);
    drawCandidates(why);
  } catch (error) {
    if (!door.refused(error)) trouble(error);
  }
}

function pairs(list, rows) {
  list.replaceChildren(...rows.filter(([, value]) => value).flatMap(([name, value]) => [html("dt", "", name), html("dd", "", value)]));
}

function drawOrder(order) {
  const home = order.destination.po_box ? "a post-office box" : order.destination.residential ? "a home" : "a business";
  const terms = [order.terms.insured && "insured", order.terms.cash_on_delivery && "cash on delivery"].filter(Boolean).join(", ");
  pairs($("order"), [
    ["stage", order.stage], ["merchant", order.merchant], ["the shop's number", order.reference], ["sold through", order.channel], ["goods", goods(order.lines)],
    ["will not be sent", goods(order.dropped)], ["to", `${order.destination.postal_code}, ${home}`], ["terms", terms], ["level asked for", words(order.level)],
    ["placed", time(order.placed_at)], ["promised by", time(order.promised_by)], ["shipping quoted at", money(order.price_cents)],
  ]);
}

function drawTimeline(order, why, shipments) {
  $("clock").textContent = `Times are yours (${zone}).`;
  const events = [{ at: order.placed_at, text: "placed", done: true }];
  const now = +new Date(why.as_of);
  const plan = (planned, what) => [
    { at: planned.ships_by, text: `${what} leaves ${place(planned.warehouse)} by ${service(planned.service)} (wave ${planned.wave})` },
    { at: planned.delivers_by, text: `${what} at the door, by schedule` },
  ];
  order.plan.forEach((planned, n) => events.push(...plan(planned, order.plan.length > 1 ? `part ${n + 1}: ${goods(planned.lines)}` : goods(planned.lines))));
  for (const shipment of shipments) {
    const what = goods(shipment.lines) || "nothing of it";
    if (shipment.stage === "void") { events.push({ at: shipment.ships_by, text: `${shipment.id}: nothing of it could be picked`, late: true }); continue; }
    if (shipment.packed_at) events.push({ at: shipment.packed_at, text: `${what} packed at ${place(shipment.warehouse)}`, done: true });
    else events.push({ at: shipment.ships_by, text: `${what} on the floor of ${place(shipment.warehouse)} (wave ${shipment.wave}), to leave by ${service(shipment.service)}` });
    if (shipment.dispatched_at) events.push({ at: shipment.dispatched_at, text: `${what} handed to ${service(shipment.service)}`, done: true });
    else if (shipment.packed_at) events.push({ at: shipment.ships_by, text: `${what} leaves by ${service(shipment.service)}` });
    if (shipment.delivered_at) events.push({ at: shipment.delivered_at, text: `${what} delivered`, done: true, late: shipment.delivered_at > shipment.promised_by });
    else events.push({ at: shipment.delivers_by, text: `${what} at the door, by schedule` });
  }
  if (order.stage !== "cancelled") events.push({ at: order.promised_by, text: "promised by", promise: true });
  for (const event of events) event.late = event.late || !event.promise && event.text.includes("at the door") && new Date(event.at) > new Date(order.promised_by);
  events.sort((a, b) => new Date(a.at) - new Date(b.at));
  $("timeline").replaceChildren(...events.map(event => {
    const row = html("li", event.promise ? "promise" : event.done || +new Date(event.at) <= now ? "done" : "");
    row.append(html("time", "", time(event.at)), html("span", event.late ? "bad" : "", event.text + (event.late && !event.text.includes("nothing") ? ", late" : "")));
    return row;
  }));
  if (order.stage === "cancelled") $("timeline").append(html("li", "bad", "withdrawn"));
}

function drawWhy(why) {
  $("as-of").textContent = why.standing === "closed"
    ? `This order is past planning (${why.stage}). What follows is what tariffs and timetables said when it was placed; the stock, room and prices of that moment are not kept.`
    : `As of ${time(why.as_of)}, the order's own stock and room counted as free for it; ${why.resolves} quotes were made to find out.`;
  $("as-of").textContent += ` In sentences the clock is that of the dock or the door, elsewhere yours (${zone}).`;
  $("answers").replaceChildren(...why.answers.filter(answer => answer.question !== "change").flatMap(answer => {
    const text = html("dd", "", answer.text);
    if (answer.candidate !== null) {
      const link = html("a", "see", "see it below");
      link.href = "#candidate-" + answer.candidate;
      link.addEventListener("click", () => { const row = $("candidate-" + answer.candidate); if (row) show(row); });
      text.append(" ", link);
    }
    return [html("dt", "", answer.asked), text];
  }));
}

function drawBlocking(blocking) {
  $("blocking-part").hidden = !blocking;
  if (!blocking) return;
  const of = lifted => lifted.map(lift => lift.text).join(" and ") || "nothing";
  $("blocking").replaceChildren(...blocking.constraints.map(lift => html("li", "", lift.text)));
  if (blocking.constraints.length === 0) $("blocking").append(html("li", "", "Nothing that could be lifted would help."));
  if (!blocking.proven) $("blocking").append(html("li", "bad", "Whether each of these is needed was not settled."));
  const line = (resolve, n) => html("li", "", `${n === 0 ? "with" : "with only"} ${of(resolve.lifted)}: ${resolve.outcome.text}`);
  $("proof").replaceChildren(...blocking.proof.map(line));
  $("others-part").hidden = blocking.alternatives.length === 0;
  $("others").replaceChildren(...blocking.alternatives.map(resolve => html("li", "", `with ${of(resolve.lifted)}: ${resolve.outcome.text}`)));
}

function drawChanges(why) {
  const rows = why.changes.map(change => html("li", change.lever === "replan" ? "good" : "", change.text));
  const last = why.answers.find(answer => answer.question === "change");
  $("changes").replaceChildren(...(rows.length ? rows : [html("li", "dim", last ? last.text : "Nothing.")]));
}

const columns = 12;
function drawCandidates(why) {
  const body = $("candidates").tBodies[0];
  body.replaceChildren(...why.candidates.flatMap((candidate, n) => candidateRows(candidate, n)));
  $("left-out").textContent = why.left_out ? `${why.left_out} more, ranked lower, are not shown: GET /v1/orders/${id}/why?candidates=2000 tells them.` : "";
}

function ruled(offer) {
  return offer.rules.reduce((total, levy) => total + levy.cents, 0);
}

// The first few of what stands in a candidate's way; the others behind a fold, so that rows stay low.
const BLOCKS = 2;
function blocks(blocked) {
  const texts = blocked.map((one, n) => html("div", n ? "dim" : "", one.text));
  if (texts.length <= BLOCKS + 1) return texts;
  const more = html("details");
  more.append(html("summary", "dim", `${texts.length - BLOCKS} more`), ...texts.slice(BLOCKS));
  return [...texts.slice(0, BLOCKS), more];
}

function candidateRows(candidate, n) {
  const row = html("tr", candidate.chosen ? "chosen" : "");
  row.id = "candidate-" + n;
  const names = candidate.warehouses.map((warehouse, part) => `${place(warehouse)} by ${service(candidate.services[part])}`).join(" + ");
  const first = html("td");
  const verdict = html("td", candidate.chosen ? "good" : "");
  if (candidate.chosen) verdict.append("taken");
  else verdict.append(...blocks(candidate.blocked));
  row.append(first, verdict);
  const offer = candidate.offer;
  if (offer) {
    const sum = of => offer.shipments.reduce((total, shipment) => total + of(shipment), 0);
    const leaves = offer.shipments.map(shipment => time(shipment.ships_by)).join("; ");
    const cells = [money(offer.total_cents), some(sum(s => s.carrier_cents)), some(sum(s => s.hands_cents)), some(sum(s => s.cartons_cents)),
      some(offer.lateness_cents), some(offer.split_cents), some(offer.expected_return_cents), some(offer.steering_cents + ruled(offer))];
    row.append(...cells.map(text => html("td", "n", text)), html("td", "", leaves), html("td", "", time(offer.delivers_by)));
    const button = html("button", "more", names);
    button.type = "button";
    button.setAttribute("aria-expanded", "false");
    button.addEventListener("click", () => row.nextSibling.hidden ? show(row) : hide(row));
    first.append(button, html("div", "dim", offer.shipments.map(shipment => shipment.wave).join(" + ")));
  } else {
    first.append(html("span", "", names));
    const none = html("td", "dim", "not offered");
    none.colSpan = columns - 2;
    row.append(none);
  }
  return offer ? [row, details(offer)] : [row];
}

function details(offer) {
  const row = html("tr", "details");
  row.hidden = true;
  const cell = html("td");
  cell.colSpan = columns;
  for (const shipment of offer.shipments) {
    cell.append(html("h3", "", `${place(shipment.warehouse)} by ${service(shipment.service)}, wave ${shipment.wave}: ${goods(shipment.lines)}, ${parcels(shipment.parcels)}`));
    const bill = html("table", "bill");
    const lines = shipment.charges.map(charge => [charge.label, charge.amount_cents, `${charge.rule} of ${charge.tariff}: ${charge.inputs}`]);
    lines.push(["Hands", shipment.hands_cents, ""], ["Cartons", shipment.cartons_cents, ""],
      ["Returns", shipment.expected_return_cents, "expected; steers, is not charged"]);
    lines.push(...shipment.prices.map(price => [`Shadow price: ${price.of}`, price.total_cents, `${price.units} × ${money(price.each_cents)}; steers, is not charged`]));
    for (const [label, cents, inputs] of lines) {
      const line = html("tr");
      line.append(html("td", "", label), html("td", "n", money(cents)), html("td", "dim", inputs));
      bill.append(line);
    }
    const chain = html("ol", "chain");
    chain.append(...shipment.chain.map(step => html("li", "", step.note)));
    cell.append(bill, chain);
  }
  cell.append(...offer.rules.map(levy => html("p", "", `Sourcing rule ${levy.rule} (${levy.kind}): ${money(levy.cents)}; steers, is not charged`)));
  row.append(cell);
  return row;
}

function show(row) {
  if (!row.nextSibling || !row.nextSibling.classList.contains("details")) return;
  row.nextSibling.hidden = false;
  row.querySelector("button").setAttribute("aria-expanded", "true");
}
function hide(row) {
  row.nextSibling.hidden = true;
  row.querySelector("button").setAttribute("aria-expanded", "false");
}

open();
