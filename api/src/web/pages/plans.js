// Plans and prices: proposes re-plans, shows what they would change before they are put into force, and the price board.
"use strict";
const RUNS_EVERY_MS = 10000, MOVES_SHOWN = 200;
let timer, reviewed;

const door = keyed("page", open);

async function open() {
  clearTimeout(timer);
  if (!key()) return door.ask("");
  try {
    const [runs, board, pulse] = await Promise.all([get("/v1/plan-runs"), get("/v1/price-board"), get("/v1/pulse"), readNames()]);
    door.admit();
    $("page").hidden = false;
    $("trouble").hidden = true;
    drawRuns(runs);
    drawBoard(board, pulse.now);
    if (reviewed && !runs.some(run => run.id === reviewed && !run.committed)) $("review").hidden = true;
  } catch (error) {
    if (door.refused(error)) return;
    $("trouble").textContent = "No answer: " + error.message;
    $("trouble").hidden = false;
  }
  timer = setTimeout(open, RUNS_EVERY_MS);
}

function drawRuns(runs) {
  const state = run => {
    if (run.committed) return html("td", "good", run.skipped ? `in force, ${count(run.skipped)} left as they had changed` : "in force");
    const cell = html("td");
    const button = html("button", "plain", "proposal: review");
    button.addEventListener("click", () => review(run.id));
    cell.append(button);
    return cell;
  };
  const rows = runs.map(run => row(html("td", "id", run.id), time(run.at), number(count(run.orders) + (run.whole ? " (all open)" : "")), number(count(run.moved)),
    number(money(run.cost_before_cents)), number(money(run.cost_cents)), number(run.gap_percent.toFixed(2) + " %"), state(run)));
  $("runs").tBodies[0].replaceChildren(...(rows.length ? rows : [nothing(8, "No run yet: the planner runs by itself when orders are open, or when you propose.")]));
}

function nothing(columns, text) {
  const cell = html("td", "dim", text);
  cell.colSpan = columns;
  return row(cell);
}

$("propose").addEventListener("submit", async event => {
  event.preventDefault();
  const wish = {};
  if ($("scope").value) wish.scope = $("scope").value;
  if ($("most-moves").value !== "") wish.most_moves = Number($("most-moves").value);
  if ($("move-cost").value !== "") wish.move_cost_cents = Math.round(100 * Number($("move-cost").value));
  await act(event.submitter, "Planning …", async () => {
    const run = await post("/v1/plan-runs", wish);
    await review(run.id);
    return `${run.id} looked at ${counted(run.orders, "order", "orders")} and would move ${count(run.moved)}.`;
  });
});
$("commit").addEventListener("click", event => act(event.target, "Putting it into force …", async () => {
  const run = await post(`/v1/plan-runs/${encodeURIComponent(reviewed)}/commit`);
  return `${run.id} is in force: ${counted(run.moved, "order", "orders")} moved` + (run.skipped ? `, ${count(run.skipped)} left as they had changed meanwhile.` : ".");
}));
$("discard").addEventListener("click", event => act(event.target, "Dropping it …", async () => {
  const run = await post(`/v1/plan-runs/${encodeURIComponent(reviewed)}/discard`);
  return `${run.id} is dropped; nothing changed.`;
}));

async function act(button, meanwhile, work) {
  button.disabled = true;
  $("said").className = "dim";
  $("said").textContent = meanwhile;
  try {
    $("said").textContent = await work();
  } catch (error) {
    $("said").className = "bad";
    $("said").textContent = error.message;
  }
  button.disabled = false;
  open();
}

