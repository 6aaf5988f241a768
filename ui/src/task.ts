/** A task: state in words and colour, progress, time, messages, warnings, result, outputs, Stop and Run again. */

import { h, link, sentence, setAttribute, setOptionalText, setText, uniqueId, useStyle } from "./dom";
import { drawMessages } from "./messages";
import { drawResult } from "./result";
import css from "../openhexa_ui/static/openhexa-ui.css";
import type { Drawing, Labels, Messages, Send, TaskState } from "./types";

/** `h:mm:ss`, the same in every language. */
export function duration(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const two = (value: number) => String(value).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

function progressBar(): { element: HTMLElement; update(state: TaskState): void } {
  const fill = h("div", { class: "openhexa-fill" });
  const bar = h("div", { class: "openhexa-bar", role: "progressbar", "aria-valuemin": "0" }, fill);
  const text = h("span", { class: "openhexa-count" });
  const element = h("div", { class: "openhexa-progress" }, bar, text);
  return {
    element,
    update: ({ task, ended, labels }) => {
      const { progress_value: value, end_value: end } = task;
      const known = end > 0;
      const share = known ? Math.min(1, Math.max(0, value / end)) : ended && task.status === "SUCCESS" ? 1 : 0;
      element.hidden = ended && !known;
      bar.classList.toggle("openhexa-bar-unknown", !known && !ended);
      bar.dataset["status"] = task.status;
      fill.style.width = `${share * 100}%`;
      setAttribute(bar, "aria-label", sentence(labels, "task.progress"));
      setAttribute(bar, "aria-valuenow", known ? String(value) : null);
      setAttribute(bar, "aria-valuemax", known ? String(end) : null);
      setText(text, known ? `${value.toLocaleString()} / ${end.toLocaleString()}` : value ? value.toLocaleString() : "");
    },
  };
}

/** Stop asks once more, in place; the question goes away by itself when the task ends. */
function stopButton(send: Send): { elements: HTMLElement[]; update(state: TaskState): void } {
  const question = h("span", { class: "openhexa-question", id: uniqueId("question") });
  const yes = h("button", { type: "button", class: "openhexa-button openhexa-danger", "aria-describedby": question.id });
  const no = h("button", { type: "button", class: "openhexa-button" });
  const stop = h("button", { type: "button", class: "openhexa-button" });
  const confirm = h("span", { class: "openhexa-confirm", role: "group", hidden: true }, question, yes, no);
  const ask = (asking: boolean) => {
    confirm.hidden = !asking;
    stop.hidden = asking;
    (asking ? no : stop).focus();
  };
  stop.addEventListener("click", () => stop.getAttribute("aria-disabled") || ask(true));
  no.addEventListener("click", () => ask(false));
  yes.addEventListener("click", (event) => {
    if (event.detail > 1) return;
    ask(false);
    setAttribute(stop, "aria-disabled", "true");
    send({ type: "stop" });
  });
  confirm.addEventListener("keydown", (event) => {
    if (event.key === "Escape") ask(false);
  });
  return {
    elements: [stop, confirm],
    update: ({ labels, can_stop, stopping }) => {
      setText(stop, sentence(labels, stopping ? "task.stopping" : "task.stop"));
      setText(question, sentence(labels, "task.stop_question"));
      setText(yes, sentence(labels, "task.stop_yes"));
      setText(no, sentence(labels, "task.stop_no"));
      setAttribute(stop, "aria-disabled", stopping ? "true" : null);
      if (!can_stop) confirm.hidden = true;
      stop.hidden = (!can_stop && !stopping) || !confirm.hidden;
    },
  };
}

/** Redraws a part only when what it shows has changed. */
function part(draw: (state: TaskState) => { shown: unknown; make: () => (Node | string)[] }): {
  element: HTMLElement;
  update(state: TaskState): void;
} {
  const element = h("div", { hidden: true });
  let before = "";
  return {
    element,
    update: (state) => {
      const { shown, make } = draw(state);
      const now = JSON.stringify(shown ?? null);
      if (now === before) return;
      before = now;
      const children = now === "null" ? [] : make();
      element.hidden = children.length === 0;
      element.replaceChildren(...children);
    },
  };
}

function outputs(labels: Labels, list: TaskState["task"]["outputs"]): HTMLElement {
  const rows = list.map(({ kind, name, uri }) => {
    const text = name || uri || "";
    return h("li", {}, h("span", { class: "openhexa-tag" }, sentence(labels, `output.${kind}`)), uri ? link(uri, text) : h("span", {}, text));
  });
  return h("ul", { class: "openhexa-outputs" }, ...rows);
}

function heading(text: string): HTMLElement {
  return h("h4", { class: "openhexa-heading" }, text);
}

export function drawTask(element: HTMLElement, send: Send): Drawing<TaskState> & { show(messages: Messages): void } {
  useStyle(css);
  const title = h("h3", { class: "openhexa-title", id: uniqueId("title") });
  const subtitle = h("div", { class: "openhexa-subtitle" });
  const word = h("span", { class: "openhexa-word" });
  const status = h("div", { class: "openhexa-status", role: "status" }, h("span", { class: "openhexa-dot", "aria-hidden": "true" }), word);
  const elapsed = h("span", { class: "openhexa-elapsed" });
  const runLink = h("span", {});
  const progress = progressBar();
  const progressText = h("div", { class: "openhexa-progress-text", "aria-live": "polite" });
  const notice = h("div", { class: "openhexa-notice", role: "status" });
  const warnings = part(({ task }) => ({
    shown: task.warnings.length ? task.warnings : null,
    make: () => task.warnings.map((text) => h("div", { class: "openhexa-notice openhexa-notice-warning" }, text)),
  }));
  const result = part(({ task, labels, result_note }) => ({
    shown: task.result,
    make: () => [
      heading(sentence(labels, "task.result")),
      drawResult(task.result, labels),
      ...(result_note ? [h("div", { class: "openhexa-hint" }, result_note)] : []),
    ],
  }));
  const files = part(({ task, labels }) => ({
    shown: task.outputs.length ? task.outputs : null,
    make: () => [heading(sentence(labels, "task.outputs")), outputs(labels, task.outputs)],
  }));
  const stop = stopButton(send);
  const again = h("button", { type: "button", class: "openhexa-button", onclick: () => send({ type: "again" }) });
  const messagePlace = h("div");
  const card = h(
    "section",
    { class: "openhexa-card openhexa-task", "aria-labelledby": title.id },
    h(
      "header",
      { class: "openhexa-header openhexa-task-header" },
      h("div", { class: "openhexa-titles" }, title, subtitle),
      h("div", { class: "openhexa-facts" }, elapsed, status),
    ),
    progress.element,
    progressText,
    notice,
    warnings.element,
    messagePlace,
    result.element,
    files.element,
    h("div", { class: "openhexa-actions openhexa-task-actions" }, ...stop.elements, again, runLink),
  );
  element.replaceChildren(card);

  let state: TaskState | null = null;
  let messages: ReturnType<typeof drawMessages> | null = null;
  /** Milliseconds by which the clock of the state's maker is ahead of the browser's. */
  let ahead = 0;
  let drawnLink: string | null = null;

  const tick = (): void => {
    if (!state) return;
    const { created_at, started_at, ended_at } = state.task;
    const start = Date.parse(started_at ?? created_at ?? "");
    const end = ended_at ? Date.parse(ended_at) : Math.max(Date.now() + ahead, Date.parse(state.now));
    setText(elapsed, Number.isNaN(start) ? "" : duration(end - start));
  };
  const timer = setInterval(() => state && !state.ended && tick(), 1000);

  return {
    update: (now) => {
      if (state && state.now !== now.now) ahead = Date.parse(now.now) - Date.now();
      state = now;
      const { task, labels } = now;
      card.dataset["status"] = task.status;
      setText(title, task.name);
      setText(subtitle, now.subtitle);
      setText(word, sentence(labels, `status.${task.status}`));
      setAttribute(elapsed, "title", sentence(labels, "task.elapsed"));
      progress.update(now);
      setOptionalText(progressText, task.progress_message);
      setOptionalText(notice, now.notice);
      for (const piece of [warnings, result, files, stop]) piece.update(now);
      setText(again, sentence(labels, "task.again"));
      again.hidden = !now.can_run_again;
      if (task.run_url !== drawnLink) {
        drawnLink = task.run_url;
        runLink.replaceChildren(...(drawnLink ? [link(drawnLink, sentence(labels, "task.run_link"))] : []));
      }
      tick();
    },
    show: (fresh) => {
      if (!state) return;
      if (!messages) {
        messages = drawMessages(state.labels);
        messagePlace.replaceChildren(heading(sentence(state.labels, "task.messages")), messages.element);
        messagePlace.hidden = true;
      }
      if (fresh.rows.length) messagePlace.hidden = false;
      messages.update(fresh);
    },
    destroy: () => {
      clearInterval(timer);
      card.remove();
    },
  };
}
