/** The pipelines of a workspace: a table with a search; choosing one opens its form. */

import { h, sentence, setAttribute, setOptionalText, setText, uniqueId, useStyle } from "./dom";
import css from "../openhexa_ui/static/openhexa-ui.css";
import type { Drawing, ListState, Pipeline, Send } from "./types";

const COLUMNS = ["name", "code", "version", "description"] as const;

export function drawList(element: HTMLElement, send: Send): Drawing<ListState> {
  useStyle(css);
  const title = h("h3", { class: "openhexa-title", id: uniqueId("title") });
  const search = h("input", { class: "openhexa-input", type: "search", autocomplete: "off", oninput: () => filter() });
  const count = h("div", { class: "openhexa-hint", "aria-live": "polite" });
  const message = h("div", { class: "openhexa-notice", role: "status" });
  const head = h("tr");
  const body = h("tbody");
  const table = h("table", { class: "openhexa-table openhexa-pipelines", "aria-labelledby": title.id }, h("thead", {}, head), body);
  const card = h(
    "section",
    { class: "openhexa-card openhexa-list", "aria-labelledby": title.id },
    h("header", { class: "openhexa-header openhexa-list-header" }, title, search),
    message,
    h("div", { class: "openhexa-scroll" }, table),
    count,
  );
  element.replaceChildren(card);

  let state: ListState | null = null;
  let drawn = "";
  let rows: { element: HTMLElement; text: string }[] = [];

  const filter = (): void => {
    if (!state) return;
    const wanted = search.value.trim().toLocaleLowerCase();
    for (const row of rows) row.element.hidden = !row.text.includes(wanted);
    const shown = rows.filter((row) => !row.element.hidden).length;
    setText(count, sentence(state.labels, shown === rows.length ? "list.count" : "list.found", { n: shown, all: rows.length }));
  };

  const row = (pipeline: Pipeline): { element: HTMLElement; text: string } => {
    const open = h(
      "button",
      { type: "button", class: "openhexa-button openhexa-plain openhexa-open", onclick: () => send({ type: "open", code: pipeline.code }) },
      pipeline.name,
    );
    const cells = COLUMNS.map((column) =>
      column === "name"
        ? h("th", { scope: "row", class: "openhexa-cell-name" }, open)
        : h("td", { class: `openhexa-cell-${column}` }, column === "code" ? h("code", {}, pipeline.code) : pipeline[column]),
    );
    const text = [pipeline.name, pipeline.code, pipeline.description].join("\n").toLocaleLowerCase();
    return { element: h("tr", {}, ...cells), text };
  };

  return {
    update: (now) => {
      state = now;
      const { labels } = now;
      setText(title, sentence(labels, "list.title"));
      setAttribute(search, "placeholder", sentence(labels, "list.search"));
      setAttribute(search, "aria-label", sentence(labels, "list.search"));
      head.replaceChildren(
        ...COLUMNS.map((column) => h("th", { scope: "col", class: `openhexa-cell-${column}` }, sentence(labels, `list.${column}`))),
      );
      setOptionalText(message, now.message);
      search.hidden = table.hidden = count.hidden = now.pipelines.length === 0;
      const wanted = JSON.stringify(now.pipelines);
      if (wanted !== drawn) {
        drawn = wanted;
        rows = now.pipelines.map(row);
        body.replaceChildren(...rows.map((item) => item.element));
      }
      filter();
    },
    destroy: () => card.remove(),
  };
}
