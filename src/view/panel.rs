//! The account panel as a whole: which sections there are, and in what order.

use serde::Serialize;

use super::account::{self, AccountCard};
use super::balance::{self, BalanceSection, is_empty_account, left_sentence};
use super::components::*;
use super::english::Message;
use super::formatter::Formatter;
use super::input::{HistoryDays, Loaded, Surface, ViewInput, ViewOptions, ZoneOrigin};
use super::ladder::{self, ForecastSection, LadderSection};
use super::locale::{Locale, formatting_tag};
use super::message::Catalogues;
use super::models::{self, ModelsSection};
use super::records::{self, RecordsSection};
use super::send::{self, SendSection};
use super::sources::{self, SourcesSection};
use super::task::{self, TaskSection};
use super::tasks::{self, TasksSection};
use super::usage::{self, UsageSection};
use super::voucher::{self, VoucherSection};
use crate::domain::balance::{AccountState, Balance};
use crate::domain::problem::{Problem, ProblemKind};
use crate::domain::time::ServerOffset;
use crate::ports::{Text, Zone};

/// What the panel as a whole shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PanelState {
    /// No user is signed in.
    SignedOut,
    /// Nothing is known yet.
    Loading,
    /// The account is shown.
    Ready,
    /// The account has no credits and no history.
    Empty,
    /// Nothing is known, and the last refresh failed.
    Problem,
}

/// The account panel as data. `pkg/panel.d.ts` documents it for pages.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PanelView {
    /// The language of all texts.
    pub locale: &'static str,
    /// "ltr" or "rtl".
    pub direction: &'static str,
    /// The balance in one sentence.
    pub summary: String,
    /// What the panel as a whole shows.
    pub state: PanelState,
    /// The heading.
    pub title: String,
    /// A text that a screen reader speaks after a change; empty for none.
    pub announcement: String,
    /// Amounts and names are hidden.
    pub masked: bool,
    /// What the user can do with the panel.
    pub toolbar: Vec<Action>,
    /// How sections are grouped.
    pub groups: Vec<Group>,
    /// The parts of the panel, from top to bottom.
    pub sections: Vec<Section>,
    /// Texts for failures of the page itself.
    pub failures: Failures,
}

