//! Arguments of runners: the files that a pattern means, and how a person types a word.

use crate::project::Project;

/// The files of a folder whose names end so, in order.
pub fn files_of(project: &Project, folder: &str, ending: &str) -> Vec<String> {
    let files = std::fs::read_dir(project.path(folder)).into_iter().flatten().flatten();
    let names = files.map(|file| file.file_name().to_string_lossy().into_owned());
    let mut paths: Vec<_> =
        names.filter(|name| name.ends_with(ending)).map(|name| format!("{folder}/{name}")).collect();
    paths.sort();
    paths
}

/// A word as a shell reads it.
pub fn quote(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_=./:,@*".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}
