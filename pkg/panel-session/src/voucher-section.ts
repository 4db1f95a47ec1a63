/** Keeps the code of a voucher out of the views that a page gets. */

import type { PanelView, Section, VoucherSection } from "costrict-credit";

import type { PanelHost } from "./panel-host.js";

/** The section about vouchers, where the view has one. */
export function voucherSection(view: PanelView): VoucherSection | undefined {
  return view.sections.find((section): section is VoucherSection => section.kind === "voucher");
}

/**
 * Shows the voucher of a record, by the row's position in the whole list: for a host that keeps codes from its page. Every
 * other page has the code, and shows it itself.
 */
export async function showRecordedVoucher(
  host: Pick<PanelHost, "showVoucher">,
  view: PanelView,
  index: string | undefined,
): Promise<void> {
  const rows = view.sections.flatMap((section) => (section.kind === "records" ? section.rows : []));
  const result = rows.find(({ voucher }) => voucher?.show.value === index)?.voucher?.result;
  if (index !== undefined && result?.code !== undefined) await host.showVoucher?.(result);
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
