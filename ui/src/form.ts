/** A form: draws FormState and sends what the person did. Which values are good is decided in Python. */

import { h, sentence, setAttribute, setOptionalText, setText, uniqueId, useStyle } from "./dom";
import { drawField, type Field, shapeOf } from "./fields";
import css from "../openhexa_ui/static/openhexa-ui.css";
import type { Drawing, FieldState, FormState, Send } from "./types";

/** Draws into `element`; the drawing's `update` patches it in place and leaves focus and caret alone. */
export function drawForm(element: HTMLElement, send: Send): Drawing<FormState> & { focus(): void } {
  useStyle(css);
  const title = h("h3", { class: "openhexa-title", id: uniqueId("title") });
  const subtitle = h("div", { class: "openhexa-subtitle" });
  const description = h("p", { class: "openhexa-description" });
  const fieldList = h("div", { class: "openhexa-fields" });
  const message = h("div", { class: "openhexa-notice openhexa-notice-error", role: "alert" });
  const reason = h("div", { class: "openhexa-hint openhexa-reason", id: uniqueId("reason"), "aria-live": "polite" });
  const launch = h("button", {
    type: "button",
    class: "openhexa-button openhexa-primary",
    "aria-describedby": reason.id,
    onclick: (event: MouseEvent) => launched(event),
  });
  const form = h(
    "form",
    { class: "openhexa-card openhexa-form", novalidate: true, "aria-labelledby": title.id, onsubmit: (event: Event) => event.preventDefault() },
    h("header", { class: "openhexa-header" }, title, subtitle, description),
    fieldList,
    h("footer", { class: "openhexa-footer" }, message, h("div", { class: "openhexa-actions" }, launch, reason)),
  );
  element.replaceChildren(form);

  const fields = new Map<string, Field>();
  let state: FormState | null = null;
  /** The number of attempts when Launch was pressed: until it grows the button stays off. */
  let pressedAt: number | null = null;

  const launched = (event: MouseEvent): void => {
    if (!state || event.detail > 1 || pressedAt !== null || state.launching) return;
    if (!state.form.ready) {
      fields.get(state.form.fields.find((field) => field.enabled && field.error)?.code ?? "")?.focus();
      return;
    }
    pressedAt = state.attempts;
    drawButton(state);
    send({ type: "launch" });
  };

  const drawButton = (now: FormState): void => {
    const busy = now.launching || pressedAt !== null;
    setAttribute(launch, "aria-disabled", busy || !now.form.ready ? "true" : null);
    setText(launch, sentence(now.labels, busy ? "form.launching" : "form.launch"));
    setOptionalText(reason, busy ? null : now.form.reason);
  };

  const drawFields = (now: FormState): void => {
    const wanted = now.form.fields.map((field) => fieldFor(field, now));
    const elements = wanted.map((field) => field.element);
    if (elements.length !== fieldList.childElementCount || elements.some((child, at) => fieldList.children[at] !== child)) {
      fieldList.replaceChildren(...elements);
      const codes = new Set(now.form.fields.map(({ code }) => code));
      for (const code of fields.keys()) if (!codes.has(code)) fields.delete(code);
    }
  };

  const fieldFor = (field: FieldState, now: FormState): Field => {
    const known = fields.get(field.code);
    if (known && known.shape === shapeOf(field)) {
      known.update(field);
      return known;
    }
    const made = drawField(field, send, now.labels);
    fields.set(field.code, made);
    return made;
  };

  return {
    update: (now) => {
      state = now;
      if (pressedAt !== null && now.attempts > pressedAt) pressedAt = null;
      setText(title, now.title);
      setOptionalText(subtitle, now.subtitle);
      setOptionalText(description, now.description);
      drawFields(now);
      setOptionalText(message, now.message);
      drawButton(now);
    },
    focus: () => {
      form.scrollIntoView({ block: "nearest" });
      const first = state?.form.fields.find((field) => field.enabled);
      if (first) fields.get(first.code)?.focus();
    },
    destroy: () => form.remove(),
  };
}
