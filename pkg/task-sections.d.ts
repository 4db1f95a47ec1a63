/** The sections of the account panel about tasks, and what they share with the others. */

import type { Action, Choice, Line, Table, TaskCard } from "./panel.js";
import type { SectionBase } from "./sections.js";

/** The task that the host is about. With `PanelOptions.taskId` only. */
export interface TaskSection extends SectionBase {
  kind: "task";
  group: "balance";
  /** "none": the host has no task. "empty": nothing is known of it. Both with a `note`. */
  state: "none" | "empty" | "ready";
  note?: string;
  task?: TaskCard;
}

/** What tasks and projects cost: a page of them, the newest first. */
export interface TasksSection extends SectionBase {
  kind: "tasks";
  group: "history";
  /** "task" or "project". */
  by: Choice;
  /** The project whose tasks are listed. */
  project?: string;
  /** Lists all projects again. */
  all?: Action;
  /** In place of rows: there are none yet. */
  note?: string;
  rows: TaskRow[];
  paging?: Paging;
  /** The same as rows. */
  table?: Table;
  /** What of the usage that is loaded is in none of the tasks: own requests without one, and those that could not be joined. */
  unjoined: Line[];
}

/** A task or a project. */
export interface TaskRow {
  /** The host's title, else a neutral name; plain text. */
  name: string;
  /** Day and time of its last request. */
  when: string;
  /** "62 credits". */
  spent: string;
  /** "60 estimated". */
  estimated: string;
  /** Project, requests, sub-tasks, charges that are not known yet. */
  details: string[];
  /** Opens or closes a task (`pressed`: it is open); of a project, lists its tasks. */
  open: Action;
  opened?: OpenedTask;
}

/** The own requests of a task, the newest first, and its sub-tasks, whose sums are part of its own. */
export interface OpenedTask {
  title: string;
  requests: TaskRequestRow[];
  /** "Show more". */
  more?: Action;
  /** How many requests are known as a sum only; or that amounts are hidden. */
  note?: string;
  subTasksTitle: string;
  subTasks: TaskRow[];
}

export interface TaskRequestRow {
  when: string;
  model: string;
  /** "1.5 charged", or that it is not known yet. */
  charged: string;
  /** "1 estimated"; absent where the price was unknown. */
  estimated?: string;
  /** Why they differ, in a sentence. */
  difference?: string;
}

/** Where a list has more than one page. */
export interface Paging {
  /** "21 to 40 of 123". */
  text: string;
  label: string;
  previous: Action;
  next: Action;
}

/** Raises a limit that a request would pass: `submit` with the chosen `value`, such as "task:200" or "day:unlimited". */
export interface RaiseForm {
  choice: Choice;
  /** "This applies to this task only.", or until when. */
  lasts: string;
  submit: Action;
}

/** A field of a form. */
export interface Field {
  label: string;
  hint?: string;
  placeholder?: string;
  minLength?: number;
  maxLength?: number;
  /** What to show beside a text of another length. */
  error?: string;
}
