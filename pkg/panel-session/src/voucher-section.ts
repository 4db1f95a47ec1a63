/** Keeps the code of a voucher out of the views that a page gets. */

import type { FormResult, PanelView, Section, VoucherSection } from "costrict-credit";

/** The section about vouchers, where the view has one. */
export function voucherSection(view: PanelView): VoucherSection | undefined {
  return view.sections.find((section): section is VoucherSection => section.kind === "voucher");
}

/** The code of a voucher in the record, by the row's position in the whole list. */
export function recordedVoucher(view: PanelView, index: string | undefined): FormResult | undefined {
  const rows = view.sections.flatMap((section) => (section.kind === "records" ? section.rows : []));
  return rows.find(({ voucher }) => voucher !== undefined && voucher.show.value === index)?.voucher?.result;
}

/** A voucher's code is worth its credits to anyone who has it: a page that may have been taken over does not get it. */
export function withoutVoucherCode(view: PanelView): PanelView {
  const sections = view.sections.map((section): Section => {
    if (section.kind === "voucher") return withoutNewCode(section);
    if (section.kind !== "records") return section;
    const rows = section.rows.map(({ voucher, ...row }) =>
      voucher === undefined ? row : { ...row, voucher: { show: voucher.show } },
    );
    return { ...section, rows };
  });
  return { ...view, sections };
}

function withoutNewCode(section: VoucherSection): VoucherSection {
  const { result } = section.give;
  if (result?.code === undefined) return section;
  const { code: _secret, ...rest } = result;
  // The text announces the code, which is removed.
  return { ...section, give: { ...section.give, result: { ...rest, text: "" } } };
}
