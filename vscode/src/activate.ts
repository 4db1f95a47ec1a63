/** What both extension hosts do when the editor starts: register, and nothing else. */

import { commands, type ExtensionContext, Uri, window } from "vscode";

import type { CreditsApi } from "../api.js";
import { askModel } from "./commands/ask.js";
import { exportHistory } from "./commands/export.js";
import { chooseModel, compareModels } from "./commands/models.js";
import { giveVoucher, redeemVoucher } from "./commands/vouchers.js";
import { Credits, wrongSetting } from "./credits.js";
import type { Store } from "./host/store.js";
import { TokenPlace } from "./host/token.js";
import { Log } from "./log.js";
import { Notices } from "./notices.js";
import { readTitles, title } from "./own-words.js";
import { AccountView, VIEW } from "./panel.js";
import { SignIn } from "./sign-in.js";
import { StatusBar } from "./status-bar.js";
import { registerTools } from "./tools.js";

/** @param openStore the storage of this host, in the folder that all windows of the user share */
export function activateIn(context: ExtensionContext, openStore: (folder: Uri) => Store): CreditsApi {
  readTitles(context);
  const log = new Log(context.extension.packageJSON.displayName as string);
  const store = openStore(Uri.joinPath(context.globalStorageUri, "account"));
  const tokens = new TokenPlace(context.secrets);
  const credits = new Credits(context, tokens, store, log);
  const signIn = new SignIn(context, credits, tokens, store, log);
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
    signIn,
    new Notices(credits, log),
    ...account.register(),
    ...registerTools(credits),
    command("costrictCredit.showAccount", () => commands.executeCommand(`${VIEW}.focus`)),
    command("costrictCredit.openPanel", () => account.openTab()),
    command("costrictCredit.refresh", () => credits.refresh("manual")),
    command("costrictCredit.compareModels", () => compareModels(credits)),
    command("costrictCredit.chooseModel", () => chooseModel(credits)),
    command("costrictCredit.askModel", () => askModel(credits)),
    command("costrictCredit.exportHistory", () => exportHistory(credits)),
    command("costrictCredit.giveVoucher", () => giveVoucher(credits)),
    command("costrictCredit.redeemVoucher", () => redeemVoucher(credits)),
    command("costrictCredit.toggleMask", () => credits.settings.change("masked", !credits.settings.masked)),
    command("costrictCredit.signIn", () => signIn.start()),
    command("costrictCredit.signOut", () => signIn.out()),
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
  return { client: () => credits.client(), onDidChange: credits.onDidChange, onDidReplace: credits.onDidReplace };
}
