//! Opens the page in the desktop's browser, without its address in the list of processes, which every user can read.

use std::fs;
use std::path::Path;

use crate::failure::{Failure, NamingFile};
use crate::project::Project;

/// Has the browser open a file that only this user can read, and that leads on to the address.
pub fn open(project: &Project, address: &str) -> Result<(), Failure> {
    let folder = project.path("target/start");
    private_folder(&folder)?;
    let path = folder.join("open.html");
    // One that exists keeps its mode, so it goes first.
    let _absent = fs::remove_file(&path);
    write_private(&path, &page(address)).naming(&path)?;
    open::that_detached(&path).naming(&path)
}

fn page(address: &str) -> String {
    format!(
        "<!doctype html><meta charset=\"utf-8\"><meta name=\"referrer\" content=\"no-referrer\"><title>Credits</title>\
         <meta http-equiv=\"refresh\" content=\"0;url={address}\"><p><a href=\"{address}\">Open the account panel</a></p>"
    )
}

/// Makes a folder that only this user can enter; takes others' rights from one that exists.
pub fn private_folder(folder: &Path) -> Result<(), Failure> {
    fs::create_dir_all(folder).naming(folder)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).naming(folder)?;
    }
    Ok(())
}

fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    std::io::Write::write_all(&mut options.open(path)?, text.as_bytes())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn only_this_user_reads_the_address() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("start");
        fs::create_dir(&inner).unwrap();
        fs::set_permissions(&inner, fs::Permissions::from_mode(0o755)).unwrap();
        private_folder(&inner).unwrap();
        let path = inner.join("open.html");
        write_private(&path, &page("http://127.0.0.1:1/secret/")).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&inner), mode(&path)), (0o700, 0o600));
        assert!(fs::read_to_string(&path).unwrap().contains("url=http://127.0.0.1:1/secret/\""));
    }
}
