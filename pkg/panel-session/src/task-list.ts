/** What the user chose in the list of tasks, after each action. */

import type { ActionId, TasksOptions } from "costrict-credit";

/** The core takes no higher page. */
const PAGE_MAX = 2 ** 32 - 1;
/** The core lists the requests of no more tasks. */
const OPEN_TASKS_MAX = 20;

export const isPage = (page: number): boolean => Number.isSafeInteger(page) && page >= 1 && page <= PAGE_MAX;

export const tasksBy = (by: string | undefined): TasksOptions => ({ by: by === "project" ? "project" : "task" });

type TaskActionId = Extract<ActionId, "tasks_by" | "tasks_page" | "tasks_project" | "task_toggle" | "task_more">;

/** A page or a number of requests that is none changes nothing. */
export function afterTaskAction(tasks: TasksOptions, id: TaskActionId, value: string | undefined): TasksOptions {
  switch (id) {
    case "tasks_by":
      return tasksBy(value);
    case "tasks_project":
      return { ...tasksBy(tasks.by), ...(value === undefined ? {} : { project: value }) };
    case "task_toggle":
      return value === undefined ? tasks : withToggled(tasks, value);
    case "tasks_page":
      return isPage(Number(value)) ? { ...tasks, page: Number(value) } : tasks;
    case "task_more":
      return isPage(Number(value)) ? { ...tasks, requests: Number(value) } : tasks;
  }
}

/** Opens a task, or closes it if it is open. Of too many the one that was opened first is closed. */
function withToggled({ open = [], requests: _requests, ...rest }: TasksOptions, id: string): TasksOptions {
  const others = open.filter((known) => known !== id);
  return { ...rest, open: others.length < open.length ? others : [...others, id].slice(-OPEN_TASKS_MAX) };
}
