//! The binding: arguments are checked here, results leave as plain data, and nothing else happens.
//!
//! Arguments come as `JsValue`: typed ones would make one reader of JavaScript values for each type.
//! The package's own declarations (`pkg/index.d.ts`) are what callers see.

#![allow(missing_docs, reason = "the methods are documented where they are declared, in pkg/index.d.ts")]

mod error;
mod argument;
mod tokens;
mod earning;
mod input;
mod caps;
mod timer;
mod fetch;
mod host;
mod intl;
mod plain;
mod panel;

use std::alloc::System;
use std::rc::Rc;

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use zeroizing_alloc::ZeroAlloc;

use self::error::InvalidInput;
use self::host::JsHost;
use self::intl::IntlText;
use self::plain::{plain, promise};
use crate::client::Client;
use crate::domain::tokens::CountedModels;
use crate::protocol::user::InviteResult;

/// Clears what is freed. A token is a short-lived copy in this memory, and so is the reply with a voucher's code; without this
/// they would stay readable there until something else needs the bytes, also after the user has signed out.
#[global_allocator]
static ALLOCATOR: ZeroAlloc<System> = ZeroAlloc(System);

/// One window's client, as the package wraps it. Methods that wait return a promise that holds what it needs, so that
/// `free()` during a call does no harm.
#[wasm_bindgen]
pub struct WasmClient(Client<JsHost>);

impl Drop for WasmClient {
    fn drop(&mut self) {
        tokens::drop_texts();
    }
}

#[wasm_bindgen]
impl WasmClient {
    #[wasm_bindgen(constructor)]
    pub fn new(host: JsValue, options: JsValue) -> Result<WasmClient, JsValue> {
        if !host.is_object() {
            return Err(InvalidInput::new("host", "give an object with token, read and write").into());
        }
        Ok(WasmClient(Client::new(JsHost::new(host), input::options(options)?, Rc::new(IntlText::default()))))
    }

    pub fn open(&self) -> Promise {
        let client = self.0.clone();
        promise(async move { plain(&client.open().await) })
    }

    pub fn configure(&self, settings: JsValue) -> Result<Promise, JsValue> {
        let account = self.0.configure(input::settings(settings, self.0.options().zone)?);
        Ok(promise(async move { plain(&account.await) }))
    }

    pub fn account(&self) -> Result<JsValue, JsValue> {
        plain(&self.0.account())
    }

    pub fn refresh(&self, trigger: JsValue) -> Result<Promise, JsValue> {
        let (client, trigger) = (self.0.clone(), input::trigger(trigger)?);
        Ok(promise(async move { plain(&client.refresh(trigger).await) }))
    }

    #[wasm_bindgen(js_name = nextRefresh)]
    pub fn next_refresh(&self, activity: JsValue) -> Result<Option<f64>, JsValue> {
        let activity = input::activity(activity)?;
        Ok(self.0.next_refresh(activity).map(|at| at.millis() as f64))
    }

