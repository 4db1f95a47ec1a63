//! What is used of the user's limits, and raising them for a while.

use super::Client;
use crate::domain::budget::{CapTarget, CapUse, RaiseError, RaisedTo};
use crate::domain::estimate::Draft;
use crate::domain::task_ledger::TaskPlacement;
use crate::ports::Ports;

/// Whose limits are asked for, beside those of day and week.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CapQuery {
    /// A task, or a sub-task, which shares the limit of the task that it belongs to.
    pub task_id: Option<String>,
    /// A project; without it that of the task.
    pub project: Option<String>,
}

impl CapQuery {
    /// Of the task and the project that a draft names.
    pub fn of(draft: &Draft) -> CapQuery {
        let project = draft.task.as_ref().and_then(|label| label.project.clone());
        CapQuery { task_id: draft.task_id.clone(), project }
    }
}

impl<P: Ports> Client<P> {
    /// The limits that are set, beside what is used of them. None without an account.
    ///
    /// ```
    /// use costrict_credit::client::{CapQuery, Client};
    /// use costrict_credit::ports::Ports;
    ///
    /// fn log_caps<P: Ports>(client: &Client<P>, task: &str) {
    ///     for cap in client.caps(&CapQuery { task_id: Some(task.to_owned()), project: None }) {
    ///         println!("{}: {} of {:?} used", cap.scope.name(), cap.used, cap.stop);
    ///     }
    /// }
    /// ```
    pub fn caps(&self, of: &CapQuery) -> Vec<CapUse> {
        let (now, budget) = (self.now(), self.options().budget);
        let caps = self.with_engine(|engine| {
            let placement = engine.placement(of.task_id.as_deref(), of.project.as_deref());
            engine.caps(&placement, &budget, now)
        });
        caps.unwrap_or_default()
    }

    /// The limits of day and week that are set, beside what is used of them.
    pub(super) fn calendar_caps(&self) -> Vec<CapUse> {
        let (now, budget) = (self.now(), self.options().budget);
        let caps = self.with_engine(|engine| engine.caps(&TaskPlacement::default(), &budget, now));
        caps.unwrap_or_default()
    }

    /// Raises a limit for a while, in all windows: its two amounts are at least `to`. That of a task stays raised as long as the
    /// task is known, that of a project, of the day and of the week until the server's midnight.
    ///
    /// ```
    /// use costrict_credit::client::Client;
    /// use costrict_credit::domain::budget::{CapTarget, RaisedTo};
    /// use costrict_credit::domain::credits::Credits;
    /// use costrict_credit::ports::Ports;
    ///
    /// fn allow_more_today<P: Ports>(client: &Client<P>) {
    ///     match client.raise_cap(&CapTarget::Day, RaisedTo::Credits(Credits::from_whole(200))) {
    ///         Ok(cap) => println!("{} used of {:?}", cap.used, cap.stop),
    ///         // Such as "250 is used already: give more".
    ///         Err(error) => println!("{error}"),
    ///     }
    /// }
    /// ```
    ///
    /// # Errors
    /// For a limit that is not set, and for an amount that would change nothing.
    pub fn raise_cap(&self, target: &CapTarget, to: RaisedTo) -> Result<CapUse, RaiseError> {
        let budget = self.options().budget;
        let raised = self.change(self.epoch(), |signed_in, now| signed_in.engine.raise_cap(target, to, &budget, now));
        let cap = raised.unwrap_or(Err(RaiseError::SignedOut))?;
        self.schedule_tasks();
        // Views show limits.
        self.notify_all();
        Ok(cap)
    }
}
