// Values of the editor's API that are made without an editor: addresses, events, texts, and the panels' webviews.
import { join } from "node:path";

export class Uri {
  constructor(text) {
    this.text = text;
    const { protocol, pathname, search } = new URL(text);
    [this.scheme, this.path, this.query] = [protocol.slice(0, -1), decodeURIComponent(pathname), search.slice(1)];
  }
  static parse = (text) => new Uri(text);
  static file = (path) => new Uri(`file://${path}`);
  static joinPath = (uri, ...names) => new Uri(`${uri.scheme}://${join(uri.path, ...names)}`);
  with = ({ path }) => new Uri(`${this.scheme}://${path}`);
  get fsPath() {
    return this.path;
  }
  toString = () => this.text;
}

export class EventEmitter {
  #heard = new Set();
  event = (hear) => {
    this.#heard.add(hear);
    return { dispose: () => this.#heard.delete(hear) };
  };
  fire = (value) => [...this.#heard].forEach((hear) => hear(value));
  dispose = () => this.#heard.clear();
}

export class FileSystemError extends Error {
  constructor(code) {
    super(code);
    this.code = code;
  }
}

export class MarkdownString {
  value = "";
  appendText = (text) => this.#add(text.replace(/[\\`*_{}[\]()#+\-!~]/g, "\\$&"));
  appendMarkdown = (text) => this.#add(text);
  #add(text) {
    this.value += text;
    return this;
  }
}

export const nothing = { dispose() {} };

/** A webview as the editor would give it: `posted` is what the page got, `send` is a message of the page. */
export function fakeWebview() {
  const webview = {
    posted: [],
    cspSource: "self:",
    asWebviewUri: (uri) => uri,
    postMessage: async (message) => webview.posted.push(message),
    onDidReceiveMessage: (hear) => {
      webview.send = hear;
      return nothing;
    },
  };
  return webview;
}
