/** The JSON that Python hands over to be drawn, and the messages that go back. No rule lives on this side. */

/** Sentences by dotted key, made by `openhexa_ui.labels` in the person's language. */
export type Labels = Record<string, string>;

export type Typed = string | boolean | null | string[];

export interface Choice {
  key: string;
  label: string;
}

export interface FieldState {
  code: string;
  kind: string;
  label: string;
  type: string;
  required: boolean;
  multiple: boolean;
  help: string | null;
  typed: Typed;
  error: string | null;
  enabled: boolean;
  /** Why the field is off. */
  reason: string | null;
  /** Whether it differs from its default. */
  changed: boolean;
  choices: Choice[] | null;
  placeholder: string | null;
  default_text: string | null;
}

export interface FormState {
  title: string;
  subtitle: string;
  description: string;
  form: { fields: FieldState[]; ready: boolean; reason: string | null };
  launching: boolean;
  /** Number of launches that came to an end, well or not: tells an answer from an echo. */
  attempts: number;
  /** Number of messages heard: makes each answer a new state, also where nothing else changed. */
  heard: number;
  /** What went wrong with the form as a whole. */
  message: string | null;
  labels: Labels;
}

export interface Message {
  priority: string;
  message: string;
  timestamp: string | null;
}

/** Messages from index `from` on; the drawn list is the union of what came. */
export interface Messages {
  from: number;
  rows: Message[];
}

export interface Output {
  kind: string;
  name: string | null;
  uri: string | null;
}

export interface TaskState {
  task: {
    id: number;
    name: string;
    status: string;
    progress_message: string | null;
    progress_value: number;
    /** 0: not known. */
    end_value: number;
    result: unknown;
    created_at: string | null;
    started_at: string | null;
    ended_at: string | null;
    run_url: string | null;
    warnings: string[];
    outputs: Output[];
  };
  subtitle: string;
  ended: boolean;
  /** The clock of the side that made this state, ISO 8601: elapsed time does not trust the browser's. */
  now: string;
  can_stop: boolean;
  stopping: boolean;
  can_run_again: boolean;
  notice: string | null;
  result_note: string | null;
  message_count: number;
  labels: Labels;
}

export interface Pipeline {
  code: string;
  name: string;
  version: string;
  description: string;
}

export interface ListState {
  pipelines: Pipeline[];
  message: string | null;
  labels: Labels;
}

export type ToPython =
  | { type: "typed"; code: string; typed: Typed }
  | { type: "reset"; code: string }
  | { type: "launch" }
  | { type: "stop" }
  | { type: "again" }
  | { type: "messages"; from: number }
  | { type: "open"; code: string };

export type Send = (message: ToPython) => void;

/** What a drawing gives back: new states are drawn into the same elements. */
export interface Drawing<State> {
  update(state: State): void;
  destroy(): void;
}
