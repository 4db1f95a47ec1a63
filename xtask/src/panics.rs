//! `panics`: where the core's own code can still panic, read from what the compiler made of it.
//!
//! A panic in the wasm is the end of the instance. Lints forbid `unwrap` and indexing, but not `clamp`, a division or
//! `Vec::remove`. Each place that can panic has a location (file, line, column) in the module's data, unless the optimiser
//! proved that it cannot; so few are left, and tests/panics.txt gives the reason why each does not happen.

use std::fs;
use std::path::Path;

use wasmparser::{DataKind, Operator, Parser, Payload};

use crate::build;
use crate::failure::{Failure, NamingFile};
use crate::project::Project;

const REVIEWED_FILE: &str = "tests/panics.txt";
/// A location: address and length of the file's name, line, column.
const LOCATION_BYTES: usize = 16;

/// The command.
pub fn run(project: &Project) -> Result<(), Failure> {
    let module = build::with_panic_sites(project)?;
    let bytes = fs::read(&module).naming(&module)?;
    let memory = memory(&bytes).map_err(|error| Failure::Checks(format!("{}: {error}", module.display())))?;
    let reviewed = project.path(REVIEWED_FILE);
    let reviewed = parse_reviewed(&fs::read_to_string(&reviewed).naming(&reviewed)?)?;
    let sites = panic_sites(&memory, &project.path(""))?;
    if sites.is_empty() {
        return Err(Failure::Checks("the module names none of its panics; is it built with locations?".into()));
    }
    let unknown: Vec<&PanicSite> =
        sites.iter().filter(|site| !reviewed.iter().any(|reviewed| reviewed.covers(site))).collect();
    for reviewed in reviewed.iter().filter(|reviewed| !sites.iter().any(|site| reviewed.covers(site))) {
        // Another compiler may see it again.
        println!("not needed by this compiler: {} {}", reviewed.file, reviewed.snippet);
    }
    println!("{} sites can panic, {} of them unknown", sites.len(), unknown.len());
    for site in &unknown {
        println!("{}:{}: {}", site.file, site.line, site.text);
    }
    if unknown.is_empty() {
        return Ok(());
    }
    Err(Failure::Checks(format!("rule out the panics above, or add to {REVIEWED_FILE} why they do not happen")))
}

/// A place in our own code.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct PanicSite {
    file: String,
    line: u32,
    text: String,
}

/// A reviewed site: lines of a file (`*`: of any) that contain a text.
#[derive(Debug, PartialEq, Eq)]
struct Reviewed {
    file: String,
    snippet: String,
}

impl Reviewed {
    fn covers(&self, site: &PanicSite) -> bool {
        (self.file == "*" || self.file == site.file) && site.text.contains(&self.snippet)
    }
}

/// Reads lines of `FILE TEXT`, each below a comment with the reason.
fn parse_reviewed(text: &str) -> Result<Vec<Reviewed>, Failure> {
    let mut reviewed = Vec::new();
    let mut has_reason = false;
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        match line.split_once(' ') {
            _ if line.is_empty() => has_reason = false,
            _ if line.starts_with('#') => has_reason = true,
            Some((file, snippet)) if has_reason => {
                reviewed.push(Reviewed { file: file.into(), snippet: snippet.trim().into() })
            }
            _ => {
                let wanted = "a file, a blank and a snippet of its line, below a comment that gives the reason";
                return Err(Failure::Checks(format!("{REVIEWED_FILE}:{}: give {wanted}", number + 1)));
            }
        }
    }
    Ok(reviewed)
}

/// The memory that the module starts with.
fn memory(module: &[u8]) -> Result<Vec<u8>, String> {
    let mut memory = Vec::new();
    for payload in Parser::new(0).parse_all(module) {
        let Payload::DataSection(segments) = payload.map_err(|error| error.to_string())? else { continue };
        for segment in segments {
            let segment = segment.map_err(|error| error.to_string())?;
            let DataKind::Active { offset_expr, .. } = segment.kind else { continue };
            let Ok(Operator::I32Const { value }) = offset_expr.get_operators_reader().read() else { continue };
            let start = value as u32 as usize;
            let end = start + segment.data.len();
            if memory.len() < end {
                memory.resize(end, 0);
            }
            if let Some(snippet) = memory.get_mut(start..end) {
                snippet.copy_from_slice(segment.data);
            }
        }
    }
    Ok(memory)
}

/// Every location in memory whose file is in `src/`, with its source line.
fn panic_sites(memory: &[u8], root: &Path) -> Result<Vec<PanicSite>, Failure> {
    let number =
        |at: usize| memory.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_le_bytes);
    let mut sites = Vec::new();
    for at in (0..memory.len().saturating_sub(LOCATION_BYTES)).step_by(4) {
        let (start, length, line) = (number(at) as usize, number(at + 4) as usize, number(at + 8));
        let name = start.checked_add(length).and_then(|end| memory.get(start..end)).unwrap_or_default();
        let Ok(file) = std::str::from_utf8(name) else { continue };
        if !file.starts_with("src/") || !file.ends_with(".rs") || line == 0 {
            continue;
        }
        let path = root.join(file);
        let source = fs::read_to_string(&path).naming(&path)?;
        let text = source.lines().nth(line as usize - 1).unwrap_or_default().trim().to_owned();
        sites.push(PanicSite { file: file.to_owned(), line, text });
    }
    sites.sort();
    sites.dedup();
    Ok(sites)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_in_memory_is_a_place_in_the_source() {
        let mut memory = b"src/lib.rs\0\0".to_vec();
        for number in [0_u32, 10, 1, 5, 0, 99, 1, 5] {
            memory.extend(number.to_le_bytes());
        }
        memory.extend([0; 4]);
        let project = Project::find();
        let text = fs::read_to_string(project.path("src/lib.rs")).unwrap().lines().next().unwrap().to_owned();
        let found = panic_sites(&memory, &project.path("")).unwrap();
        assert_eq!(found, [PanicSite { file: "src/lib.rs".into(), line: 1, text }]);
    }

    #[test]
    fn a_known_place_has_a_reason_and_covers_lines_that_hold_its_text() {
        let reviewed = parse_reviewed("# Lent and given back.\n* borrow_mut()\nsrc/a.rs clamp(low\n").unwrap();
        let site = |file: &str, text: &str| PanicSite { file: file.into(), line: 1, text: text.into() };
        let covered = |site: &PanicSite| reviewed.iter().any(|reviewed| reviewed.covers(site));
        assert!(covered(&site("src/b.rs", "self.0.borrow_mut().clear();")));
        assert!(covered(&site("src/a.rs", "x.clamp(low, high)")));
        assert!(!covered(&site("src/b.rs", "x.clamp(low, high)")));
        assert!(parse_reviewed("src/a.rs clamp(\n").is_err());
        assert!(parse_reviewed("# Reason.\n\nsrc/a.rs clamp(\n").is_err());
    }
}