async function review(id) {
  const path = "/v1/plan-runs/" + encodeURIComponent(id);
  const [run, diff] = await Promise.all([get(path), get(path + "/diff")]);
  reviewed = id;
  $("review").hidden = false;
  $("review-title").textContent = `What ${id} of ${time(run.at)} would change`;
  const tiles = [[count(diff.orders_moved), "orders move"], [money(diff.saved_cents), "saved at carriers, hands and cartons"],
    [money(diff.expected_return_saved_cents), "saved in expected returns"], [span(diff.minutes_earlier), "earlier at the door, all orders together"],
    [count(diff.promises_mended), "promises mended, less those broken"]];
  $("sums").replaceChildren(...tiles.map(([value, name]) => {
    const tile = html("div", "tile");
    tile.append(html("b", "", value), html("span", "dim", name));
    return tile;
  }));
  $("verdict").textContent = diff.orders_moved ? "" : "Nothing to gain: what stands is as good as what was found.";
  $("commit").disabled = diff.orders_moved === 0;
  const ways = plan => {
    const cell = html("td");
    cell.append(...plan.map(part => html("div", "", `${place(part.warehouse)} by ${service(part.service)}, wave ${part.wave}`)));
    return cell;
  };
  const sign = n => n > 0 ? "good" : n < 0 ? "bad" : "";
  const moves = diff.moved.slice().sort((a, b) => saved(b) - saved(a));
  $("moves").tBodies[0].replaceChildren(...moves.slice(0, MOVES_SHOWN).map(move => {
    const order = html("td", "id");
    order.append(link("/orders/" + encodeURIComponent(move.order), move.order));
    return row(order, ways(move.before), ways(move.after), number(money(move.cost_before_cents)), number(money(move.cost_after_cents)), number(money(saved(move)), sign(saved(move))),
      move.delivers_before ? time(move.delivers_before) : "not planned", move.delivers_after ? time(move.delivers_after) : "not planned",
      number(span(move.minutes_earlier), sign(move.minutes_earlier)));
  }));
  $("moves-note").textContent = (moves.length > MOVES_SHOWN ? `The ${MOVES_SHOWN} that save most, of ${count(moves.length)}. ` : "")
    + `Times are yours (${zone}). “Planned now” is as of the run; orders that changed since stay as they are. An order that saves nothing makes room for another, or goes in another wave.`;
}
const saved = move => move.cost_before_cents - move.cost_after_cents;

function drawBoard(board, now) {
  const age = Math.max(0, Math.round((new Date(now) - new Date(board.as_of)) / 60000));
  $("age").textContent = board.as_of === null ? "No price yet: the first plan in force finds them."
    : `Found ${time(board.as_of)} ${zone}, ${span(age)} ago; they count ${board.weight_percent.toFixed(0)} % now (in full for two hours, nothing after six).`;
  const whose = merchant => merchant ? `guaranteed to ${merchant}` : "shared by all";
  const each = (cents, unit) => number(`${money(cents)} a ${unit}`);
  const rows = [
    ...board.work.map(price => [price.cents_per_work, row("work in a wave", price.wave, whose(price.merchant), each(price.cents_per_work, "unit of work"))]),
    ...board.pickups.map(price => [price.cents_per_parcel, row("room at a collection", `${service(price.service)} at ${place(price.warehouse)}, ${time(price.at)}`, whose(price.merchant), each(price.cents_per_parcel, "parcel"))]),
    ...board.allotments.map(price => [price.cents_per_parcel, row("room under an allotment", `${price.allotment}, ${price.day}`, "shared by all", each(price.cents_per_parcel, "parcel"))]),
    ...board.volumes.map(price => [price.cents_per_parcel, row("a carrier's volume of a day",
      `${price.service ? service(price.service) : price.carrier}, ${price.date}: ${count(price.parcels)} parcels so far, the next pays ${money(price.next_parcel_cents)}`, "shared by all", each(price.cents_per_parcel, "parcel"))]),
    ...board.stock.map(price => [price.cents_per_unit, row("stock", `${price.sku} at ${place(price.warehouse)}`, "its merchant", each(price.cents_per_unit, "unit"))]),
  ];
  rows.sort(([a], [b]) => b - a);
  $("prices").tBodies[0].replaceChildren(...(rows.length ? rows.map(([, line]) => line) : [nothing(4, board.as_of === null ? "Nothing is listed yet." : "Nothing is scarce: every capacity is free.")]));
}

open();