/// Texts for actions that the host could not do. The page shows them itself.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Failures {
    pub copy: String,
    pub save: String,
    pub open: String,
    pub setting: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Group {
    pub id: GroupId,
    pub label: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Section {
    Welcome(WelcomeSection),
    Loading(LoadingSection),
    Balance(Box<BalanceSection>),
    Ladder(LadderSection),
    Forecast(ForecastSection),
    Sources(SourcesSection),
    Task(TaskSection),
    Usage(Box<UsageSection>),
    Tasks(Box<TasksSection>),
    Records(Box<RecordsSection>),
    Voucher(Box<VoucherSection>),
    Models(ModelsSection),
    Send(Box<SendSection>),
    Settings(Box<SettingsSection>),
}

impl Section {
    fn group(&self) -> GroupId {
        match self {
            Section::Welcome(section) => section.group,
            Section::Loading(section) => section.group,
            Section::Balance(section) => section.group,
            Section::Ladder(section) => section.group,
            Section::Forecast(section) => section.group,
            Section::Sources(section) => section.group,
            Section::Task(section) => section.group,
            Section::Usage(section) => section.group,
            Section::Tasks(section) => section.group,
            Section::Records(section) => section.group,
            Section::Voucher(section) => section.group,
            Section::Models(section) => section.group,
            Section::Send(section) => section.group,
            Section::Settings(section) => section.group,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WelcomeSection {
    pub group: GroupId,
    pub title: String,
    pub text: String,
    pub facts: Vec<String>,
    pub actions: Vec<Action>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LoadingSection {
    pub group: GroupId,
    pub title: String,
    pub text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<ProblemLine>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SettingsSection {
    pub group: GroupId,
    pub title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountCard>,
    pub mask: Action,
    pub language: Choice,
    pub time_zone: String,
    pub privacy: String,
}

/// The formatter for the reader of a view.
pub(crate) fn formatter<'a>(
    now: crate::domain::time::Timestamp,
    server: ServerOffset,
    options: &ViewOptions,
    catalogues: &'a Catalogues,
    text: &'a dyn Text,
) -> Formatter<'a> {
    let locale = catalogues.available(options.locale);
    Formatter {
        text,
        catalogues,
        locale,
        format_tag: formatting_tag(locale, &options.wanted_locale),
        zone: options.zone.clone(),
        server,
        masked: options.masked,
        now,
    }
}

/// The account panel, ready to draw.
pub fn panel(input: &ViewInput<'_>, options: &ViewOptions, catalogues: &Catalogues, text: &dyn Text) -> PanelView {
    let fmt = &formatter(input.now, input.server, options, catalogues, text);
    let account = input.account;
    let sections = match (account.state, &account.balance) {
        (AccountState::SignedOut, _) => vec![welcome(fmt), models_of(fmt, input), settings(fmt, input, options)],
        (_, Some(balance)) => sections_with_balance(fmt, input, options, balance),
        (_, None) => vec![loading(fmt, account.problem.as_ref()), models_of(fmt, input), settings(fmt, input, options)],
    };
    let sections: Vec<Section> = sections.into_iter().flatten().collect();
    let groups = [
        (GroupId::Balance, Message::GroupBalance),
        (GroupId::History, Message::GroupHistory),
        (GroupId::Models, Message::GroupModels),
        (GroupId::Settings, Message::GroupSettings),
    ];
    let used = groups.into_iter().filter(|(id, _)| sections.iter().any(|section| section.group() == *id));
    PanelView {
        locale: fmt.locale.tag(),
        // None of the supported languages is written from right to left.
        direction: "ltr",
        summary: summary(fmt, input),
        state: state(input),
        title: fmt.message(Message::PanelTitle),
        announcement: announcement(fmt, input),
        masked: fmt.masked,
        toolbar: toolbar(fmt, account.state),
        groups: used.map(|(id, label)| Group { id, label: fmt.message(label) }).collect(),
        sections,
        failures: Failures {
            // While amounts are hidden the code, which holds them, is hidden as well.
            copy: fmt.message(if fmt.masked { Message::FailedCopyMasked } else { Message::FailedCopy }),
            save: fmt.message(Message::FailedSave),
            open: fmt.message(Message::FailedOpen),
            setting: fmt.message(Message::FailedSetting),
        },
    }
}

fn state(input: &ViewInput<'_>) -> PanelState {
    let account = input.account;
    match (account.state, &account.balance, &account.problem) {
        (AccountState::SignedOut, ..) => PanelState::SignedOut,
        (_, Some(balance), _) if is_empty_account(balance) => PanelState::Empty,
        (_, Some(_), _) => PanelState::Ready,
        (_, None, Some(_)) => PanelState::Problem,
        (_, None, None) => PanelState::Loading,
    }
}

fn sections_with_balance(
    fmt: &Formatter<'_>,
    input: &ViewInput<'_>,
    options: &ViewOptions,
    balance: &Balance,
) -> Vec<Option<Section>> {
    // Times of the record are on the same clocks as the days of the usage.
    let zone = match options.history.days {
        Some(HistoryDays::Server) => Zone::Fixed(fmt.server),
        _ => fmt.zone.clone(),
    };
    let record_fmt = &Formatter { zone, format_tag: fmt.format_tag.clone(), ..*fmt };
    let forecast =
        input.forecast.map(|forecast| Section::Forecast(ladder::forecast_section(fmt, forecast, balance.available)));
    vec![
        Some(Section::Balance(Box::new(balance::section(fmt, input, balance)))),
        input.task.as_ref().map(|task| Section::Task(task::section(fmt, task))),
        forecast,
        Some(Section::Ladder(ladder::section(fmt, input, balance, ladder::MAX_PANEL_RUNGS))),
        sources::section(fmt, input.ways, balance.starred).map(Section::Sources),
        Some(Section::Usage(Box::new(usage::section(fmt, input, &options.history)))),
        tasks_of(record_fmt, input, options),
        Some(Section::Records(Box::new(records::section(record_fmt, input)))),
        Some(Section::Voucher(Box::new(voucher::section(fmt, input, balance)))),
        Some(Section::Send(Box::new(send::section(fmt, input)))),
        models_of(fmt, input),
        settings(fmt, input, options),
    ]
}

fn tasks_of(fmt: &Formatter<'_>, input: &ViewInput<'_>, options: &ViewOptions) -> Option<Section> {
    let usage = match input.usage.report {
        Loaded::Done(report) => Some(report),
        Loaded::Idle | Loaded::Loading => None,
    };
    let list = input.task_list?;
    Some(Section::Tasks(Box::new(tasks::section(fmt, list, &options.tasks, usage))))
}

fn models_of(fmt: &Formatter<'_>, input: &ViewInput<'_>) -> Option<Section> {
    let wanted = !input.models.is_empty() || input.account.balance.is_some();
    wanted.then(|| Section::Models(models::section(fmt, input)))
}

fn welcome(fmt: &Formatter<'_>) -> Option<Section> {
    Some(Section::Welcome(WelcomeSection {
        group: GroupId::Balance,
        title: fmt.message(Message::WelcomeTitle),
        text: fmt.message(Message::WelcomeText),
        facts: vec![fmt.message(Message::FactPay), fmt.message(Message::FactExpire), fmt.message(Message::FactGet)],
        actions: vec![Action::new(ActionId::SignIn, fmt.message(Message::ActionSignIn)).primary()],
    }))
}

fn loading(fmt: &Formatter<'_>, problem: Option<&Problem>) -> Option<Section> {
    Some(Section::Loading(LoadingSection {
        group: GroupId::Balance,
        title: fmt.message(Message::BalanceTitle),
        text: fmt.message(if problem.is_some() { Message::SummaryUnknown } else { Message::LoadingBalance }),
        problem: problem.map(|problem| problem_line(fmt, problem, Some(ActionId::Refresh), false)),
    }))
}

fn mask(fmt: &Formatter<'_>) -> Action {
    let (label, value) = if fmt.masked { (Message::ActionShow, "off") } else { (Message::ActionHide, "on") };
    Action { pressed: Some(fmt.masked), ..Action::new(ActionId::Mask, fmt.message(label)).with_value(value) }
}

fn toolbar(fmt: &Formatter<'_>, state: AccountState) -> Vec<Action> {
    if state == AccountState::SignedOut {
        return vec![mask(fmt)];
    }
    vec![
        Action::new(ActionId::Refresh, fmt.message(Message::ActionRefresh)),
        mask(fmt),
        Action::account(fmt.message(Message::ActionAccount), AccountTab::Usage),
    ]
}

fn settings(fmt: &Formatter<'_>, input: &ViewInput<'_>, options: &ViewOptions) -> Option<Section> {
    let option = |locale: Locale| ChoiceOption {
        value: locale.tag().to_owned(),
        label: locale.own_name().to_owned(),
        selected: locale == options.locale,
    };
    let zone = match &fmt.zone {
        Zone::Named(name) => name.clone(),
        Zone::Fixed(offset) => format!("UTC{offset}"),
    };
    let server = fmt.server_zone();
    let zone = fmt.message(Message::SettingsZone { zone: &fmt.untrusted(&zone), server: &server });
    let origin = match options.zone_origin {
        ZoneOrigin::Reader => String::new(),
        ZoneOrigin::MachineOffset => fmt.message(Message::SettingsZoneOffset),
        ZoneOrigin::Server => fmt.message(Message::SettingsZoneServer),
    };
    Some(Section::Settings(Box::new(SettingsSection {
        group: GroupId::Settings,
        title: fmt.message(Message::SettingsTitle),
        account: input.account.user.as_ref().map(|user| account::card(fmt, user)),
        mask: mask(fmt),
        language: Choice {
            id: ActionId::Locale,
            label: fmt.message(Message::SettingsLanguage),
            options: Locale::all().map(option).collect(),
        },
        time_zone: fmt.join_sentences([zone, origin]),
        privacy: fmt.message(match options.surface {
            Surface::Editor => Message::SettingsPrivacy,
            Surface::Page => Message::SettingsPrivacyApp,
        }),
    })))
}

/// The balance in a sentence, or why it is unknown; without its age.
fn state_sentence(fmt: &Formatter<'_>, input: &ViewInput<'_>) -> String {
    let account = input.account;
    match (account.state, &account.balance) {
        (AccountState::SignedOut, _) => fmt.message(Message::SummarySignedOut),
        (_, Some(balance)) => left_sentence(fmt, balance),
        (_, None) => {
            fmt.message(if account.problem.is_some() { Message::SummaryUnknown } else { Message::LoadingBalance })
        }
    }
}

/// The title of the problem as a sentence. Not for `SignedOut`, which the summary says already.
fn problem_sentence(fmt: &Formatter<'_>, input: &ViewInput<'_>) -> Option<String> {
    let problem = input.account.problem.as_ref().filter(|problem| problem.kind != ProblemKind::SignedOut)?;
    Some(fmt.message(Message::Stated { text: &problem_title(fmt, problem.kind) }))
}

/// "7.5 of your credits expire in 4 days.", if the next grant has a known expiry.
pub(crate) fn next_expiry(fmt: &Formatter<'_>, balance: &Balance) -> Option<String> {
    let next = balance.grants.as_deref()?.iter().find(|grant| grant.next)?;
    let when = fmt.relative(next.expires_at.filter(|expiry| !expiry.is_never())?);
    Some(if fmt.masked {
        fmt.message(Message::NoticeExpiryMasked { when: &when })
    } else {
        fmt.message(Message::NoticeExpiry { amount: &fmt.amount(next.amount), when: &when })
    })
}

pub(crate) fn summary(fmt: &Formatter<'_>, input: &ViewInput<'_>) -> String {
    let account = input.account;
    let balance = account.balance.as_ref().filter(|_| account.state != AccountState::SignedOut);
    let age = account.as_of.filter(|_| balance.is_some()).map(|as_of| fmt.updated_sentence(as_of));
    let sentences = [
        Some(state_sentence(fmt, input)),
        balance.and_then(|balance| next_expiry(fmt, balance)),
        age,
        problem_sentence(fmt, input),
    ];
    fmt.join_sentences(sentences.into_iter().flatten())
}

/// For the live region: changes with the state, never with the clock.
fn announcement(fmt: &Formatter<'_>, input: &ViewInput<'_>) -> String {
    fmt.join_sentences(std::iter::once(state_sentence(fmt, input)).chain(problem_sentence(fmt, input)))
}