    #[wasm_bindgen(js_name = accountPageOpened)]
    pub fn account_page_opened(&self) {
        self.0.account_page_opened();
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

    pub fn task(&self, id: JsValue) -> Result<JsValue, JsValue> {
        self.0.task(&input::text("id", id)?).map_or(Ok(JsValue::UNDEFINED), |task| plain(&task))
    }

    pub fn tasks(&self, query: JsValue) -> Result<JsValue, JsValue> {
        plain(&self.0.tasks(&input::task_query(query)?))
    }

    #[wasm_bindgen(js_name = taskRequests)]
    pub fn task_requests(&self, id: JsValue) -> Result<JsValue, JsValue> {
        plain(&self.0.task_requests(&input::text("id", id)?))
    }

    #[wasm_bindgen(js_name = watchCharges)]
    pub fn watch_charges(&self, listener: JsValue) -> Result<Function, JsValue> {
        let Ok(listener) = listener.dyn_into::<Function>() else {
            return Err(InvalidInput::new("listener", "give a function").into());
        };
        let id = self.0.watch_charges(move |event| {
            if let Ok(event) = plain(event) {
                // A listener that throws stops nothing.
                let _ = listener.call1(&JsValue::UNDEFINED, &event);
            }
        });
        let client = self.0.clone();
        let stop = Closure::<dyn Fn()>::new(move || client.unwatch_charges(id));
        Ok(stop.into_js_value().unchecked_into())
    }

    pub fn models(&self) -> Result<JsValue, JsValue> {
        plain(&self.0.models())
    }

    pub fn estimate(&self, draft: JsValue) -> Result<JsValue, JsValue> {
        plain(&self.0.estimate(&input::draft(draft, CountedModels::Own)?))
    }

    pub fn compare(&self, draft: JsValue) -> Result<JsValue, JsValue> {
        plain(&self.0.compare(&input::draft(draft, CountedModels::All)?))
    }

    #[wasm_bindgen(js_name = estimateTask)]
    pub fn estimate_task(&self, feature: JsValue, model: JsValue, of: JsValue) -> Result<JsValue, JsValue> {
        let (feature, model) = (input::feature(feature)?, input::non_empty_text("model", model)?);
        plain(&self.0.estimate_task(feature, &model, input::running_task(of)?.as_deref()))
    }

    pub fn begin(&self, draft: JsValue) -> Result<JsValue, JsValue> {
        panel::begin(&self.0.default_panel(), draft)
    }

    pub fn reserve(&self, draft: JsValue) -> Result<Promise, JsValue> {
        panel::reserve(&self.0.default_panel(), draft)
    }

    pub fn caps(&self, of: JsValue) -> Result<JsValue, JsValue> {
        plain(&self.0.caps(&caps::cap_query(of)?))
    }

    #[wasm_bindgen(js_name = raiseCap)]
    pub fn raise_cap(&self, scope: JsValue, to: JsValue) -> Result<JsValue, JsValue> {
        let (target, to) = (caps::cap_target(scope)?, caps::raised_to(to)?);
        plain(&self.0.raise_cap(&target, to).map_err(caps::raise_error)?)
    }

    pub fn settle(&self, id: JsValue, outcome: JsValue) -> Result<bool, JsValue> {
        let (id, (outcome, reply)) = (input::text("id", id)?, input::outcome(outcome)?);
        Ok(match reply {
            Some(reply) => self.0.settle_refused(&id, &outcome, reply),
            None => self.0.settle(&id, &outcome),
        })
    }

    pub fn receipt(&self, id: JsValue, options: JsValue) -> Result<JsValue, JsValue> {
        let (id, (options, _, _)) = (input::text("id", id)?, input::view_options(options, &self.0)?);
        self.0.receipt(&id, &options).map_or(Ok(JsValue::UNDEFINED), |receipt| plain(&receipt))
    }

    pub fn explain(&self, reply: JsValue) -> Result<JsValue, JsValue> {
        plain(&self.0.explain(input::failed_reply(reply)?))
    }

    pub fn records(&self, query: JsValue) -> Result<Promise, JsValue> {
        panel::records(&self.0.default_panel(), query)
    }

    pub fn usage(&self, query: JsValue) -> Result<Promise, JsValue> {
        panel::usage(&self.0.default_panel(), query)
    }

    #[wasm_bindgen(js_name = usageBefore)]
    pub fn usage_before(&self, query: JsValue) -> Result<Promise, JsValue> {
        panel::usage_before(&self.0.default_panel(), query)
    }

    #[wasm_bindgen(js_name = exportAs)]
    pub fn export_as(&self, what: JsValue, format: JsValue, range: JsValue) -> Result<Promise, JsValue> {
        panel::export_as(&self.0.default_panel(), what, format, range)
    }

    pub fn forecast(&self, plan: JsValue) -> Result<JsValue, JsValue> {
        plain(&self.0.forecast(input::plan(plan)?.as_ref()))
    }

    #[wasm_bindgen(js_name = loadForecast)]
    pub fn load_forecast(&self) -> Promise {
        let client = self.0.clone();
        promise(async move { plain(&client.load_forecast().await) })
    }

    pub fn panel(&self, options: JsValue) -> Result<JsValue, JsValue> {
        panel::view(&self.0.default_panel(), options)
    }

    pub fn status(&self, options: JsValue) -> Result<JsValue, JsValue> {
        let (options, _, model) = input::view_options(options, &self.0)?;
        plain(&self.0.status(&options, model.as_deref()))
    }

    #[wasm_bindgen(js_name = taskStatus)]
    pub fn task_status(&self, id: JsValue, options: JsValue) -> Result<JsValue, JsValue> {
        let (id, (options, _, _)) = (input::text("id", id)?, input::view_options(options, &self.0)?);
        self.0.task_status(&id, &options).map_or(Ok(JsValue::UNDEFINED), |status| plain(&status))
    }

    pub fn notices(&self, options: JsValue) -> Result<Promise, JsValue> {
        let (client, (options, _, model)) = (self.0.clone(), input::view_options(options, &self.0)?);
        Ok(promise(async move { plain(&client.notices(&options, model.as_deref()).await) }))
    }

    pub fn snooze(&self, notice_id: JsValue, for_ms: JsValue) -> Result<Promise, JsValue> {
        let (notice_id, length) = (input::non_empty_text("noticeId", notice_id)?, input::length("forMs", for_ms)?);
        let client = self.0.clone();
        Ok(promise(async move {
            client.snooze(&notice_id, length).await;
            Ok(JsValue::UNDEFINED)
        }))
    }

    /// Takes in the texts of a locale, as the package ships them.
    #[wasm_bindgen(js_name = setCatalogue)]
    pub fn set_catalogue(&self, locale: JsValue, json: JsValue) -> Result<(), JsValue> {
        let (locale, json) = (input::non_empty_text("locale", locale)?, input::non_empty_text("json", json)?);
        self.0.set_catalogue(&locale, &json).map_err(|error| InvalidInput::new("json", error).into())
    }

    /// For the package's own files: the catalogue that views in this language need; nothing once it is set.
    #[wasm_bindgen(js_name = missingCatalogue)]
    pub fn missing_catalogue(&self, locale: JsValue) -> Option<String> {
        self.0.missing_catalogue(&locale.as_string()?).map(str::to_owned)
    }

    #[wasm_bindgen(js_name = reviewTransfer)]
    pub fn review_transfer(&self, draft: JsValue, options: JsValue) -> Result<JsValue, JsValue> {
        let draft = input::transfer_draft(draft)?;
        let (options, ..) = input::view_options(options, &self.0)?;
        plain(&self.0.review_transfer(&draft, &options))
    }

    #[wasm_bindgen(js_name = transferOut)]
    pub fn transfer_out(&self, order: JsValue) -> Result<Promise, JsValue> {
        panel::transfer_out(&self.0.default_panel(), order)
    }

    pub fn redeem(&self, voucher_code: JsValue) -> Result<Promise, JsValue> {
        panel::redeem(&self.0.default_panel(), voucher_code)
    }

    #[wasm_bindgen(js_name = accountUrl)]
    pub fn account_url(&self, tab: JsValue) -> Result<Promise, JsValue> {
        let (client, tab) = (self.0.clone(), input::account_tab(tab)?);
        Ok(promise(async move { Ok(client.account_url(tab).await.map_or(JsValue::UNDEFINED, JsValue::from)) }))
    }

    #[wasm_bindgen(js_name = inviteCode)]
    pub fn invite_code(&self) -> Promise {
        let client = self.0.clone();
        promise(async move { plain(&InviteResult::from(client.invite_code().await)) })
    }

    /// A panel with a state of its own.
    #[wasm_bindgen(js_name = openPanel)]
    pub fn open_panel(&self) -> panel::WasmPanel {
        panel::WasmPanel(self.0.open_panel())
    }

    pub fn forget(&self) -> Promise {
        let client = self.0.clone();
        promise(async move {
            tokens::drop_texts();
            client.forget().await;
            Ok(JsValue::UNDEFINED)
        })
    }
}
