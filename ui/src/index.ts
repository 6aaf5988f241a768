/**
 * The module that draws forms, tasks and lists of pipelines.
 *
 * For the notebook it is an anywidget module (default export), choosing by the model's trait `view`; for a page it is
 * `drawForm`, `drawTask` and `drawList`, which draw a state into an element and send what the person did.
 */

import { ownKeys } from "./dom";
import { drawForm } from "./form";
import { drawList } from "./list";
import { drawTask } from "./task";
import type { FormState, Labels, ListState, Messages, TaskState, ToPython } from "./types";

/** The part of an anywidget (Backbone) model that is used here. */
interface Model {
  get(name: string): unknown;
  set(name: string, value: unknown): void;
  send(content: ToPython): void;
  on(event: string, callback: (content: never) => void): void;
  off(event: string, callback: (content: never) => void): void;
  widget_manager: { get_model(id: string): Promise<Model> };
}

/** Rows that a model keeps for views drawn later. */
const KEPT = 200;

type FromPython = ({ type: "messages" } & Messages) | { type: "focus" };

function merged(known: Messages, fresh: Messages): Messages {
  const next = known.from + known.rows.length;
  if (fresh.from > next) return { from: fresh.from, rows: fresh.rows.slice(-KEPT) };
  const rows = [...known.rows, ...fresh.rows.slice(Math.max(0, next - fresh.from))];
  const cut = Math.max(0, rows.length - KEPT);
  return { from: known.from + cut, rows: rows.slice(cut) };
}

/** Once per model: new messages come one by one and are kept in the model, for every view of it. */
function initialize({ model }: { model: Model }): () => void {
  const received = (content: FromPython): void => {
    if (content.type === "messages") model.set("messages", merged(model.get("messages") as Messages, content));
  };
  model.on("msg:custom", received);
  return () => model.off("msg:custom", received);
}

/** Keeps a set of listeners on a model, to be taken off together. */
function listeners(model: Model): { on(event: string, callback: (content: never) => void): void; off(): void } {
  const taken: [string, (content: never) => void][] = [];
  return {
    on: (event, callback) => {
      taken.push([event, callback]);
      model.on(event, callback);
    },
    off: () => {
      for (const [event, callback] of taken) model.off(event, callback);
    },
  };
}

function renderForm(model: Model, place: HTMLElement): () => void {
  const drawing = drawForm(place, (message) => model.send(message));
  const live = listeners(model);
  const draw = () => drawing.update({ ...(model.get("state") as FormState), labels: model.get("labels") as Labels });
  live.on("change:state", draw);
  live.on("msg:custom", (content: FromPython) => {
    if (content.type === "focus") drawing.focus();
  });
  draw();
  return () => {
    live.off();
    drawing.destroy();
  };
}

function renderTask(model: Model, place: HTMLElement): () => void {
  const drawing = drawTask(place, (message) => model.send(message));
  const live = listeners(model);
  const show = () => drawing.show(model.get("messages") as Messages);
  const draw = () => {
    const state = model.get("state") as TaskState;
    drawing.update({ ...state, labels: model.get("labels") as Labels });
    const { from, rows } = model.get("messages") as Messages;
    if (from + rows.length < state.message_count) model.send({ type: "messages", from: from + rows.length });
  };
  live.on("change:state", draw);
  live.on("change:messages", show);
  draw();
  show();
  return () => {
    live.off();
    drawing.destroy();
  };
}

function renderList(model: Model, place: HTMLElement): () => void {
  const drawing = drawList(place, (message) => model.send(message));
  const live = listeners(model);
  const draw = () => drawing.update({ ...(model.get("state") as ListState), labels: model.get("labels") as Labels });
  live.on("change:state", draw);
  draw();
  return () => {
    live.off();
    drawing.destroy();
  };
}

const RENDERERS: Record<string, (model: Model, place: HTMLElement) => () => void> = {
  form: renderForm,
  task: renderTask,
  list: renderList,
};

/** Draws the model named by the trait `below` beneath: a form shows its task there, a list the chosen form. */
function renderBelow(model: Model, place: HTMLElement): () => void {
  let cleanup: (() => void) | null = null;
  let wanted = 0;
  const draw = async (): Promise<void> => {
    wanted += 1;
    const mine = wanted;
    const reference = model.get("below") as string | null;
    const child = reference ? await model.widget_manager.get_model(reference.replace("IPY_MODEL_", "")) : null;
    if (mine !== wanted) return;
    cleanup?.();
    cleanup = child ? renderModel(child, place) : null;
  };
  const changed = () => void draw();
  model.on("change:below", changed);
  changed();
  return () => {
    wanted += 1;
    model.off("change:below", changed);
    cleanup?.();
  };
}

function renderModel(model: Model, element: HTMLElement): () => void {
  const [place, beneath] = [document.createElement("div"), document.createElement("div")];
  const root = document.createElement("div");
  root.className = "openhexa-root";
  ownKeys(root);
  root.append(place, beneath);
  element.append(root);
  const ends = [RENDERERS[model.get("view") as string]?.(model, place), renderBelow(model, beneath)];
  return () => {
    for (const end of ends) end?.();
    root.remove();
  };
}

function render({ model, el }: { model: Model; el: HTMLElement }): () => void {
  return renderModel(model, el);
}

export { drawForm, drawList, drawTask };
export default { initialize, render };
