//! The input of every view. A view is a pure function of it.

use super::locale::Locale;
use super::task_input::{TaskInput, TasksInput, TasksOptions};
use crate::domain::api_enum::api_enum;
use crate::domain::balance::Account;
use crate::domain::budget::CapUse;
use crate::domain::credits::Credits;
use crate::domain::earning::EarningWay;
use crate::domain::estimate::{Estimate, TaskEstimate};
use crate::domain::forecast::Forecast;
use crate::domain::history::{RecordKind, RecordPage};
use crate::domain::price::{ModelPrice, Promotion};
use crate::domain::problem::Problem;
use crate::domain::spend::{Decision, Reason, SpendCap};
use crate::domain::time::{ServerOffset, Timestamp};
use crate::domain::transfer::RedeemedGrant;
use crate::domain::usage::UsageReport;
use crate::domain::usage_range::UsageRange;
use crate::ports::{Text, Zone};

api_enum! {
    /// What shows the panel: it decides who keeps the sign-in.
    #[derive(Default)]
    pub enum Surface {
        #[default]
        /// A web page.
        Page = "page",
        /// An editor, which keeps the sign-in.
        Editor = "editor",
    }
}

/// Options of the reader.
#[derive(Clone, Debug, PartialEq)]
pub struct ViewOptions {
    /// Language of the texts.
    pub locale: Locale,
    /// The requested locale; its region decides how numbers and dates are formatted.
    pub wanted_locale: String,
    /// The reader's zone.
    pub zone: Zone,
    /// Whose days the history has: the reader's or the server's.
    pub zone_origin: ZoneOrigin,
    /// Hide every amount.
    pub masked: bool,
    /// Where the view is displayed.
    pub surface: Surface,
    /// What the reader has chosen in the history.
    pub history: HistoryOptions,
    /// What the reader has chosen in the list of tasks.
    pub tasks: TasksOptions,
    /// The id of the task that the host is about; empty where it has none. `None`: nothing is shown of one.
    pub task: Option<String>,
}

api_enum! {
    /// Whose days usage and Credit Record are shown in.
    pub enum HistoryDays {
        /// The reader's, in the zone of the view.
        Local = "local",
        /// The server's.
        Server = "server",
    }
}

/// What the reader has chosen in the history.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HistoryOptions {
    /// `None`: the host offers no choice. Usage has the days that it was asked for, the record the zone of the view.
    pub days: Option<HistoryDays>,
    /// The start of the hour or day whose requests are listed; `None`, or one that the chart does not have, lists all.
    pub selected: Option<Timestamp>,
    /// Page of the list of requests; from 1, and 0 is the first too.
    pub page: u64,
}

/// Where the zone of a view comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ZoneOrigin {
    /// The caller named it, or the machine did.
    Reader,
    /// The machine's zone has no name that is known here: its present offset is used.
    MachineOffset,
    /// The machine's zone is unknown: the server's is used.
    Server,
}

impl ViewOptions {
    /// Reads a caller's options. `None` if the time zone is invalid, a mistake of the caller (`options.timeZone`). The
    /// default zone is the machine's, or the server's where the machine's is unknown.
    pub fn read(
        locale: &str,
        time_zone: Option<&str>,
        masked: bool,
        server: ServerOffset,
        text: &dyn Text,
    ) -> Option<ViewOptions> {
        let (zone, zone_origin) = match time_zone {
            Some(name) => (text.zone(name)?, ZoneOrigin::Reader),
            None => match text.local_zone() {
                Some(zone @ Zone::Named(_)) => (zone, ZoneOrigin::Reader),
                Some(zone @ Zone::Fixed(_)) => (zone, ZoneOrigin::MachineOffset),
                None => (Zone::Fixed(server), ZoneOrigin::Server),
            },
        };
        let wanted_locale = locale.to_owned();
        Some(ViewOptions {
            locale: Locale::nearest(locale),
            wanted_locale,
            zone,
            zone_origin,
            masked,
            surface: Surface::default(),
            history: HistoryOptions::default(),
            tasks: TasksOptions::default(),
            task: None,
        })
    }
}

/// A part that is loaded on demand.
#[derive(Clone, Copy, Debug, Default)]
pub enum Loaded<T> {
    /// Not requested yet.
    #[default]
    Idle,
    /// Requested, and not there yet.
    Loading,
    /// The last result; it may carry a problem.
    Done(T),
}

/// The usage that was requested last.
#[derive(Clone, Copy, Debug, Default)]
pub struct UsageInput<'a> {
    /// The days that were requested.
    pub range: UsageRange,
    /// The result.
    pub report: Loaded<&'a UsageReport>,
    /// Whose days the report has; `None`: the server's.
    pub zone: Option<&'a Zone>,
    /// A newer request is under way.
    pub busy: bool,
    /// How far estimates were off in the same range.
    pub accuracy: Option<Accuracy>,
    /// The last export of usage, if it is incomplete.
    pub exported: Option<&'a IncompleteExport>,
}

/// How this client's own estimates compare with what was charged in the same range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accuracy {
    /// Sum of the estimates.
    pub estimated: Credits,
    /// Sum of the charges.
    pub charged: Credits,
    /// Charged, but by no request of this client.
    pub unexplained: Credits,
}

