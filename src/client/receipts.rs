//! Receipts: what a request cost that this window sent.

use super::Client;
use crate::ports::Ports;
use crate::view::{ReceiptView, ViewInput, ViewOptions, receipt};

impl<P: Ports> Client<P> {
    /// The receipt of a request from `begin`; `None` while it is not settled, and for one that failed, was cancelled, or
    /// was not sent by this window.
    pub fn receipt(&self, id: &str, options: &ViewOptions) -> Option<ReceiptView> {
        let found = self.with_engine(|engine| engine.receipt(id).map(|(receipt, model)| (receipt, model.to_owned())));
        let (found, model) = found.flatten()?;
        let (account, models) = (self.account(), self.models());
        let (server_now, catalogues) = (self.server_now(), self.catalogues());
        let input = ViewInput { models: &models, ..ViewInput::of(&account, server_now, self.options().zone) };
        Some(receipt(found, &model, &input, options, &catalogues, &*self.0.text))
    }
}
