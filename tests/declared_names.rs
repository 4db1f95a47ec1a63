//! The names of the public API are decided in Rust (`api_enum!`). The declarations in `pkg/*.d.ts` have the same ones.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use costrict_credit::account::policy::Trigger;
use costrict_credit::client::Options;
use costrict_credit::domain::account_page::AccountTab;
use costrict_credit::domain::budget::CapScope;
use costrict_credit::domain::estimate::{Feature, Identity};
use costrict_credit::domain::history::{ItemStatus, RecordKind};
use costrict_credit::domain::notice::{NoticeKind, NoticeRules};
use costrict_credit::domain::spend::OutcomeKind;
use costrict_credit::domain::task_ledger::{ChargeDifference, ChargeSource};
use costrict_credit::domain::time::Millis;
use costrict_credit::domain::usage::GroupBy;
use costrict_credit::domain::usage_range::UsageRange;
use costrict_credit::view::{HistoryDays, Surface, TasksBy};

/// The quoted names after `declaration`, up to the end of its statement or parameter.
fn declared<'d>(declarations: &'d str, declaration: &str) -> Vec<&'d str> {
    let (_, rest) = declarations.split_once(declaration).unwrap_or_else(|| panic!("no {declaration}"));
    let end = rest.find([';', ')']).unwrap();
    let mut names: Vec<&str> = rest[..end].split('"').skip(1).step_by(2).collect();
    names.sort_unstable();
    names
}

fn decided<T>(names: &[(&'static str, T)]) -> Vec<&'static str> {
    let mut names: Vec<&str> = names.iter().map(|(name, _)| *name).collect();
    names.sort_unstable();
    names
}

/// What `pkg/options.d.ts` says of a default is what the core does, and what the editor's settings go back to.
#[test]
fn declared_defaults_are_those_of_the_core() {
    let read = |path: &str| std::fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let (declared, editor) = (read("pkg/options.d.ts"), read("pkg/vscode/src/settings.ts"));
    let options = Options::default();
    let shares: Vec<String> = options.usage_thresholds.iter().map(|share| share.to_f64().to_string()).collect();
    let shares = format!("[{}]", shares.join(", "));
    assert!(
        declared.contains(&format!("Default {shares}.")) && editor.contains(&format!("usageThresholds: {shares},"))
    );
    assert_eq!(options.expiry_thresholds, [Millis::days(7), Millis::days(1)]);
    assert!(
        declared.contains("Default 7 days and 1 day.") && editor.contains("expiryThresholds: [7 * DAY_MS, DAY_MS],")
    );
    let landing = options.landing_requests;
    assert!(
        declared.contains(&format!("Default {landing}.")) && editor.contains(&format!("landingRequests: {landing},"))
    );
    let manifest = read("vscode/package.json");
    let (_, setting) = manifest.split_once("costrictCredit.landingRequests").unwrap();
    assert!(setting.split('}').next().unwrap().contains(&format!("\"default\": {landing},")));
    assert_eq!(NoticeRules::default().landing_requests, landing);
}

#[test]
fn declarations_have_the_names_that_the_core_reads_and_writes() {
    let read = |name: &str| std::fs::read_to_string(format!("{}/pkg/{name}.d.ts", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let (index, cost, history, panel) = (read("index"), read("cost"), read("history"), read("panel"));
    let (views, budget, tasks) = (read("views"), read("budget"), read("tasks"));
    assert_eq!(declared(&index, "type RefreshTrigger ="), decided(Trigger::NAMES));
    assert_eq!(declared(&index, "accountUrl(tab?:"), decided(AccountTab::NAMES));
    assert_eq!(declared(&panel, "openAccount?:"), decided(AccountTab::NAMES));
    let kinds: Vec<String> =
        NoticeKind::ALL.iter().map(|kind| serde_json::to_value(kind).unwrap().as_str().unwrap().to_owned()).collect();
    let mut kinds: Vec<&str> = kinds.iter().map(String::as_str).collect();
    kinds.sort_unstable();
    let (_, notice) = views.split_once("export interface Notice {").unwrap();
    assert_eq!(declared(notice, "kind:"), kinds);
    assert_eq!(declared(&views, "surface?:"), decided(Surface::NAMES));
    assert_eq!(declared(&budget, "type CapScope ="), decided(CapScope::NAMES));
    assert_eq!(declared(&tasks, "type ChargeSource ="), decided(ChargeSource::NAMES));
    assert_eq!(declared(&tasks, "type ChargeDifference ="), decided(ChargeDifference::NAMES));
    assert_eq!(declared(&views, "by?:"), decided(TasksBy::NAMES));
    assert_eq!(declared(&cost, "type Feature ="), decided(Feature::NAMES));
    assert_eq!(declared(&cost, "identity?:"), decided(Identity::NAMES));
    assert_eq!(declared(&cost, "kind:"), decided(OutcomeKind::NAMES));
    assert_eq!(declared(&history, "groupBy?:"), decided(GroupBy::NAMES));
    assert_eq!(declared(&history, "range:"), decided(&UsageRange::PRESETS));
    assert_eq!(declared(&views, "interface HistoryOptions"), decided(HistoryDays::NAMES));
    assert_eq!(declared(&history, "type RecordKind ="), decided(RecordKind::NAMES));
    assert_eq!(declared(&history, "status:"), decided(ItemStatus::NAMES));
}
