//! The texts of languages, and the views that need nothing of a panel.

use std::cell::RefCell;
use std::ops::Deref;
use std::rc::Rc;

use super::Client;
use crate::domain::task_ledger::task_key;
use crate::ports::{Ports, Zone};
use crate::view::{
    CatalogueError, Catalogues, Locale, StatusView, TaskStatusView, ViewInput, ViewOptions, status, task_status,
};

/// A value that a view may go on reading while another call changes it: the change is then made to a copy.
#[derive(Debug, Default)]
pub(super) struct CopyOnWrite<T>(Rc<T>);

impl<T> Clone for CopyOnWrite<T> {
    fn clone(&self) -> Self {
        CopyOnWrite(Rc::clone(&self.0))
    }
}

impl<T> Deref for CopyOnWrite<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Clone> CopyOnWrite<T> {
    pub fn edit(&mut self) -> &mut T {
        Rc::make_mut(&mut self.0)
    }
}

#[derive(Default)]
pub(super) struct SharedCatalogues(RefCell<CopyOnWrite<Catalogues>>);

impl<P: Ports> Client<P> {
    /// Adds the texts of a locale, as the package ships them. Views in it are English until then.
    ///
    /// # Errors
    /// For a text that is no catalogue, and for a locale that is not supported.
    pub fn set_catalogue(&self, tag: &str, json: &str) -> Result<(), CatalogueError> {
        self.0.catalogues.0.borrow_mut().edit().set(tag, json)
    }

    /// The tag of the catalogue that views in the language nearest to `tag` need; `None` once it is set.
    pub fn missing_catalogue(&self, tag: &str) -> Option<&'static str> {
        self.0.catalogues.0.borrow().missing(Locale::nearest(tag)).map(Locale::tag)
    }

    pub(super) fn catalogues(&self) -> CopyOnWrite<Catalogues> {
        self.0.catalogues.0.borrow().clone()
    }

    /// A caller's time zone: an IANA name or an offset.
    pub fn zone(&self, name: &str) -> Option<Zone> {
        self.0.text.zone(name)
    }

    /// The options of a view; `None` for an unknown time zone.
    pub fn view_options(&self, locale: &str, time_zone: Option<&str>, masked: bool) -> Option<ViewOptions> {
        ViewOptions::read(locale, time_zone, masked, self.options().zone, &*self.0.text)
    }

    /// The status bar's short text, tooltip and severity. `model` is the one in use.
    pub fn status(&self, options: &ViewOptions, model: Option<&str>) -> StatusView {
        let (account, models, forecast) = (self.account(), self.models(), self.forecast(None));
        let (server_now, catalogues, auto) = (self.server_now(), self.catalogues(), self.auto_estimate(&models));
        let (chosen, caps) = (self.options(), self.calendar_caps());
        let mut input = ViewInput::of(&account, server_now, chosen.zone);
        input.models = &models;
        input.promotions = &chosen.promotions;
        input.ways = chosen.ways.as_deref();
        input.model = model;
        input.auto = auto.as_ref();
        input.forecast = Some(&forecast);
        input.caps = &caps;
        let shown_task = options.task.as_ref().map(|id| self.shown_task(id));
        input.task = shown_task.as_ref().map(|task| task.input());
        status(&input, options, &catalogues, &*self.0.text)
    }

    /// What turn and task in progress cost; `None` for a task that is not known.
    pub fn task_status(&self, task: &str, options: &ViewOptions) -> Option<TaskStatusView> {
        let shown = self.shown_task(task);
        let input = shown.input();
        let report = input.report?;
        let turn = self.with_engine(|engine| {
            let sub_tasks = report.sub_tasks.iter().map(String::as_str);
            engine.task_ledger.newest_request(sub_tasks.chain([&*task_key(task)])).cloned()
        });
        let turn = turn.flatten();
        let (server_now, zone, catalogues) = (self.server_now(), self.options().zone, self.catalogues());
        task_status(&input, turn.as_ref(), server_now, zone, options, &catalogues, &*self.0.text)
    }
}
