/** A result: records as a table, everything else as a small tree. Long ones say how much is left out. */

import { h, link, sentence } from "./dom";
import type { Labels } from "./types";

const ROWS = 20;
const COLUMNS = 12;
const ENTRIES = 50;
const DEPTH = 6;
const INLINE = 20;
const TEXT = 2000;

type Plain = Record<string, unknown>;

function isPlain(value: unknown): value is Plain {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isScalar(value: unknown): boolean {
  return typeof value !== "object" || value === null;
}

/** A list of flat records, as a pipeline that reports a table sends it. */
function isTable(value: unknown): value is Plain[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.slice(0, ROWS).every((row) => isPlain(row) && Object.values(row).every(isScalar))
  );
}

function scalar(value: unknown): HTMLElement {
  if (typeof value === "string" && /^https?:\/\/\S+$/.test(value)) return link(value, value);
  const text = typeof value === "string" ? value : String(value);
  const cut = text.length > TEXT ? `${text.slice(0, TEXT)}…` : text;
  return h("span", { class: `openhexa-value openhexa-value-${value === null ? "null" : typeof value}` }, cut);
}

function more(count: number, labels: Labels): HTMLElement | null {
  return count > 0 ? h("div", { class: "openhexa-hint" }, sentence(labels, "result.more", { n: count })) : null;
}

function table(rows: Plain[], labels: Labels): HTMLElement {
  const shown = rows.slice(0, ROWS);
  const columns = [...new Set(shown.flatMap((row) => Object.keys(row)))].slice(0, COLUMNS);
  const head = h("tr", {}, ...columns.map((name) => h("th", { scope: "col" }, name)));
  const body = shown.map((row) =>
    h(
      "tr",
      {},
      ...columns.map((name) =>
        h("td", { class: typeof row[name] === "number" ? "openhexa-number" : null }, name in row ? scalar(row[name]) : null),
      ),
    ),
  );
  return h(
    "div",
    {},
    h(
      "div",
      { class: "openhexa-scroll", tabindex: "0", role: "region", "aria-label": labels["task.result"] },
      h("table", { class: "openhexa-table" }, h("thead", {}, head), h("tbody", {}, ...body)),
    ),
    more(rows.length - shown.length, labels),
  );
}

function tree(value: unknown, depth: number, labels: Labels): HTMLElement {
  if (isScalar(value)) return scalar(value);
  if (isTable(value)) return table(value, labels);
  if (depth >= DEPTH) return h("code", { class: "openhexa-value" }, JSON.stringify(value).slice(0, TEXT));
  if (Array.isArray(value) && value.length > 0 && value.length <= INLINE && value.every((item) => isScalar(item) && String(item).length < 60)) {
    return h("span", { class: "openhexa-value" }, value.map(String).join(", "));
  }
  const entries: [string, unknown][] = Array.isArray(value)
    ? value.slice(0, ENTRIES).map((item, at) => [String(at), item])
    : Object.entries(value as Plain).slice(0, ENTRIES);
  const size = Array.isArray(value) ? value.length : Object.keys(value as Plain).length;
  if (size === 0) return h("code", { class: "openhexa-value" }, Array.isArray(value) ? "[]" : "{}");
  const rows = entries.flatMap(([key, item]) => [h("dt", {}, key), h("dd", {}, tree(item, depth + 1, labels))]);
  return h("div", {}, h("dl", { class: "openhexa-tree" }, ...rows), more(size - entries.length, labels));
}

export function drawResult(value: unknown, labels: Labels): HTMLElement {
  return tree(value, 0, labels);
}
