//! Stamps: a hash of everything that a build step reads, so that a step whose inputs did not change is skipped.

use std::fs;
use std::hash::{DefaultHasher, Hasher};
use std::path::Path;

use walkdir::WalkDir;

use crate::failure::{Failure, NamingFile};
use crate::project::Project;

/// Folders of build results, which are no inputs.
const OUTPUT_FOLDERS: &[&str] = &["dist", "node_modules", "target", ".vscode-test", "out"];

/// The hash of files and folders, by their names and content; what does not exist counts as empty.
pub fn of_files(project: &Project, inputs: &[&str]) -> Result<String, Failure> {
    let mut hasher = DefaultHasher::new();
    for input in inputs {
        add(&mut hasher, project, &project.path(input))?;
    }
    Ok(format!("{:016x}", hasher.finish()))
}

fn add(hasher: &mut DefaultHasher, project: &Project, input: &Path) -> Result<(), Failure> {
    let walk = WalkDir::new(input)
        .sort_by_file_name()
        .into_iter()
        // An input that is itself named like a result (pkg/dist for the page) was named on purpose.
        .filter_entry(|entry| entry.depth() == 0 || !OUTPUT_FOLDERS.iter().any(|name| entry.file_name() == *name));
    for entry in walk.filter_map(Result::ok).filter(|entry| entry.file_type().is_file()) {
        let bytes = fs::read(entry.path()).naming(entry.path())?;
        hasher.write(project.relative(entry.path()).as_bytes());
        hasher.write_usize(bytes.len());
        hasher.write(&bytes);
    }
    Ok(())
}

/// Whether a step has run to its end before.
pub fn is_known(project: &Project, name: &str) -> bool {
    fs::read_to_string(project.path("target/stamps").join(name)).is_ok_and(|stored| !stored.is_empty())
}

/// Runs `work` unless the stamp of its last successful run is the same and its result still exists.
pub fn run_if_changed(
    project: &Project,
    name: &str,
    stamp: &str,
    result: &Path,
    work: impl FnOnce() -> Result<(), Failure>,
) -> Result<(), Failure> {
    let folder = project.path("target/stamps");
    let path = folder.join(name);
    if result.exists() && fs::read_to_string(&path).is_ok_and(|stored| stored == stamp) {
        return Ok(());
    }
    fs::create_dir_all(&folder).naming(&folder)?;
    // Cleared first, so that an interrupted step runs again.
    fs::write(&path, "").naming(&path)?;
    work()?;
    fs::write(&path, stamp).naming(&path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[test]
    fn a_stamp_follows_content() {
        let project = Project::find();
        let one = of_files(&project, &["xtask/Cargo.toml"]).unwrap();
        assert_eq!(one, of_files(&project, &["xtask/Cargo.toml"]).unwrap());
        assert_ne!(one, of_files(&project, &["xtask/Cargo.toml", "xtask/src/stamp.rs"]).unwrap());
        assert_eq!(one, of_files(&project, &["xtask/Cargo.toml", "no/such/file"]).unwrap());
    }

    #[test]
    fn work_is_done_once_for_a_stamp_and_again_after_a_failure() {
        let project = Project::find();
        let name = format!("test-{}", std::process::id());
        let result = project.path("xtask/Cargo.toml");
        let runs = Cell::new(0);
        let count = |stamp: &str, end: Result<(), Failure>| {
            let work = || {
                runs.set(runs.get() + 1);
                end
            };
            run_if_changed(&project, &name, stamp, &result, work).is_ok()
        };
        assert!(count("a", Ok(())));
        assert!(count("a", Ok(())));
        assert_eq!(runs.get(), 1);
        assert!(is_known(&project, &name));
        assert!(!count("b", Err(Failure::Usage("no".into()))));
        assert!(!is_known(&project, &name));
        assert!(count("b", Ok(())));
        assert_eq!(runs.get(), 3);
        fs::remove_file(project.path("target/stamps").join(&name)).unwrap();
    }
}
