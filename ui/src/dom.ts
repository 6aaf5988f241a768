/** Small helpers over the DOM. Text only ever goes in as text: nothing here parses HTML. */

import type { Labels } from "./types";

type Listener = (event: never) => void;
type Attribute = string | boolean | null | undefined | Listener;
type Child = Node | string | null;

let last = 0;

const FOCUSABLE = new Set(["a", "button", "input", "select", "textarea"]);

/**
 * Lumino's mark for "keys typed here are no shortcuts of the notebook". It has to be on what has the focus: on an
 * ancestor alone, `d d` on a checkbox deletes the cell.
 */
export function ownKeys(element: Element): void {
  element.setAttribute("data-lm-suppress-shortcuts", "true");
}

/** An id that is unique in the page for `for`, `aria-describedby` and the like. */
export function uniqueId(word: string): string {
  last += 1;
  return `openhexa-${word}-${last}-${Math.random().toString(36).slice(2, 8)}`;
}

/** Creates an element; a function among the attributes is a listener (`onclick`), `false` and `null` are left out. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, Attribute> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value as EventListener);
    else setAttribute(element, name, value);
  }
  if (FOCUSABLE.has(tag) || "tabindex" in attributes) ownKeys(element);
  for (const child of children) if (child !== null) element.append(child);
  return element;
}

export function setAttribute(element: Element, name: string, value: string | boolean | null | undefined): void {
  if (value === null || value === undefined || value === false) element.removeAttribute(name);
  else {
    const text = value === true ? "" : value;
    if (element.getAttribute(name) !== text) element.setAttribute(name, text);
  }
}

/** Sets the text only when it differs, so that screen readers do not hear it again. */
export function setText(element: Element, text: string | null | undefined): void {
  const wanted = text ?? "";
  if (element.textContent !== wanted) element.textContent = wanted;
}

/** Text that takes room only when there is some. */
export function setOptionalText(element: HTMLElement, text: string | null | undefined): void {
  setText(element, text);
  element.hidden = !text;
}

/** Sets an input's value, keeping the caret where it is. */
export function setValue(input: HTMLInputElement | HTMLTextAreaElement, value: string): void {
  if (input.value === value) return;
  const focused = isFocused(input);
  const [start, end] = [input.selectionStart, input.selectionEnd];
  input.value = value;
  if (focused && start !== null) input.setSelectionRange(start, end);
}

/** Whether the keyboard's focus is in the element, in a shadow tree too. */
export function isFocused(element: Element): boolean {
  const root = element.getRootNode() as Document | ShadowRoot;
  return !!root.activeElement && element.contains(root.activeElement);
}

/** The sentence for a key, its `{name}`s filled in. */
export function sentence(labels: Labels, key: string, values: Record<string, string | number> = {}): string {
  const text = labels[key] ?? key.slice(key.lastIndexOf(".") + 1);
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => (name in values ? String(values[name]) : whole));
}

/** A link only where the address is one of the web's; text for everything else (`javascript:` and the like). */
export function link(address: string, text: string): HTMLElement {
  let protocol = "";
  try {
    protocol = new URL(address, document.baseURI).protocol;
  } catch {
    /* not an address: shown as text */
  }
  if (protocol !== "https:" && protocol !== "http:") return h("span", {}, text);
  return h("a", { class: "openhexa-link", href: address, target: "_blank", rel: "noopener noreferrer" }, text);
}

const sheets = new Map<string, CSSStyleSheet>();

/** Puts the style sheet into the page once; a constructed sheet needs no inline style under a strict policy. */
export function useStyle(css: string): void {
  if (sheets.has(css)) return;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  sheets.set(css, sheet);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}
