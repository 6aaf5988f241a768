/** Controls of given choices: a select or a search for one, checkboxes (searchable when many) for several. */

import { h, sentence, setAttribute, setText, setValue, uniqueId } from "./dom";
import type { Control, Report } from "./inputs";
import type { Choice, FieldState, Labels } from "./types";

export const SELECT_UP_TO = 10;
export const CHECKBOXES_UP_TO = 12;

function sameChoices(one: Choice[], other: Choice[]): boolean {
  return (
    one.length === other.length &&
    one.every((choice, at) => choice.key === other[at]?.key && choice.label === other[at]?.label)
  );
}

export function selectControl(_field: FieldState, report: Report, labels: Labels): Control {
  const select = h("select", { class: "openhexa-input openhexa-select", onchange: () => report(select.value) });
  let drawn: Choice[] | null = null;
  const adapt = (state: FieldState) => {
    select.disabled = !state.enabled;
    const choices = state.choices ?? [];
    if (drawn && sameChoices(drawn, choices)) return;
    drawn = choices;
    const nothing = h("option", { value: "" }, sentence(labels, state.required ? "form.choose" : "form.nothing"));
    select.replaceChildren(nothing, ...choices.map(({ key, label }) => h("option", { value: key }, label)));
  };
  return {
    element: select,
    target: select,
    group: false,
    adapt,
    show: (state) => {
      adapt(state);
      const typed = typeof state.typed === "string" ? state.typed : "";
      select.value = typed;
      if (select.selectedIndex < 0) {
        select.append(h("option", { value: typed }, typed));
        select.value = typed;
      }
    },
  };
}

/** Many choices: an input with suggestions. A label is sent as its key; what is no label is sent when one leaves. */
export function searchControl(_field: FieldState, report: Report, labels: Labels): Control {
  const id = uniqueId("choices");
  const list = h("datalist", { id });
  let choices: Choice[] = [];
  const keyOf = (text: string) => choices.find((choice) => choice.label === text)?.key;
  const input = h("input", {
    class: "openhexa-input",
    type: "text",
    list: id,
    autocomplete: "off",
    spellcheck: "false",
    placeholder: labels["form.search"],
    oninput: () => {
      const key = input.value === "" ? "" : keyOf(input.value);
      if (key !== undefined) report(key);
    },
    onchange: () => report(keyOf(input.value) ?? input.value),
  });
  return {
    element: h("div", { class: "openhexa-search" }, input, list),
    target: input,
    group: false,
    adapt: (state) => {
      input.disabled = !state.enabled;
      if (sameChoices(choices, state.choices ?? [])) return;
      choices = state.choices ?? [];
      list.replaceChildren(...choices.map(({ label }) => h("option", { value: label })));
    },
    show: (state) => {
      const typed = typeof state.typed === "string" ? state.typed : "";
      setValue(input, choices.find((choice) => choice.key === typed)?.label ?? typed);
    },
  };
}

/** Several choices: checkboxes; above `CHECKBOXES_UP_TO` they scroll below a search, with what is chosen spelled out. */
export function checkboxesControl(field: FieldState, report: Report, labels: Labels): Control {
  let choices: Choice[] = [];
  let boxes: HTMLInputElement[] = [];
  const many = (field.choices ?? []).length > CHECKBOXES_UP_TO;
  const list = h("div", { class: many ? "openhexa-checks openhexa-checks-many" : "openhexa-checks" });
  const summary = h("div", { class: "openhexa-hint", hidden: !many });
  const filter = h("input", {
    class: "openhexa-input",
    type: "search",
    autocomplete: "off",
    placeholder: labels["form.search"],
    "aria-label": labels["form.search"],
    hidden: !many,
    oninput: () => {
      const wanted = filter.value.trim().toLocaleLowerCase();
      choices.forEach(({ label }, at) => {
        const row = (boxes[at] as HTMLInputElement).parentElement as HTMLElement;
        row.hidden = !label.toLocaleLowerCase().includes(wanted);
      });
    },
  });
  const group = h("div", { class: "openhexa-group", role: "group" }, filter, list, summary);
  const chosen = () => choices.filter((_choice, at) => boxes[at]?.checked);
  const summarise = () => {
    const names = chosen().map(({ label }) => label);
    setText(summary, sentence(labels, "form.chosen", { n: names.length }) + (names.length ? `: ${names.join(", ")}` : ""));
  };
  const changed = () => {
    summarise();
    report(chosen().map(({ key }) => key));
  };
  const build = (wanted: Choice[]) => {
    choices = wanted;
    boxes = wanted.map(() => h("input", { type: "checkbox", onchange: changed }));
    list.replaceChildren(
      ...wanted.map(({ label }, at) =>
        h("label", { class: "openhexa-check" }, boxes[at] as HTMLInputElement, h("span", {}, label)),
      ),
    );
  };
  return {
    element: group,
    target: group,
    group: true,
    adapt: (state) => {
      if (!sameChoices(choices, state.choices ?? [])) build(state.choices ?? []);
      for (const box of boxes) box.disabled = !state.enabled;
      filter.disabled = !state.enabled;
      setAttribute(group, "aria-disabled", state.enabled ? null : "true");
    },
    show: (state) => {
      const typed = Array.isArray(state.typed) ? state.typed : [];
      boxes.forEach((box, at) => {
        box.checked = typed.includes((choices[at] as Choice).key);
      });
      summarise();
    },
  };
}
