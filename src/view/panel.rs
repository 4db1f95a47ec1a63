//! The account panel as a whole: which sections there are, and in what order.

use serde::Serialize;

use super::balance::{self, BalanceSection, is_empty_account, left_sentence};
use super::english::Say;
use super::input::{ViewInput, ViewOptions, ZoneOrigin};
use super::ladder::{self, ForecastSection, LadderSection};
use super::locale::{Locale, formatting_tag};
use super::message::Catalogues;
use super::models::{self, ModelsSection};
use super::parts::*;
use super::records::{self, RecordsSection};
use super::send::{self, SendSection};
use super::sources::{self, SourcesSection};
use super::usage::{self, UsageSection};
use super::voucher::{self, VoucherSection};
use super::wording::Wording;
use crate::domain::balance::{AccountState, Balance};
use crate::domain::problem::{Problem, ProblemKind};
use crate::domain::time::ServerOffset;
use crate::ports::{Text, Zone};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PanelState {
    SignedOut,
    Loading,
    Ready,
    Empty,
    Problem,
}

/// Everything the account panel shows. Its meaning for a page is written in `pkg/panel.d.ts`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PanelView {
    pub locale: &'static str,
    pub direction: &'static str,
    pub summary: String,
    pub state: PanelState,
    pub title: String,
    pub announcement: String,
    pub masked: bool,
    pub toolbar: Vec<Action>,
    pub groups: Vec<Group>,
    pub sections: Vec<Section>,
    pub failures: Failures,
}

/// What to say when the host could not do what was asked for. The page shows them; the core does not learn of it.
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
    Usage(Box<UsageSection>),
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
            Section::Usage(section) => section.group,
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
    pub mask: Action,
    pub language: Choice,
    pub time_zone: String,
    pub privacy: String,
}

/// The reader of a view.
pub(crate) fn wording<'a>(
    input_now: crate::domain::time::Timestamp,
    server: ServerOffset,
    options: &ViewOptions,
    catalogues: &'a Catalogues,
    text: &'a dyn Text,
) -> Wording<'a> {
    let locale = catalogues.available(options.locale);
    Wording {
        text,
        catalogues,
        locale,
        format_tag: formatting_tag(locale, &options.wanted_locale),
        zone: options.zone.clone(),
        server,
        masked: options.masked,
        now: input_now,
    }
}

