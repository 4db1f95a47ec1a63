/** The page: a React webview that shows the program's own content and the account panel. */
import "costrict-credit/panel/react";
import { pageChannelPort } from "costrict-credit/panel-session";
import { useEffect, useState } from "react";
import { createRoot } from "react-dom/client";

import type { ToHost, ToPage } from "./messages.js";

declare function acquireVsCodeApi(): { postMessage(message: ToHost): void };

const host = acquireVsCodeApi();

function listen(listener: (message: ToPage) => void): () => void {
  const received = (event: MessageEvent<ToPage>) => listener(event.data);
  window.addEventListener("message", received);
  return () => window.removeEventListener("message", received);
}

const credits = pageChannelPort({ post: (message) => host.postMessage(message), listen });

function Page() {
  const [task, setTask] = useState<string>();
  useEffect(() => listen((message) => message.type === "taskStarted" && setTask(message.title)), []);
  return (
    <>
      <button type="button" onClick={() => host.postMessage({ type: "startTask", title: "Explain" })}>
        {task ?? "no task"}
      </button>
      <costrict-credit-panel port={credits} />
    </>
  );
}

createRoot(document.body.appendChild(document.createElement("div"))).render(<Page />);
