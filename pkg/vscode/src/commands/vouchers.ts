/** Giving credits away and redeeming a voucher, step by step and in the panel's words. */

import type { FormResult, TransferReview } from "costrict-credit";
import { window } from "vscode";

import { confirmGive } from "../confirm.js";
import type { Credits } from "../credits.js";
import { l10n } from "../l10n.js";
import { clientForCommand, panelSection, withProgress } from "../panel-section.js";
import { showVoucher } from "../show-voucher.js";
import { escapeMarkup } from "../strings.js";

const GIVE = "giveVoucher";
const REDEEM = "redeemVoucher";

export async function giveVoucher(credits: Credits): Promise<void> {
  const heading = credits.contributions.title(GIVE);
  const give = panelSection(credits, await clientForCommand(credits, GIVE), "voucher")?.give;
  if (give === undefined) return;
  if (give.unavailable !== undefined) return void window.showInformationMessage(escapeMarkup(give.unavailable));
  const line = await window.showQuickPick(
    give.lines.map((candidate) => ({
      label: escapeMarkup(candidate.label),
      description: escapeMarkup(candidate.hint),
      candidate,
    })),
    { title: heading, placeHolder: give.text },
  );
  if (line === undefined) return;
  const { expiresAt } = line.candidate;
  const client = await credits.client();
  const review = (receiverId: string, amount: string) =>
    client.reviewTransfer({ receiverId, lines: [{ expiresAt, amount }] }, credits.view);
  const errorOf = (field: "amount" | "receiverId", found: TransferReview) =>
    found.errors.find((error) => error.field === field || (field === "amount" && error.field === "lines"))?.text;
  const amount = await window.showInputBox({
    title: heading,
    ignoreFocusOut: true,
    prompt: `${line.label} ${line.description}`,
    validateInput: (text) => errorOf("amount", review("", text)),
  });
  if (amount === undefined) return;
  const { receiver } = give;
  const receiverId = await window.showInputBox({
    title: heading,
    // It is copied from elsewhere: leaving the box must not close it.
    ignoreFocusOut: true,
    prompt: receiver.hint ?? receiver.label,
    placeHolder: receiver.placeholder ?? "",
    validateInput: (text) => errorOf("receiverId", review(text, amount)),
  });
  if (receiverId === undefined) return;
  const { confirmation } = (await credits.client()).reviewTransfer(
    { receiverId, lines: [{ expiresAt, amount }] },
    credits.view,
  );
  if (confirmation === undefined || !(await confirmGive(confirmation))) return;
  const { order } = confirmation;
  const giving = credits.withClient(async (client) => {
    await client.transferOut(order);
    return panelSection(credits, client, "voucher")?.give.result;
  });
  await showResult(credits, await withProgress(credits, GIVE, giving));
}

export async function redeemVoucher(credits: Credits): Promise<void> {
  const redeem = panelSection(credits, await clientForCommand(credits, REDEEM), "voucher")?.redeem;
  let entered = "";
  for (;;) {
    const code = await window.showInputBox({
      title: credits.contributions.title(REDEEM),
      ignoreFocusOut: true,
      value: entered,
      prompt: redeem?.code.hint ?? redeem?.text ?? "",
      placeHolder: redeem?.code.placeholder ?? "",
    });
    if (code === undefined || code.trim() === "") return;
    const redeeming = credits.withClient(async (client) => {
      await client.redeem(code.trim());
      return panelSection(credits, client, "voucher")?.redeem.result;
    });
    const result = await withProgress(credits, REDEEM, redeeming);
    if (result?.tone !== "error") return showResult(credits, result);
    // What was entered is there to be mended, or to be tried again.
    const again = l10n.t("Try Again");
    if ((await window.showErrorMessage(failureText(result), again)) !== again) return;
    entered = code;
  }
}

async function showResult(credits: Credits, result: FormResult | undefined): Promise<void> {
  void credits.refresh("top_up").catch((cause: unknown) => credits.logFailure("refreshing", cause));
  if (result === undefined) return;
  if (result.tone === "error") return void window.showErrorMessage(failureText(result));
  await showVoucher(result);
}

function failureText({ title, text, detail }: FormResult): string {
  return escapeMarkup([`${title}.`, text, detail].filter(Boolean).join(" "));
}
