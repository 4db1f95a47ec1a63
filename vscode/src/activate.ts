/** What both extension hosts do when the editor starts: register, and nothing else. */

import { commands, type ExtensionContext, Uri, window } from "vscode";

import { AccountView, VIEW } from "./panel.js";
import { Credits, wrongSetting } from "./credits.js";
import { TokenPlace } from "./host/token.js";
import type { Store } from "./host/store.js";
import { Log } from "./log.js";
import { readTitles, title } from "./own-words.js";
import { StatusBar } from "./status-bar.js";
import { signIn, signOut } from "./commands/sign-in.js";

/** @param openStore the storage of this host, in the folder that all windows of the user share */
export function activateIn(context: ExtensionContext, openStore: (folder: Uri) => Store): void {
  readTitles(context);
  const log = new Log(context.extension.packageJSON.displayName as string);
  const store = openStore(Uri.joinPath(context.globalStorageUri, "account"));
  const credits = new Credits(context, new TokenPlace(context.secrets), store, log);
  const statusBar = new StatusBar(credits);
  const account = new AccountView(context, credits, log);

  /** A command that fails says so, in the core's words where it was a setting. */
  const command = (name: string, run: () => unknown) =>
    commands.registerCommand(name, async () => {
      try {
        await run();
      } catch (cause) {
        log.failed(name, cause);
        if (wrongSetting(cause) !== undefined) statusBar.showFailure(cause);
        void window.showErrorMessage(`${title(name)}: ${cause instanceof Error ? cause.message : String(cause)}`);
      }
    });

  context.subscriptions.push(
    log.channel,
    credits,
    statusBar,
    ...account.register(),
    command("costrictCredit.showAccount", () => commands.executeCommand(`${VIEW}.focus`)),
    command("costrictCredit.openPanel", () => account.openTab()),
    command("costrictCredit.refresh", () => credits.refresh("manual")),
    command("costrictCredit.toggleMask", () => credits.settings.change("masked", !credits.settings.masked)),
    command("costrictCredit.signIn", () => signIn(credits)),
    command("costrictCredit.signOut", () => signOut(credits)),
    command("costrictCredit.showLog", () => log.channel.show()),
  );

  statusBar.show();
  // Only somebody who is signed in has a number to show; for everybody else the core stays unloaded.
  void credits.isSignedIn().then(async (signedIn) => {
    if (signedIn) await credits.client();
  }).catch((cause: unknown) => {
    log.failed("starting", cause);
    statusBar.showFailure(cause);
  });
}
