/** Keeps the code of a voucher out of the views that a page gets. */

import type { PanelView, VoucherSection } from "costrict-credit";

/** The section about vouchers, where the view has one. */
export function voucherSection(view: PanelView): VoucherSection | undefined {
  return view.sections.find((section): section is VoucherSection => section.kind === "voucher");
}

/** A voucher's code is worth its credits to anyone who has it: a page that may have been taken over does not get it. */
export function withoutVoucherCode(view: PanelView): PanelView {
  const result = voucherSection(view)?.give.result;
  if (result?.code === undefined) return view;
  const { code: _secret, ...rest } = result;
  // The text announces the code, which is removed.
  const shown = { ...rest, text: "" };
  const sections = view.sections.map((section) =>
    section.kind === "voucher" ? { ...section, give: { ...section.give, result: shown } } : section,
  );
  return { ...view, sections };
}
