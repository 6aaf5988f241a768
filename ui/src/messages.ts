/** A task's messages as they arrive: a list that follows its end unless the person scrolled up, never longer than a cap. */

import { h, sentence, setText } from "./dom";
import type { Labels, Message, Messages } from "./types";

/** Rows kept in the page; older ones are counted, not drawn. */
export const DRAWN = 200;

function clock(timestamp: string | null): string {
  const time = timestamp ? new Date(timestamp) : null;
  return time && !Number.isNaN(time.getTime()) ? time.toLocaleTimeString() : "";
}

export function drawMessages(labels: Labels): { element: HTMLElement; update(messages: Messages): void } {
  const list = h("ol", { class: "openhexa-messages", role: "log", tabindex: "0", "aria-label": labels["task.messages"] });
  const earlier = h("div", { class: "openhexa-hint", hidden: true });
  const element = h("div", { hidden: true }, earlier, list);
  let next = 0;
  let first = 0;
  let follows = true;
  list.addEventListener("scroll", () => {
    follows = list.scrollHeight - list.scrollTop - list.clientHeight < 24;
  });

  const row = ({ priority, message, timestamp }: Message): HTMLElement => {
    const level = priority.toUpperCase();
    return h(
      "li",
      { class: `openhexa-message openhexa-level-${/^[A-Z]+$/.test(level) ? level.toLowerCase() : "info"}` },
      h("time", { class: "openhexa-time", datetime: timestamp ?? "" }, clock(timestamp)),
      h("span", { class: "openhexa-level" }, sentence(labels, `level.${level}`)),
      h("span", { class: "openhexa-text" }, message),
    );
  };

  return {
    element,
    update: ({ from, rows }) => {
      if (from + rows.length <= next) return;
      if (from > next) {
        list.replaceChildren();
        first = from;
        next = from;
      }
      const fresh = rows.slice(next - from).slice(-DRAWN);
      list.append(...fresh.map(row));
      next = from + rows.length;
      while (list.childElementCount > DRAWN) list.firstElementChild?.remove();
      first = next - list.childElementCount;
      element.hidden = false;
      earlier.hidden = first === 0;
      setText(earlier, sentence(labels, "task.earlier", { n: first }));
      if (follows) list.scrollTop = list.scrollHeight;
    },
  };
}
