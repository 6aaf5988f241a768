/** One field: label, control, help, default and error, tied together for screen readers and patched in place. */

import { checkboxesControl, searchControl, SELECT_UP_TO, selectControl } from "./choices";
import { h, isFocused, sentence, setAttribute, setOptionalText, setText, uniqueId } from "./dom";
import { booleanControl, type Control, jsonControl, type Report, secretControl, textControl } from "./inputs";
import { rowsControl } from "./rows";
import type { FieldState, Labels, Send } from "./types";

export interface Field {
  readonly element: HTMLElement;
  /** Of what kind the control is: another kind needs another field. */
  readonly shape: string;
  update(state: FieldState): void;
  focus(): void;
}

/** Which control draws the field. */
export function shapeOf(field: FieldState): string {
  if (field.kind === "boolean") return field.required ? "yes-no" : "yes-no-neither";
  if (field.kind === "secret" || field.kind === "json") return field.kind;
  if (field.choices && field.multiple) return "checkboxes";
  if (field.choices) return field.choices.length > SELECT_UP_TO ? "search" : "select";
  return field.multiple ? `rows-${field.kind}` : `text-${field.kind}`;
}

function control(shape: string, field: FieldState, report: Report, labels: Labels): Control {
  if (shape.startsWith("yes-no")) return booleanControl(field, report, labels);
  if (shape === "secret") return secretControl(field, report, labels);
  if (shape === "json") return jsonControl(field, report);
  if (shape === "checkboxes") return checkboxesControl(field, report, labels);
  if (shape === "search") return searchControl(field, report, labels);
  if (shape === "select") return selectControl(field, report, labels);
  return shape.startsWith("rows") ? rowsControl(field, report, labels) : textControl(field, report);
}

/**
 * What was sent and has not come back yet. While something is on its way, a state that is older than the fingers
 * must not change what they typed.
 */
class Echoes {
  private waiting: string[] = [];

  sent(typed: unknown): void {
    this.waiting.push(JSON.stringify(typed));
  }

  /** Whether this state may be shown: it is the last thing sent, or comes from elsewhere while nothing is on its way. */
  settles(typed: unknown, focused: boolean): boolean {
    const at = this.waiting.lastIndexOf(JSON.stringify(typed));
    if (at >= 0) this.waiting.splice(0, at + 1);
    else if (!focused) this.waiting = [];
    return this.waiting.length === 0;
  }
}

export function drawField(first: FieldState, send: Send, labels: Labels): Field {
  const { code } = first;
  const shape = shapeOf(first);
  const echoes = new Echoes();
  const made = control(
    shape,
    first,
    (typed) => {
      if (shape !== "secret") echoes.sent(typed);
      send({ type: "typed", code, typed });
    },
    labels,
  );
  const ids = { control: uniqueId("control"), label: uniqueId("label"), help: uniqueId("help"), error: uniqueId("error") };
  made.target.id = ids.control;

  const mark = h("span", { class: "openhexa-mark" });
  const label = made.group
    ? h("div", { class: "openhexa-label", id: ids.label })
    : h("label", { class: "openhexa-label", id: ids.label, for: ids.control });
  if (made.group) setAttribute(made.target, "aria-labelledby", ids.label);
  const resetWord = h("span");
  const resetWhat = h("span", { class: "openhexa-unseen" });
  const reset = h(
    "button",
    { type: "button", class: "openhexa-button openhexa-plain openhexa-reset", onclick: () => send({ type: "reset", code }) },
    resetWord,
    resetWhat,
  );
  const help = h("div", { class: "openhexa-hint openhexa-help" });
  const defaults = h("div", { class: "openhexa-hint" });
  const hints = h("div", { class: "openhexa-hints", id: ids.help }, help, defaults);
  const error = h("div", { class: "openhexa-error", id: ids.error, "aria-live": "polite" });
  const element = h(
    "div",
    { class: "openhexa-field", "data-code": code },
    h("div", { class: "openhexa-label-row" }, label, mark),
    made.element,
    reset,
    hints,
    error,
  );

  const update = (field: FieldState): void => {
    setText(label, field.label);
    setText(mark, sentence(labels, field.required ? "form.required" : "form.optional"));
    mark.classList.toggle("openhexa-mark-required", field.required);
    setOptionalText(help, field.help);
    setOptionalText(defaults, field.default_text && field.changed ? sentence(labels, "form.default", { value: field.default_text }) : null);
    setText(resetWord, sentence(labels, "form.reset"));
    setText(resetWhat, field.label);
    reset.hidden = !field.changed || !field.enabled;
    const problem = field.enabled ? field.error : (field.reason ?? sentence(labels, "form.disabled"));
    setOptionalText(error, problem);
    error.classList.toggle("openhexa-error-quiet", !field.enabled);
    element.classList.toggle("openhexa-field-off", !field.enabled);
    element.classList.toggle("openhexa-field-wrong", field.enabled && !!field.error);
    setAttribute(made.target, "aria-invalid", field.enabled && field.error ? "true" : null);
    setAttribute(made.target, "aria-required", field.required && made.target.getAttribute("role") !== "group" ? "true" : null);
    const described = [hints.textContent ? ids.help : "", problem ? ids.error : ""].filter(Boolean).join(" ");
    setAttribute(made.target, "aria-describedby", described || null);
    made.adapt(field);
    if (shape === "secret" || echoes.settles(field.typed, isFocused(made.element))) made.show(field);
  };
  update(first);
  return {
    element,
    shape,
    update,
    focus: () => {
      const inner = made.target.matches("input, select, textarea") ? made.target : made.target.querySelector("input, button");
      (inner as HTMLElement | null)?.focus();
    },
  };
}
