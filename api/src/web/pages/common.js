// What the pages share: elements, words and figures, the key, and questions to the service. No library, no network beyond this server.
"use strict";
const $ = id => document.getElementById(id);
const html = (name, className, text) => {
  const element = document.createElement(name);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
};
const link = (href, text, className) => {
  const element = html("a", className, text);
  element.href = href;
  return element;
};
const row = (...cells) => {
  const element = html("tr");
  element.append(...cells.map(cell => cell instanceof Node ? cell : html("td", "", cell)));
  return element;
};
const number = (text, className) => html("td", "n" + (className ? " " + className : ""), text);

const time = text => new Date(text).toLocaleString([], { weekday: "short", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hour12: false });
const zone = new Intl.DateTimeFormat([], { timeZoneName: "short" }).formatToParts().find(part => part.type === "timeZoneName").value;
const count = n => Number(n).toLocaleString();
const counted = (n, one, more) => `${count(n)} ${n === 1 ? one : more}`;
const money = cents => (cents < 0 ? "−" : "") + "$" + (Math.abs(cents) / 100).toLocaleString(undefined, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const words = text => text.replaceAll("_", " ");
const goods = lines => lines.map(line => `${line.quantity} × ${line.sku}`).join(", ");
const span = minutes => {
  const [m, sign] = [Math.abs(minutes), minutes < 0 ? "−" : ""];
  if (m < 60) return `${sign}${m} min`;
  return m < 1440 ? `${sign}${Math.floor(m / 60)} h ${m % 60} min` : `${sign}${Math.floor(m / 1440)} d ${Math.floor(m % 1440 / 60)} h`;
};

// A key may come in the address's fragment, which no server sees; it stays in this tab.
const parameters = new URLSearchParams(location.hash.slice(1));
if (parameters.get("key")) {
  sessionStorage.setItem("key", parameters.get("key"));
  history.replaceState(null, "", location.pathname);
}
const key = () => sessionStorage.getItem("key");

async function fetched(path, options = {}) {
  const answer = await fetch(path, { ...options, headers: { authorization: "Bearer " + key(), ...options.headers } });
  if (!answer.ok) {
    const problem = await answer.json().catch(() => ({}));
    throw Object.assign(new Error(problem.detail || problem.title || answer.statusText), { status: answer.status, request: problem.request_id, problem });
  }
  return answer;
}
const get = async path => (await fetched(path)).json();
const post = async (path, body) => (await fetched(path, body === undefined ? { method: "POST" }
  : { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) })).json();

// The form for a key: `main` is what stands behind it, `open` what reads it again.
function keyed(main, open) {
  $("login").addEventListener("submit", event => {
    event.preventDefault();
    sessionStorage.setItem("key", $("key").value.trim());
    open();
  });
  $("forget").addEventListener("click", () => {
    sessionStorage.removeItem("key");
    $("key").value = "";
    ask("");
  });
  const ask = why => {
    for (const id of [main, "waiting", "trouble"]) if ($(id)) $(id).hidden = true;
    $("forget").hidden = true;
    $("login").hidden = false;
    $("login-error").textContent = why;
    $("key").focus();
  };
  // Whether an error is about the key; if so the form asks for another.
  const refused = error => {
    if (error.status !== 401 && error.status !== 403) return false;
    sessionStorage.removeItem("key");
    const advice = { 401: "Check it for missing letters, or have one made by “tidewater keys new”.", 403: "Use a key of another role." };
    ask(`${error.message} ${advice[error.status]}`);
    return true;
  };
  const admit = () => {
    $("login").hidden = true;
    $("forget").hidden = false;
  };
  return { ask, refused, admit };
}

// Names of places and services; until they are read, and for what has none, ids stand for themselves.
const names = { warehouses: new Map(), services: new Map(), levels: new Map() };
let naming;
function readNames() {
  naming ??= Promise.all([get("/v1/warehouses"), get("/v1/carriers")]).then(([warehouses, carriers]) => {
    for (const warehouse of warehouses) names.warehouses.set(warehouse.id, warehouse.name);
    for (const service of carriers.flatMap(carrier => carrier.services)) {
      names.services.set(service.id, service.name);
      names.levels.set(service.id, service.level);
    }
  }).catch(() => { naming = undefined; });
  return naming;
}
const place = id => names.warehouses.has(id) ? `${id} ${names.warehouses.get(id)}` : id;
const service = id => names.services.get(id) || id;

// Files and papers: a link cannot carry the key, so they are fetched, then saved or shown in a tab of their own.
async function save(path, file, options) {
  const anchor = link(URL.createObjectURL(await (await fetched(path, options)).blob()));
  if (file) anchor.download = file;
  else anchor.target = "_blank";
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(anchor.href), 60000);
}
const paper = path => save(path, undefined, { headers: { accept: "text/html" } });
