// Reads /openapi.json, lists the operations, and sends requests from this page. No library, nothing from elsewhere.
"use strict";

const METHODS = ["get", "post", "put", "patch", "delete"];
let spec = {};

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "text") element.textContent = value;
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

// Text whose parts between backticks are code.
function prose(tag, text) {
  return make(tag, {}, ...text.split("`").map((part, n) => n % 2 ? make("code", { text: part }) : part));
}

function resolve(thing) {
  for (let hops = 0; thing && thing.$ref && hops < 20; hops++) {
    thing = thing.$ref.slice(2).split("/").reduce((at, key) => at?.[key.replace(/~1/g, "/").replace(/~0/g, "~")], spec);
  }
  return thing ?? {};
}

// A value that fits a schema: its example where there is one, or the plainest value of its type.
function example(schema, depth = 0) {
  schema = resolve(schema);
  if (schema.example !== undefined) return schema.example;
  if (schema.examples?.length) return schema.examples[0];
  if (schema.default !== undefined) return schema.default;
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[0];
  if (depth > 8) return null;
  const choice = schema.oneOf ?? schema.anyOf;
  if (choice) return example(choice.find((one) => one.type !== "null") ?? choice[0], depth + 1);
  if (schema.allOf) return Object.assign({}, ...schema.allOf.map((one) => example(one, depth + 1)));
  const type = Array.isArray(schema.type) ? schema.type.find((one) => one !== "null") : schema.type;
  switch (type) {
    case "object": return Object.fromEntries(Object.entries(schema.properties ?? {}).map(([name, one]) => [name, example(one, depth + 1)]));
    case "array": return schema.items ? [example(schema.items, depth + 1)] : [];
    case "integer": case "number": return Math.max(schema.minimum ?? 0, schema.exclusiveMinimum !== undefined ? schema.exclusiveMinimum + 1 : 0);
    case "boolean": return false;
    case "string": return "";
    default: return null;
  }
}

function bodyOf(operation) {
  const content = resolve(operation.requestBody).content;
  if (!content) return null;
  const [type, media] = Object.entries(content)[0];
  const named = media.examples && Object.values(media.examples)[0];
  const value = media.example ?? (named && resolve(named).value) ?? example(media.schema);
  return { type, text: typeof value === "string" ? value : JSON.stringify(value, null, 2) };
}

function parameterField(parameter) {
  const schema = resolve(parameter.schema);
  const value = parameter.example ?? schema.example ?? "";
  const input = make("input", { value: String(value), "data-in": parameter.in, "data-name": parameter.name });
  const name = make("span", {}, make("code", { text: parameter.name }), ` ${parameter.in}${parameter.required ? " *" : ""}`);
  const hint = [parameter.description, schema.type && `(${[].concat(schema.type).join(" or ")})`].filter(Boolean).join(" ");
  return make("label", { class: "field" }, name, input, prose("small", hint));
}

function requestOf(path, method, form) {
  const query = new URLSearchParams();
  const headers = {};
  for (const input of form.querySelectorAll("[data-in]")) {
    const { in: place, name } = input.dataset;
    if (place === "path") path = path.replace(`{${name}}`, encodeURIComponent(input.value));
    else if (input.value === "") continue;
    else if (place === "query") query.append(name, input.value);
    else if (place === "header") headers[name] = input.value;
  }
  const key = document.getElementById("key").value.trim();
  if (key) headers.Authorization = `Bearer ${key}`;
  const body = form.querySelector("textarea");
  if (body) headers["Content-Type"] = body.dataset.type;
  const url = query.size ? `${path}?${query}` : path;
  return [url, { method: method.toUpperCase(), headers, body: body?.value }];
}

async function send(path, method, form, output) {
  output.textContent = "…";
  const began = performance.now();
  try {
    const answer = await fetch(...requestOf(path, method, form));
    output.textContent = `${answer.status} ${answer.statusText}, ${Math.round(performance.now() - began)} ms\n`;
    for (const [name, value] of answer.headers) output.textContent += `${name}: ${value}\n`;
    output.textContent += "\n";
    if (answer.headers.get("content-type")?.startsWith("text/event-stream")) await follow(answer, output);
    else output.textContent += pretty(await answer.text());
  } catch (error) {
    output.textContent += `No answer: ${error.message}`;
  }
}

async function follow(answer, output) {
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) output.textContent += part.value;
}

function pretty(text) {
  try { return JSON.stringify(JSON.parse(text), null, 2); } catch { return text; }
}

function whoMayCall(operation) {
  const roles = (operation.security ?? []).flatMap((one) => Object.values(one).flat());
  return roles.length ? `Keys of: ${roles.join(", ")}` : "Anyone may call this.";
}

function answersOf(operation) {
  const rows = Object.entries(operation.responses ?? {}).map(([status, answer]) =>
    make("tr", {}, make("td", {}, make("code", { text: status })), prose("td", resolve(answer).description ?? "")));
  return make("table", {}, ...rows);
}

function render(path, method, operation, shared) {
  const form = make("form", { class: "inside" });
  if (operation.description) form.append(prose("p", operation.description));
  form.append(make("p", { text: whoMayCall(operation) }));
  for (const parameter of [...shared, ...(operation.parameters ?? [])]) form.append(parameterField(resolve(parameter)));
  const body = bodyOf(operation);
  if (body) {
    const area = make("textarea", { rows: Math.min(24, body.text.split("\n").length + 1), spellcheck: "false", "data-type": body.type });
    area.value = body.text;
    form.append(make("p", { text: `Body, ${body.type}` }), area);
  }
  const output = make("pre", { hidden: "" });
  form.append(make("p", {}, make("button", { text: "Send" })), output, answersOf(operation));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    output.hidden = false;
    send(path, method, form, output);
  });
  const summary = make("summary", {}, make("b", { text: method.toUpperCase() }), make("code", { text: path }), prose("span", operation.summary ?? ""));
  return make("details", { "data-words": `${method} ${path} ${operation.summary ?? ""} ${operation.description ?? ""}`.toLowerCase() }, summary, form);
}

function show() {
  const groups = new Map();
  for (const [path, item] of Object.entries(spec.paths ?? {})) {
    for (const method of METHODS.filter((one) => item[one])) {
      const tag = item[method].tags?.[0] ?? "other";
      if (!groups.has(tag)) groups.set(tag, make("section", {}, make("h2", { text: tag })));
      groups.get(tag).append(render(path, method, item[method], item.parameters ?? []));
    }
  }
  document.getElementById("operations").replaceChildren(...[...groups.keys()].sort().map((tag) => groups.get(tag)));
}

function filter(words) {
  for (const entry of document.querySelectorAll("details")) entry.hidden = !entry.dataset.words.includes(words.toLowerCase());
}

// The key that was given to another page in this tab.
document.getElementById("key").value = sessionStorage.getItem("key") ?? "";
document.getElementById("find").addEventListener("input", (event) => filter(event.target.value));
fetch("/openapi.json").then((answer) => answer.json()).then((found) => { spec = found; show(); })
  .catch((error) => { document.getElementById("operations").textContent = `/openapi.json cannot be read: ${error.message}`; });
