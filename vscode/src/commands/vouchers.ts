/** Giving credits away and redeeming a voucher, step by step and in the panel's words. */

import type { FormResult } from "costrict-credit";
import { env, window } from "vscode";

import type { Credits } from "../credits.js";
import { title } from "../own-words.js";
import { clientWithReading, section } from "../sections.js";

export async function giveVoucher(credits: Credits): Promise<void> {
  const client = await clientWithReading(credits);
  const give = section(credits, client, "voucher")?.give;
  if (give === undefined) return;
  if (give.unavailable !== undefined) return void window.showInformationMessage(give.unavailable);
  const heading = title("costrictCredit.giveVoucher");
  const line = await window.showQuickPick(
    give.lines.map((candidate) => ({ label: candidate.label, description: candidate.hint, candidate })),
    { title: heading, placeHolder: give.text },
  );
  if (line === undefined) return;
  const { max, step, expiresAt } = line.candidate;
  const amount = await window.showInputBox({
    title: heading,
    prompt: `${line.label} ${line.description}`,
    validateInput: (text) => (isAmount(text, max, step) ? undefined : line.description || line.label),
  });
  if (amount === undefined) return;
  const { receiver } = give;
  const receiverId = await window.showInputBox({ title: heading, prompt: receiver.hint ?? receiver.label, placeHolder: receiver.placeholder ?? "" });
  if (receiverId === undefined || receiverId.trim() === "") return;
  const sure = await window.showWarningMessage(give.warning, { modal: true, detail: receiverId }, give.submit.label);
  if (sure !== give.submit.label) return;
  await client.transferOut({ receiverId: receiverId.trim(), lines: [{ expiresAt, amount: Number(amount) }] });
  const result = section(credits, client, "voucher")?.give.result;
  void credits.refresh("top_up");
  await showResult(result);
}

export async function redeemVoucher(credits: Credits): Promise<void> {
  const client = await clientWithReading(credits);
  const redeem = section(credits, client, "voucher")?.redeem;
  const code = await window.showInputBox({
    title: title("costrictCredit.redeemVoucher"),
    prompt: redeem?.code.hint ?? redeem?.text ?? "",
    placeHolder: redeem?.code.placeholder ?? "",
  });
  if (code === undefined || code.trim() === "") return;
  await client.redeem(code.trim());
  const result = section(credits, client, "voucher")?.redeem.result;
  void credits.refresh("top_up");
  await showResult(result);
}

/** A voucher is shown once and kept nowhere: it goes to the clipboard when the user says so. */
async function showResult(result: FormResult | undefined): Promise<void> {
  if (result === undefined) return;
  const text = `${result.title}. ${result.text}`;
  if (result.tone === "error") return void window.showErrorMessage(text);
  const copy = result.code?.copy.label;
  const chosen = await window.showInformationMessage(text, ...(copy === undefined ? [] : [copy]));
  if (copy !== undefined && chosen === copy && result.code !== undefined) await env.clipboard.writeText(result.code.value);
}

/** As a number field of a form takes it; what it is worth, the core decides. */
function isAmount(text: string, max: number | undefined, step: number): boolean {
  if (!/^\d+(\.\d+)?$/.test(text)) return false;
  const amount = Number(text);
  return amount > 0 && (max === undefined || amount <= max) && (step !== 1 || Number.isInteger(amount));
}
