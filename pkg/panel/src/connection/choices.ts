/** Where the choices of a page survive a reload. */

import type { SavedChoices } from "costrict-credit/panel-session";

const KEY = "costrict-credit.panel.choices";

export interface ChoiceStore {
  load(): SavedChoices;
  save(choices: SavedChoices): void;
}

/** The session storage of the tab. @param id of the element, so that several panels on one page do not share their choices */
export function tabStore(id: string): ChoiceStore {
  const key = id === "" ? KEY : `${KEY}.${id}`;
  return {
    load() {
      try {
        return JSON.parse(sessionStorage.getItem(key) ?? "{}") as SavedChoices;
      } catch {
        return {};
      }
    },
    save(choices) {
      try {
        sessionStorage.setItem(key, JSON.stringify(choices));
      } catch {
        // A browser without storage forgets the tab; nothing else is lost.
      }
    },
  };
}
