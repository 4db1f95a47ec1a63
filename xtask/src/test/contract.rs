//! Evaluates the contract's verdicts: required groups count, the others are shown.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde::Deserialize;

use super::arguments::files_of;
use super::counts::{Counts, FailedTest};
use crate::failure::{Failure, NamingFile};
use crate::project::Project;

/// Cases from outside, and our own.
const GIVEN_FILES: [&str; 2] = ["tests/contract/cases.dev.json", "tests/contract/cases.november.json"];
const OWN_FOLDER: &str = "tests/contract/own";

/// tests/contract/groups.json: the groups that must pass whole.
#[derive(Debug, Deserialize)]
struct Groups {
    required: BTreeSet<String>,
    /// Cases of a required group that do not count yet, because their feature is not built.
    #[serde(default)]
    pending: BTreeSet<String>,
}

#[derive(Debug, Deserialize)]
struct Case {
    id: String,
    group: String,
}

#[derive(Debug, Deserialize)]
struct Cases {
    cases: Vec<Case>,
}

/// The result of a run, and a line for each group that does not count yet.
#[derive(Debug, PartialEq, Eq)]
pub struct ContractResult {
    pub counts: Counts,
    pub others: Vec<String>,
}

/// Reads the cases and the required groups of the checkout, and evaluates the verdicts by them.
pub fn evaluate(project: &Project, verdicts: &BTreeMap<String, bool>) -> Result<ContractResult, Failure> {
    let groups = read(project, "tests/contract/groups.json")?;
    let wrong = |name: &str, cause: serde_json::Error| Failure::Checks(format!("{name}: {cause}"));
    let groups: Groups = serde_json::from_str(&groups).map_err(|cause| wrong("tests/contract/groups.json", cause))?;
    let mut cases: Vec<Case> = Vec::new();
    for file in GIVEN_FILES.map(str::to_owned).into_iter().chain(files_of(project, OWN_FOLDER, ".json")) {
        let text = read(project, &file)?;
        // A file is either the list itself or an object that holds it.
        let list = serde_json::from_str::<Vec<Case>>(&text)
            .or_else(|_| serde_json::from_str::<Cases>(&text).map(|file| file.cases))
            .map_err(|cause| wrong(&file, cause))?;
        cases.extend(list);
    }
    if let Some(group) = groups.required.iter().find(|group| cases.iter().all(|case| case.group != **group)) {
        return Err(Failure::Checks(format!("tests/contract/groups.json requires `{group}`, which no case is in")));
    }
    if let Some(id) = groups.pending.iter().find(|id| cases.iter().all(|case| case.id != **id)) {
        return Err(Failure::Checks(format!("tests/contract/groups.json names `{id}` as pending, which is no case")));
    }
    Ok(count_verdicts(&groups, &cases, verdicts))
}

fn read(project: &Project, inside: &str) -> Result<String, Failure> {
    let path = project.path(inside);
    fs::read_to_string(&path).naming(path)
}

fn count_verdicts(groups: &Groups, cases: &[Case], verdicts: &BTreeMap<String, bool>) -> ContractResult {
    let mut counts = Counts::default();
    let mut others: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for case in cases {
        // A case without a verdict did not get its turn; that is no pass.
        let passed = verdicts.get(&case.id).copied().unwrap_or(false);
        if !groups.required.contains(&case.group) || groups.pending.contains(&case.id) {
            let (passes, all) = others.entry(&case.group).or_default();
            *passes += u64::from(passed);
            *all += 1;
        } else if passed {
            counts.passed += 1;
        } else {
            counts.failed += 1;
            let selection = vec!["--only".into(), case.id.clone()];
            counts.failures.push(FailedTest { name: format!("{} ({})", case.id, case.group), selection });
        }
    }
    let line = |(group, (passes, all)): (&str, (u64, u64))| format!("{group}: {passes} of {all}, not required yet");
    ContractResult { counts, others: others.into_iter().map(line).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(id: &str, group: &str) -> Case {
        Case { id: id.into(), group: group.into() }
    }

    #[test]
    fn only_required_groups_count_and_a_missing_verdict_is_a_failure() {
        let groups =
            Groups { required: BTreeSet::from(["quota".to_owned()]), pending: BTreeSet::from(["Q4".to_owned()]) };
        let cases = ["Q1", "Q2", "Q3", "Q4"].map(|id| case(id, "quota"));
        let cases: Vec<Case> = cases.into_iter().chain([case("V1", "view")]).collect();
        let verdicts = BTreeMap::from([("Q1".to_owned(), true), ("Q2".to_owned(), false), ("V1".to_owned(), false)]);
        let result = count_verdicts(&groups, &cases, &verdicts);
        assert_eq!((result.counts.passed, result.counts.failed), (1, 2));
        assert_eq!(result.counts.failures[1].selection, ["--only", "Q3"]);
        assert_eq!(result.others, ["quota: 0 of 1, not required yet", "view: 0 of 1, not required yet"]);
    }

    #[test]
    fn the_checkouts_own_files_are_read() {
        let result = evaluate(&Project::find(), &BTreeMap::new()).unwrap();
        assert_eq!(result.counts.passed, 0);
        assert!(result.counts.failed > 800);
    }
}
