//! The binding: arguments are checked here, results leave as plain data, and nothing else happens.

mod error;
mod host;
mod input;
mod timer;

use js_sys::{Function, Promise};
use serde::Serialize;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

use self::error::InvalidInput;
use self::host::JsHost;
use self::input::{
    DraftInput, FailedReplyInput, OptionsInput, OutcomeInput, RecordQueryInput, TransferInput, read, read_optional,
};
use crate::client::{Client, Options, RecordQuery};
use crate::domain::estimate::{Draft, Feature, TokenCount};

/// One window's client, as the package wraps it. Methods that wait return a promise that holds what it needs, so that
/// `free()` during a call does no harm.
#[wasm_bindgen]
pub struct WasmClient(Client<JsHost>);

#[wasm_bindgen]
impl WasmClient {
    #[wasm_bindgen(constructor)]
    pub fn new(host: JsValue, options: JsValue) -> Result<WasmClient, JsValue> {
        if !host.is_object() {
            return Err(InvalidInput::new("host", "give an object with token, read and write").into());
        }
        let options = read_optional::<OptionsInput>("options", options)?.unwrap_or_default();
        Ok(WasmClient(Client::new(JsHost::new(host), Options::try_from(options)?)))
    }

    pub fn open(&self) -> Promise {
        let client = self.0.clone();
        promise(async move { plain(&client.open().await) })
    }

    pub fn account(&self) -> Result<JsValue, JsValue> {
        plain(&self.0.account())
    }

    pub fn refresh(&self, trigger: JsValue) -> Result<Promise, JsValue> {
        let trigger = read("trigger", trigger)?;
        let client = self.0.clone();
        Ok(promise(async move { plain(&client.refresh(trigger).await) }))
    }

    #[wasm_bindgen(js_name = nextRefresh)]
    pub fn next_refresh(&self, activity: JsValue) -> Result<Option<f64>, JsValue> {
        let activity = read("activity", activity)?;
        Ok(self.0.next_refresh(activity).map(|at| at.millis() as f64))
    }

    pub fn watch(&self, listener: JsValue) -> Result<Function, JsValue> {
        let Ok(listener) = listener.dyn_into::<Function>() else {
            return Err(InvalidInput::new("listener", "give a function").into());
        };
        let id = self.0.watch(move |account| {
            if let Ok(account) = plain(account) {
                // A listener that throws stops nothing.
                let _ = listener.call1(&JsValue::UNDEFINED, &account);
            }
        });
        let client = self.0.clone();
        let stop = Closure::<dyn Fn()>::new(move || client.unwatch(id));
        Ok(stop.into_js_value().unchecked_into())
    }

    pub fn models(&self) -> Result<JsValue, JsValue> {
        plain(&self.0.models())
    }

    pub fn estimate(&self, draft: JsValue) -> Result<JsValue, JsValue> {
        plain(&self.0.estimate(&read_draft(draft)?))
    }

    pub fn compare(&self, draft: JsValue) -> Result<JsValue, JsValue> {
        plain(&self.0.compare(&read_draft(draft)?))
    }

    #[wasm_bindgen(js_name = estimateTask)]
    pub fn estimate_task(&self, feature: JsValue, model: JsValue) -> Result<JsValue, JsValue> {
        let feature: Feature = read("feature", feature)?;
        let model: String = read("model", model)?;
        plain(&self.0.estimate_task(feature, &model))
    }

    pub fn begin(&self, draft: JsValue) -> Result<JsValue, JsValue> {
        plain(&self.0.begin(&read_draft(draft)?))
    }

    pub fn settle(&self, id: JsValue, outcome: JsValue) -> Result<bool, JsValue> {
        let id: String = read("id", id)?;
        let outcome = read::<OutcomeInput>("outcome", outcome)?.into();
        Ok(self.0.settle(&id, &outcome))
    }

    pub fn explain(&self, reply: JsValue) -> Result<JsValue, JsValue> {
        plain(&self.0.explain(read::<FailedReplyInput>("reply", reply)?.into()))
    }

    pub fn records(&self, query: JsValue) -> Result<Promise, JsValue> {
        let query = RecordQuery::try_from(read::<RecordQueryInput>("query", query)?)?;
        let client = self.0.clone();
        Ok(promise(async move { plain(&client.records(query).await) }))
    }

    #[wasm_bindgen(js_name = transferOut)]
    pub fn transfer_out(&self, order: JsValue) -> Result<Promise, JsValue> {
        let order = read::<TransferInput>("order", order)?.into();
        let client = self.0.clone();
        Ok(promise(async move {
            match client.transfer_out(&order).await {
                Ok(result) => plain(&result),
                Err(error) => Err(InvalidInput { field: error.field(), message: error.to_string() }.into()),
            }
        }))
    }

    pub fn redeem(&self, voucher_code: JsValue) -> Result<Promise, JsValue> {
        let voucher_code: String = read("voucherCode", voucher_code)?;
        let voucher_code = voucher_code.trim().to_owned();
        if !(10..=2000).contains(&voucher_code.chars().count()) {
            return Err(InvalidInput::new("voucherCode", "give the voucher's code, 10 to 2000 characters").into());
        }
        let client = self.0.clone();
        Ok(promise(async move { plain(&client.redeem(&voucher_code).await) }))
    }

    #[wasm_bindgen(js_name = accountUrl)]
    pub fn account_url(&self, tab: JsValue) -> Result<Promise, JsValue> {
        let tab = read_optional("tab", tab)?;
        let client = self.0.clone();
        Ok(promise(async move { Ok(client.account_url(tab).await.map_or(JsValue::UNDEFINED, JsValue::from)) }))
    }

    pub fn forget(&self) -> Promise {
        let client = self.0.clone();
        promise(async move {
            client.forget().await;
            Ok(JsValue::UNDEFINED)
        })
    }
}

fn promise(work: impl Future<Output = Result<JsValue, JsValue>> + 'static) -> Promise {
    future_to_promise(work)
}

/// A value as plain JavaScript data: objects rather than Maps, nothing where Rust has `None`.
fn plain(value: &impl Serialize) -> Result<JsValue, JsValue> {
    value.serialize(&serde_wasm_bindgen::Serializer::json_compatible()).map_err(JsValue::from)
}

fn read_draft(value: JsValue) -> Result<Draft, JsValue> {
    let draft: DraftInput = read("draft", value)?;
    Ok(draft.into_draft(|_, _| TokenCount { expected: 0, range: None }))
}

