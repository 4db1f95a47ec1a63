/**
 * A page in the side bar of the made-up editor. `hide` and `show` do what the editor does with a view that is out of sight; `views`
 * are those that it was sent.
 */
export async function openSideBarPage(editor, { choices = {}, reader } = {}) {
  let visibility = () => {};
  const webview = {
    posted: [],
    cspSource: "self:",
    asWebviewUri: (uri) => uri,
    postMessage: async (message) => webview.posted.push(message),
    onDidReceiveMessage: (hear) => ((webview.send = hear), { dispose() {} }),
  };
  const view = {
    webview,
    visible: true,
    onDidChangeVisibility: (hear) => ((visibility = hear), { dispose() {} }),
    onDidDispose: () => ({ dispose() {} }),
  };
  webview.ready = (kept = choices) =>
    webview.send({
      type: "ready",
      version: 1,
      choices: kept,
      activity: { visible: true, focused: true, online: true },
      ...(reader && { reader }),
    });
  webview.hide = () => ((view.visible = false), visibility());
  webview.show = () => ((view.visible = true), visibility());
  webview.views = () => webview.posted.filter(({ type }) => type === "view").map(({ view: shown }) => shown);
  await editor.view.resolveWebviewView(view);
  webview.ready();
  return webview;
}