/// The page of records that was requested last.
#[derive(Clone, Copy, Debug)]
pub struct RecordsInput<'a> {
    /// From 1.
    pub page: u64,
    /// Records on a page.
    pub page_size: u64,
    /// Only records of this kind.
    pub kind: Option<RecordKind>,
    /// Only records with this text; empty for all.
    pub search: &'a str,
    /// The result.
    pub loaded: Loaded<&'a RecordPage>,
    /// A newer request is under way.
    pub busy: bool,
    /// An own transfer has changed the list since it was loaded.
    pub outdated: bool,
    /// The last export of records, if it is incomplete.
    pub exported: Option<&'a IncompleteExport>,
}

impl Default for RecordsInput<'_> {
    fn default() -> Self {
        RecordsInput {
            page: 1,
            page_size: 20,
            kind: None,
            search: "",
            loaded: Loaded::Idle,
            busy: false,
            outdated: false,
            exported: None,
        }
    }
}

/// An incomplete export; the panel reports it beside the export buttons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IncompleteExport {
    /// Rows in the file.
    pub rows: usize,
    /// Why rows are missing.
    pub problem: Option<Problem>,
}

/// Outcome of the last voucher that was made or redeemed in this panel.
#[derive(Clone, Copy, Debug)]
pub enum VoucherOutcome<'a> {
    /// The code is shown once and not stored.
    Made {
        /// The voucher's code.
        code: &'a str,
        /// Credits that it is worth.
        amount: Option<Credits>,
    },
    /// A voucher was redeemed.
    Redeemed {
        /// Credits that were added.
        added: Option<Credits>,
        /// What was added, by expiry.
        grants: &'a [RedeemedGrant],
        /// Credits that had expired before.
        lost: Option<Credits>,
    },
    /// The voucher had been redeemed before.
    AlreadyRedeemed,
    /// Making or redeeming a voucher failed.
    Failed(&'a Problem),
}

/// The draft in the prompt field, and what it would cost.
#[derive(Clone, Copy, Debug)]
pub struct DraftInput<'a> {
    /// What the draft would cost.
    pub estimate: &'a Estimate,
    /// Whether it may be sent.
    pub decision: Decision,
    /// Why not, or why to ask first.
    pub reason: Option<Reason>,
    /// If a budget is the reason: the limit that it would pass, and the models that would not.
    pub cap: Option<&'a SpendCap>,
    /// The limits that apply to it, beside what is used of them.
    pub caps: &'a [CapUse],
    /// On every model, cheapest first.
    pub comparison: &'a [Estimate],
}

/// Everything that a view can show.
#[derive(Clone, Copy, Debug)]
pub struct ViewInput<'a> {
    /// The account.
    pub account: &'a Account,
    /// Server time.
    pub now: Timestamp,
    /// The server's zone.
    pub server: ServerOffset,
    /// The models with their prices.
    pub models: &'a [ModelPrice],
    /// Promotions that may apply.
    pub promotions: &'a [Promotion],
    /// Ways to get credits; `None` is the built-in list.
    pub ways: Option<&'a [EarningWay]>,
    /// The model in use.
    pub model: Option<&'a str>,
    /// What a request on Auto would cost; `None` where the server has no Auto.
    pub auto: Option<&'a Estimate>,
    /// What is expected of the credits.
    pub forecast: Option<&'a Forecast>,
    /// Limits of day and week that are set.
    pub caps: &'a [CapUse],
    /// Usage of the chosen range.
    pub usage: UsageInput<'a>,
    /// The credit record.
    pub records: RecordsInput<'a>,
    /// The voucher that was made last.
    pub given: Option<VoucherOutcome<'a>>,
    /// The voucher that was redeemed last.
    pub redeemed: Option<VoucherOutcome<'a>>,
    /// The draft that is being written.
    pub draft: Option<DraftInput<'a>>,
    /// Why the last request was refused.
    pub refused: Option<&'a Problem>,
    /// What whole tasks would cost.
    pub tasks: &'a [TaskEstimate],
    /// The host's task; `None`: nothing is shown of one.
    pub task: Option<TaskInput<'a>>,
    /// The list of tasks.
    pub task_list: Option<&'a TasksInput>,
}

impl<'a> ViewInput<'a> {
    /// The account alone; everything else is not loaded.
    pub fn of(account: &'a Account, now: Timestamp, server: ServerOffset) -> ViewInput<'a> {
        ViewInput {
            account,
            now,
            server,
            models: &[],
            promotions: &[],
            ways: None,
            model: None,
            auto: None,
            forecast: None,
            caps: &[],
            usage: UsageInput::default(),
            records: RecordsInput::default(),
            given: None,
            redeemed: None,
            draft: None,
            refused: None,
            tasks: &[],
            task: None,
            task_list: None,
        }
    }

    /// The model selected in the request section: the draft's, else the one in use, else the first.
    pub fn chosen_model(&self) -> &'a str {
        let chosen = self.draft.map(|draft| draft.estimate.model.as_str()).or(self.model);
        chosen.or(self.models.first().map(|model| model.id.as_str())).unwrap_or_default()
    }
}