/// Everything the account panel shows, ready to render.
pub fn panel(input: &ViewInput<'_>, options: &ViewOptions, catalogues: &Catalogues, text: &dyn Text) -> PanelView {
    let w = &wording(input.now, input.server, options, catalogues, text);
    let account = input.account;
    let sections = match (account.state, &account.balance) {
        (AccountState::SignedOut, _) => vec![welcome(w), models_of(w, input), settings(w, options)],
        (_, Some(balance)) => known(w, input, options, balance),
        (_, None) => vec![loading(w, account.problem.as_ref()), models_of(w, input), settings(w, options)],
    };
    let sections: Vec<Section> = sections.into_iter().flatten().collect();
    let groups = [
        (GroupId::Balance, Say::GroupBalance),
        (GroupId::History, Say::GroupHistory),
        (GroupId::Models, Say::GroupModels),
        (GroupId::Settings, Say::GroupSettings),
    ];
    let used = groups.into_iter().filter(|(id, _)| sections.iter().any(|section| section.group() == *id));
    PanelView {
        locale: w.locale.tag(),
        // None of the supported languages is written from right to left.
        direction: "ltr",
        summary: summary(w, input),
        state: state(input),
        title: w.say(Say::PanelTitle),
        announcement: announcement(w, input),
        masked: w.masked,
        toolbar: toolbar(w, account.state),
        groups: used.map(|(id, label)| Group { id, label: w.say(label) }).collect(),
        sections,
        failures: Failures {
            // While amounts are hidden the code, which holds them, is hidden as well.
            copy: w.say(if w.masked { Say::FailedCopyMasked } else { Say::FailedCopy }),
            save: w.say(Say::FailedSave),
            open: w.say(Say::FailedOpen),
            setting: w.say(Say::FailedSetting),
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

fn known(w: &Wording<'_>, input: &ViewInput<'_>, options: &ViewOptions, balance: &Balance) -> Vec<Option<Section>> {
    let forecast = input.forecast.map(|forecast| Section::Forecast(ladder::forecast_section(w, forecast)));
    vec![
        Some(Section::Balance(Box::new(balance::section(w, input, balance)))),
        forecast,
        Some(Section::Ladder(ladder::section(w, input, balance))),
        sources::section(w, input.ways, balance.starred).map(Section::Sources),
        Some(Section::Usage(Box::new(usage::section(w, input)))),
        Some(Section::Records(Box::new(records::section(w, input)))),
        Some(Section::Voucher(Box::new(voucher::section(w, input, balance)))),
        Some(Section::Send(Box::new(send::section(w, input)))),
        models_of(w, input),
        settings(w, options),
    ]
}

fn models_of(w: &Wording<'_>, input: &ViewInput<'_>) -> Option<Section> {
    let wanted = !input.models.is_empty() || input.account.balance.is_some();
    wanted.then(|| Section::Models(models::section(w, input)))
}

fn welcome(w: &Wording<'_>) -> Option<Section> {
    Some(Section::Welcome(WelcomeSection {
        group: GroupId::Balance,
        title: w.say(Say::WelcomeTitle),
        text: w.say(Say::WelcomeText),
        facts: vec![w.say(Say::FactPay), w.say(Say::FactExpire), w.say(Say::FactGet)],
        actions: vec![Action::new(ActionId::SignIn, w.say(Say::ActionSignIn)).primary()],
    }))
}

fn loading(w: &Wording<'_>, problem: Option<&Problem>) -> Option<Section> {
    Some(Section::Loading(LoadingSection {
        group: GroupId::Balance,
        title: w.say(Say::BalanceTitle),
        text: w.say(if problem.is_some() { Say::SummaryUnknown } else { Say::LoadingBalance }),
        problem: problem.map(|problem| problem_line(w, problem, Some(ActionId::Refresh), false)),
    }))
}

fn mask(w: &Wording<'_>) -> Action {
    let (label, value) = if w.masked { (Say::ActionShow, "off") } else { (Say::ActionHide, "on") };
    Action { pressed: Some(w.masked), ..Action::new(ActionId::Mask, w.say(label)).with_value(value) }
}

fn toolbar(w: &Wording<'_>, state: AccountState) -> Vec<Action> {
    if state == AccountState::SignedOut {
        return vec![mask(w)];
    }
    vec![
        Action::new(ActionId::Refresh, w.say(Say::ActionRefresh)),
        mask(w),
        Action::account(w.say(Say::ActionAccount), AccountTab::Usage),
    ]
}

fn settings(w: &Wording<'_>, options: &ViewOptions) -> Option<Section> {
    let option = |locale: Locale| ChoiceOption {
        value: locale.tag().to_owned(),
        label: locale.own_name().to_owned(),
        selected: locale == options.locale,
    };
    let zone = match &w.zone {
        Zone::Named(name) => name.clone(),
        Zone::Fixed(offset) => format!("UTC{offset}"),
    };
    let server = w.server_zone();
    let zone = w.say(Say::SettingsZone { zone: &w.outside(&zone), server: &server });
    let origin = match options.zone_origin {
        ZoneOrigin::Reader => String::new(),
        ZoneOrigin::MachineOffset => w.say(Say::SettingsZoneOffset),
        ZoneOrigin::Server => w.say(Say::SettingsZoneServer),
    };
    Some(Section::Settings(Box::new(SettingsSection {
        group: GroupId::Settings,
        title: w.say(Say::SettingsTitle),
        mask: mask(w),
        language: Choice {
            id: ActionId::Locale,
            label: w.say(Say::SettingsLanguage),
            options: Locale::all().map(option).collect(),
        },
        time_zone: w.sentences([zone, origin]),
        privacy: w.say(Say::SettingsPrivacy),
    })))
}

/// The sentence before any age: the balance, or why there is none.
fn standing(w: &Wording<'_>, input: &ViewInput<'_>) -> String {
    let account = input.account;
    match (account.state, &account.balance) {
        (AccountState::SignedOut, _) => w.say(Say::SummarySignedOut),
        (_, Some(balance)) => left_sentence(w, balance),
        (_, None) => w.say(if account.problem.is_some() { Say::SummaryUnknown } else { Say::LoadingBalance }),
    }
}

/// The title of the problem, as a sentence of the summary. Signed out is said already.
fn trouble(w: &Wording<'_>, input: &ViewInput<'_>) -> Option<String> {
    let problem = input.account.problem.as_ref().filter(|problem| problem.kind != ProblemKind::SignedOut)?;
    Some(w.say(Say::Stated { text: &problem_title(w, problem.kind) }))
}

/// The grant that pays next, if its expiry is known.
pub(crate) fn next_expiry(w: &Wording<'_>, balance: &Balance) -> Option<String> {
    let next = balance.grants.as_deref()?.iter().find(|grant| grant.next)?;
    let when = w.relative(next.expires_at.filter(|expiry| !expiry.is_never())?);
    Some(if w.masked {
        w.say(Say::NoticeExpiryMasked { when: &when })
    } else {
        w.say(Say::NoticeExpiry { amount: &w.amount(next.amount), when: &when })
    })
}

pub(crate) fn summary(w: &Wording<'_>, input: &ViewInput<'_>) -> String {
    let account = input.account;
    let balance = account.balance.as_ref().filter(|_| account.state != AccountState::SignedOut);
    let age = account.as_of.filter(|_| balance.is_some()).map(|as_of| w.say(Say::SummaryAsOf { age: &w.age(as_of) }));
    let sentences =
        [Some(standing(w, input)), balance.and_then(|balance| next_expiry(w, balance)), age, trouble(w, input)];
    w.sentences(sentences.into_iter().flatten())
}

/// Changes with the meaning, never with the clock.
fn announcement(w: &Wording<'_>, input: &ViewInput<'_>) -> String {
    w.sentences(std::iter::once(standing(w, input)).chain(trouble(w, input)))
}
