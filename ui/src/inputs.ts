/** Controls of one value typed by hand: text, numbers, secrets, JSON, and the three-state boolean. */

import { h, isFocused, setAttribute, setText, setValue, uniqueId } from "./dom";
import type { FieldState, Labels, Typed } from "./types";

/** One field's control. `target` is what the label and the descriptions are tied to. */
export interface Control {
  readonly element: HTMLElement;
  readonly target: HTMLElement;
  /** A group is named by `aria-labelledby`, a single control by the label's `for`. */
  readonly group: boolean;
  /** Shows what was typed. */
  show(field: FieldState): void;
  /** Everything but what was typed: choices, placeholder, enabled. */
  adapt(field: FieldState): void;
}

export type Report = (typed: Typed) => void;

const MODES: Record<string, string> = { integer: "numeric", decimal: "decimal" };

/** Attributes of an input of the kind: numbers are text with a numeric keyboard, so that nothing typed is lost. */
export function inputAttributes(kind: string): Record<string, string> {
  return {
    type: kind === "secret" ? "password" : "text",
    autocomplete: kind === "secret" ? "new-password" : "off",
    autocapitalize: "off",
    spellcheck: "false",
    ...(MODES[kind] ? { inputmode: MODES[kind] } : {}),
  };
}

/** The default stands below the field already. */
function placeholderOf(field: FieldState): string | null {
  return (!field.default_text && field.placeholder) || null;
}

export function textControl(field: FieldState, report: Report): Control {
  const kind = MODES[field.kind] ? "number" : "text";
  const input = h("input", {
    class: `openhexa-input openhexa-input-${kind}`,
    ...inputAttributes(field.kind),
    oninput: () => report(input.value),
  });
  return {
    element: input,
    target: input,
    group: false,
    show: (state) => setValue(input, typeof state.typed === "string" ? state.typed : ""),
    adapt: (state) => {
      input.disabled = !state.enabled;
      setAttribute(input, "placeholder", placeholderOf(state));
    },
  };
}

/** A secret's text goes to Python by message and never comes back: the state only says whether one is set. */
export function secretControl(field: FieldState, report: Report, labels: Labels): Control {
  const input = h("input", {
    class: "openhexa-input",
    ...inputAttributes(field.kind),
    oninput: () => report(input.value),
  });
  return {
    element: input,
    target: input,
    group: false,
    show: (state) => {
      if (!state.typed && !isFocused(input)) input.value = "";
    },
    adapt: (state) => {
      input.disabled = !state.enabled;
      setAttribute(input, "placeholder", state.typed ? labels["form.secret_set"] : placeholderOf(state));
    },
  };
}

export function jsonControl(_field: FieldState, report: Report): Control {
  const area = h("textarea", {
    class: "openhexa-input openhexa-json",
    rows: "4",
    spellcheck: "false",
    autocapitalize: "off",
    oninput: () => report(area.value),
  });
  return {
    element: area,
    target: area,
    group: false,
    show: (state) => setValue(area, typeof state.typed === "string" ? state.typed : ""),
    adapt: (state) => {
      area.disabled = !state.enabled;
      setAttribute(area, "placeholder", placeholderOf(state));
    },
  };
}

/** Yes, no and, where nothing is a choice, neither. */
export function booleanControl(field: FieldState, report: Report, labels: Labels): Control {
  const name = uniqueId("boolean");
  const states: [boolean | null, string][] = [
    [true, "form.yes"],
    [false, "form.no"],
  ];
  if (!field.required) states.push([null, "form.neither"]);
  const radios = states.map(([value]) =>
    h("input", { type: "radio", name, class: "openhexa-radio", onchange: () => report(value) }),
  );
  const options = states.map(([, key], at) => {
    const text = h("span");
    setText(text, labels[key]);
    return h("label", { class: "openhexa-segment" }, radios[at] as HTMLInputElement, text);
  });
  const group = h("div", { class: "openhexa-segments", role: "radiogroup" }, ...options);
  return {
    element: group,
    target: group,
    group: true,
    show: (state) =>
      states.forEach(([value], at) => {
        (radios[at] as HTMLInputElement).checked = state.typed === value;
      }),
    adapt: (state) =>
      radios.forEach((radio) => {
        radio.disabled = !state.enabled;
      }),
  };
}
