/** Several free values: one input per value, with rows to add and remove; a pasted column becomes rows. */

import { h, sentence, setAttribute, setValue } from "./dom";
import { type Control, inputAttributes, type Report } from "./inputs";
import type { FieldState, Labels } from "./types";

interface Row {
  element: HTMLElement;
  input: HTMLInputElement;
  remove: HTMLButtonElement;
}

export function rowsControl(field: FieldState, report: Report, labels: Labels): Control {
  const rows: Row[] = [];
  let enabled = true;
  const list = h("div", { class: "openhexa-rows" });
  const values = () => rows.map(({ input }) => input.value);
  const changed = () => report(values());

  const renumber = () =>
    rows.forEach(({ input, remove }, at) => {
      setAttribute(input, "aria-label", sentence(labels, "form.value", { label: field.label, n: at + 1 }));
      setAttribute(remove, "aria-label", sentence(labels, "form.remove", { n: at + 1 }));
      input.disabled = remove.disabled = !enabled;
    });

  const insert = (at: number, value: string): Row => {
    const input = h("input", { class: "openhexa-input", ...inputAttributes(field.kind), oninput: changed });
    input.value = value;
    const remove = h("button", { type: "button", class: "openhexa-button openhexa-icon" }, "×");
    const row = { element: h("div", { class: "openhexa-row" }, input, remove), input, remove };
    input.addEventListener("keydown", (event) => onKey(event, row));
    input.addEventListener("paste", (event) => onPaste(event, row));
    remove.addEventListener("click", () => {
      const index = rows.indexOf(row);
      drop(index);
      (rows[Math.min(index, rows.length - 1)]?.input ?? add).focus();
      changed();
    });
    list.insertBefore(row.element, rows[at]?.element ?? null);
    rows.splice(at, 0, row);
    renumber();
    return row;
  };

  const drop = (at: number) => {
    rows.splice(at, 1)[0]?.element.remove();
    renumber();
  };

  const onKey = (event: KeyboardEvent, row: Row) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    insert(rows.indexOf(row) + 1, "").input.focus();
    changed();
  };

  const onPaste = (event: ClipboardEvent, row: Row) => {
    const lines = (event.clipboardData?.getData("text") ?? "").split(/\r?\n/).map((line) => line.trim());
    const pasted = lines.filter((line) => line !== "");
    if (pasted.length < 2) return;
    event.preventDefault();
    const at = rows.indexOf(row);
    if (row.input.value === "") drop(at);
    const first = row.input.value === "" ? at : at + 1;
    pasted.forEach((line, index) => insert(first + index, line));
    rows[first + pasted.length - 1]?.input.focus();
    changed();
  };

  const add = h("button", { type: "button", class: "openhexa-button openhexa-small" }, `+ ${sentence(labels, "form.add")}`);
  add.addEventListener("click", () => {
    insert(rows.length, "").input.focus();
    changed();
  });
  const group = h("div", { class: "openhexa-group", role: "group" }, list, add);
  return {
    element: group,
    target: group,
    group: true,
    adapt: (state) => {
      enabled = state.enabled;
      add.disabled = !enabled;
      renumber();
    },
    show: (state) => {
      const typed = Array.isArray(state.typed) ? state.typed : [];
      while (rows.length > typed.length) drop(rows.length - 1);
      typed.forEach((value, at) => {
        const row = rows[at];
        if (row) setValue(row.input, value);
        else insert(at, value);
      });
    },
  };
}
