/** Sending a prompt from a panel: the host sends it, and the draft comes back where there was no answer. */

import type { CreditPanel, Draft, PanelView } from "costrict-credit";

import type { ConfirmationGate } from "./confirmation-gate.js";
import type { HostMessage } from "./messages.js";
import type { PanelHost, Prompt } from "./panel-host.js";
import type { PanelState } from "./panel-state.js";

/** What the flow needs of its session. */
export interface PromptContext {
  readonly panel: Pick<CreditPanel, "begin" | "reserve">;
  readonly host: PanelHost;
  readonly gate: ConfirmationGate;
  readonly state: Pick<PanelState, "draft" | "setDraft" | "taskId">;
  view(draft: Draft): PanelView;
  post(message: HostMessage): void;
  show(): void;
  recordTurnEnd(): void;
}

/** One at a time: until the host has accepted a prompt, it may be asking the user about it. */
export async function sendPrompt({ text, model }: Prompt, context: PromptContext): Promise<void> {
  const { host, gate, panel, state } = context;
  if (host.onSend === undefined || gate.isOpen) return;
  gate.enter();
  let wasAccepted = false;
  const accepted = () => {
    if (wasAccepted) return;
    wasAccepted = true;
    gate.leave();
    state.draft = undefined;
    context.post({ type: "sent" });
    context.show();
  };
  const task = state.taskId === undefined ? {} : { taskId: state.taskId };
  const view = context.view({ model, text, identity: "user", ...task });
  try {
    const begin = (draft: Draft) => panel.begin(draft);
    const reserve = (draft: Draft) => panel.reserve(draft);
    const isAnswered = await host
      .onSend({ text, model, ...task }, { view, accepted, begin, reserve })
      .catch(() => false);
    if (!wasAccepted) return;
    context.recordTurnEnd();
    if (isAnswered) return;
    // Restore the draft of a failed request, unless another one was started.
    if (state.draft === undefined) state.setDraft(text, model);
    context.post({ type: "returned", text });
  } finally {
    if (!wasAccepted) gate.leave();
    context.show();
  }
}
