//! A panel with a state of its own, as the package wraps it; the client's own panel is served by the same functions.

use js_sys::Promise;
use wasm_bindgen::prelude::*;

use super::error::InvalidInput;
use super::host::JsHost;
use super::input;
use super::plain::{plain, promise};
use crate::client::Panel;
use crate::domain::tokens::CountedModels;

/// A panel that was opened. `free()` during a call does no harm: its result is not kept.
#[wasm_bindgen]
pub struct WasmPanel(pub(super) Panel<JsHost>);

impl Drop for WasmPanel {
    fn drop(&mut self) {
        self.0.close();
    }
}

#[wasm_bindgen]
impl WasmPanel {
    pub fn view(&self, options: JsValue) -> Result<JsValue, JsValue> {
        view(&self.0, options)
    }

    pub fn begin(&self, draft: JsValue) -> Result<JsValue, JsValue> {
        begin(&self.0, draft)
    }

    pub fn reserve(&self, draft: JsValue) -> Result<Promise, JsValue> {
        reserve(&self.0, draft)
    }

    pub fn records(&self, query: JsValue) -> Result<Promise, JsValue> {
        records(&self.0, query)
    }

    pub fn usage(&self, query: JsValue) -> Result<Promise, JsValue> {
        usage(&self.0, query)
    }

    #[wasm_bindgen(js_name = usageBefore)]
    pub fn usage_before(&self, query: JsValue) -> Result<Promise, JsValue> {
        usage_before(&self.0, query)
    }

    #[wasm_bindgen(js_name = exportAs)]
    pub fn export_as(&self, what: JsValue, format: JsValue, range: JsValue) -> Result<Promise, JsValue> {
        export_as(&self.0, what, format, range)
    }

    #[wasm_bindgen(js_name = transferOut)]
    pub fn transfer_out(&self, order: JsValue) -> Result<Promise, JsValue> {
        transfer_out(&self.0, order)
    }

    pub fn redeem(&self, voucher_code: JsValue) -> Result<Promise, JsValue> {
        redeem(&self.0, voucher_code)
    }
}

pub(super) fn view(panel: &Panel<JsHost>, options: JsValue) -> Result<JsValue, JsValue> {
    let (options, draft, model) = input::view_options(options, panel.client())?;
    plain(&panel.view(&options, draft.as_ref(), model.as_deref()))
}

pub(super) fn begin(panel: &Panel<JsHost>, draft: JsValue) -> Result<JsValue, JsValue> {
    plain(&panel.begin(&input::draft(draft, CountedModels::Own)?))
}

pub(super) fn reserve(panel: &Panel<JsHost>, draft: JsValue) -> Result<Promise, JsValue> {
    let spend = panel.reserve(&input::draft(draft, CountedModels::Own)?);
    Ok(promise(async move { plain(&spend.await) }))
}

pub(super) fn records(panel: &Panel<JsHost>, query: JsValue) -> Result<Promise, JsValue> {
    // Called before the promise is polled, so that the panel shows immediately what is being loaded.
    let page = panel.records(input::record_query(query)?);
    Ok(promise(async move { plain(&page.await) }))
}

pub(super) fn usage(panel: &Panel<JsHost>, query: JsValue) -> Result<Promise, JsValue> {
    let report = panel.usage(input::usage_query(query, panel.client())?);
    Ok(promise(async move { plain(&report.await.map_err(input::range_error)?) }))
}

pub(super) fn usage_before(panel: &Panel<JsHost>, query: JsValue) -> Result<Promise, JsValue> {
    let (panel, query) = (panel.clone(), input::usage_query(query, panel.client())?);
    Ok(promise(async move { plain(&panel.usage_before(query).await.map_err(input::range_error)?) }))
}

pub(super) fn export_as(
    panel: &Panel<JsHost>,
    what: JsValue,
    format: JsValue,
    range: JsValue,
) -> Result<Promise, JsValue> {
    let (panel, (what, format)) = (panel.clone(), input::export(what, format, range, panel.client())?);
    Ok(promise(async move { plain(&panel.export(what, format).await.map_err(input::range_error)?) }))
}

pub(super) fn transfer_out(panel: &Panel<JsHost>, order: JsValue) -> Result<Promise, JsValue> {
    let order = input::transfer_order(order)?;
    // Called before the promise is polled, so that the result of an earlier transfer is not shown any more.
    let given = panel.transfer_out(&order);
    Ok(promise(async move {
        match given.await {
            Ok(result) => plain(&result),
            Err(error) => Err(InvalidInput { field: error.field(), message: error.to_string() }.into()),
        }
    }))
}

pub(super) fn redeem(panel: &Panel<JsHost>, voucher_code: JsValue) -> Result<Promise, JsValue> {
    let voucher_code = input::voucher_code(voucher_code)?;
    let redeemed = panel.redeem(&voucher_code);
    Ok(promise(async move { plain(&redeemed.await) }))
}
