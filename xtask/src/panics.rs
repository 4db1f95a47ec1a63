//! `panics`: where the core's own code can still panic, read from what the compiler made of it.
//!
//! A panic in the wasm is the end of the instance. Lints forbid `unwrap` and indexing, but not `clamp`, a division or
//! `Vec::remove`. Each place that can panic has a location (file, line, column) in the module's data, unless the optimiser
//! proved that it cannot; so what is left is few, and tests/panics.txt says of each why it does not.

use std::fs;
use std::path::Path;

use wasmparser::{DataKind, Operator, Parser, Payload};

use crate::build;
use crate::failure::{Failure, NamingFile};
use crate::project::Project;

const KNOWN: &str = "tests/panics.txt";
/// A location: address and length of the file's name, line, column.
const LOCATION: usize = 16;

/// The command.
pub fn run(project: &Project) -> Result<(), Failure> {
    let module = build::with_panic_sites(project)?;
    let bytes = fs::read(&module).naming(&module)?;
    let memory = memory(&bytes).map_err(|error| Failure::Checks(format!("{}: {error}", module.display())))?;
    let known = project.path(KNOWN);
    let known = known_places(&fs::read_to_string(&known).naming(&known)?)?;
    let places = places(&memory, &project.path(""))?;
    if places.is_empty() {
        return Err(Failure::Checks("the module names none of its panics; is it built with locations?".into()));
    }
    let unknown: Vec<&Place> = places.iter().filter(|place| !known.iter().any(|known| known.covers(place))).collect();
    for known in known.iter().filter(|known| !places.iter().any(|place| known.covers(place))) {
        // Another compiler may see it again.
        println!("not needed by this compiler: {} {}", known.file, known.part);
    }
    println!("{} places can panic, {} of them unknown", places.len(), unknown.len());
    for place in &unknown {
        println!("{}:{}: {}", place.file, place.line, place.text);
    }
    if unknown.is_empty() {
        return Ok(());
    }
    Err(Failure::Checks(format!("rule out the panics above, or say in {KNOWN} why they do not happen")))
}

/// A place in our own code.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    file: String,
    line: u32,
    text: String,
}

/// What somebody has looked at: lines of a file (`*`: of any) that hold a text.
#[derive(Debug, PartialEq, Eq)]
struct Known {
    file: String,
    part: String,
}

impl Known {
    fn covers(&self, place: &Place) -> bool {
        (self.file == "*" || self.file == place.file) && place.text.contains(&self.part)
    }
}

/// Reads lines of `FILE TEXT`. Each stands below a comment, which is the reason.
fn known_places(text: &str) -> Result<Vec<Known>, Failure> {
    let mut known = Vec::new();
    let mut has_reason = false;
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        match line.split_once(' ') {
            _ if line.is_empty() => has_reason = false,
            _ if line.starts_with('#') => has_reason = true,
            Some((file, part)) if has_reason => known.push(Known { file: file.into(), part: part.trim().into() }),
            _ => {
                let wanted = "a file, a blank and a part of its line, below a comment that gives the reason";
                return Err(Failure::Checks(format!("{KNOWN}:{}: give {wanted}", number + 1)));
            }
        }
    }
    Ok(known)
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
            if let Some(part) = memory.get_mut(start..end) {
                part.copy_from_slice(segment.data);
            }
        }
    }
    Ok(memory)
}

/// Every location in memory whose file is one of `src/`, with the line that stands there.
fn places(memory: &[u8], root: &Path) -> Result<Vec<Place>, Failure> {
    let number =
        |at: usize| memory.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_le_bytes);
    let mut places = Vec::new();
    for at in (0..memory.len().saturating_sub(LOCATION)).step_by(4) {
        let (start, length, line) = (number(at) as usize, number(at + 4) as usize, number(at + 8));
        let name = start.checked_add(length).and_then(|end| memory.get(start..end)).unwrap_or_default();
        let Ok(file) = std::str::from_utf8(name) else { continue };
        if !file.starts_with("src/") || !file.ends_with(".rs") || line == 0 {
            continue;
        }
        let path = root.join(file);
        let source = fs::read_to_string(&path).naming(&path)?;
        let text = source.lines().nth(line as usize - 1).unwrap_or_default().trim().to_owned();
        places.push(Place { file: file.to_owned(), line, text });
    }
    places.sort();
    places.dedup();
    Ok(places)
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
        let found = places(&memory, &project.path("")).unwrap();
        assert_eq!(found, [Place { file: "src/lib.rs".into(), line: 1, text }]);
    }

    #[test]
    fn a_known_place_has_a_reason_and_covers_lines_that_hold_its_text() {
        let known = known_places("# Lent and given back.\n* borrow_mut()\nsrc/a.rs clamp(low\n").unwrap();
        let place = |file: &str, text: &str| Place { file: file.into(), line: 1, text: text.into() };
        let covered = |place: &Place| known.iter().any(|known| known.covers(place));
        assert!(covered(&place("src/b.rs", "self.0.borrow_mut().clear();")));
        assert!(covered(&place("src/a.rs", "x.clamp(low, high)")));
        assert!(!covered(&place("src/b.rs", "x.clamp(low, high)")));
        assert!(known_places("src/a.rs clamp(\n").is_err());
        assert!(known_places("# Reason.\n\nsrc/a.rs clamp(\n").is_err());
    }
}
