//! The names of the public API are decided in Rust (`api_enum!`). The declarations in `pkg/*.d.ts` have the same ones.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use costrict_credit::account::policy::Trigger;
use costrict_credit::domain::account_page::AccountTab;
use costrict_credit::domain::estimate::{Feature, Identity};
use costrict_credit::domain::history::{ItemStatus, RecordKind};
use costrict_credit::domain::spend::OutcomeKind;
use costrict_credit::domain::usage::GroupBy;
use costrict_credit::domain::usage_range::UsageRange;
use costrict_credit::view::{HistoryDays, Surface};

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

#[test]
fn declarations_have_the_names_that_the_core_reads_and_writes() {
    let read = |name: &str| std::fs::read_to_string(format!("{}/pkg/{name}.d.ts", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let (index, cost, history, panel) = (read("index"), read("cost"), read("history"), read("panel"));
    let views = read("views");
    assert_eq!(declared(&index, "type RefreshTrigger ="), decided(Trigger::NAMES));
    assert_eq!(declared(&index, "accountUrl(tab?:"), decided(AccountTab::NAMES));
    assert_eq!(declared(&panel, "openAccount?:"), decided(AccountTab::NAMES));
    assert_eq!(declared(&views, "surface?:"), decided(Surface::NAMES));
    assert_eq!(declared(&cost, "type Feature ="), decided(Feature::NAMES));
    assert_eq!(declared(&cost, "identity?:"), decided(Identity::NAMES));
    assert_eq!(declared(&cost, "kind:"), decided(OutcomeKind::NAMES));
    assert_eq!(declared(&history, "groupBy?:"), decided(GroupBy::NAMES));
    assert_eq!(declared(&history, "range:"), decided(&UsageRange::PRESETS));
    assert_eq!(declared(&views, "interface HistoryOptions"), decided(HistoryDays::NAMES));
    assert_eq!(declared(&history, "type RecordKind ="), decided(RecordKind::NAMES));
    assert_eq!(declared(&history, "status:"), decided(ItemStatus::NAMES));
}
