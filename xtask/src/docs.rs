//! `docs`: the documents as a site in target/site, with what rustdoc and TypeDoc make of the sources. Every warning fails.

use std::fs;
use std::path::Path;

use walkdir::WalkDir;

use crate::failure::{Failure, NamingFile};
use crate::process;
use crate::project::Project;
use crate::setup::{self, Scope};

/// The crates whose documentation is part of the site: the core, and what a reader of its numbers may want to look up.
const CRATES: [&str; 3] = ["costrict-credit", "costrict-credit-ledger", "simulation"];

/// The command.
pub fn run(project: &Project) -> Result<(), Failure> {
    setup::ensure(project, Scope::Build)?;
    setup::ensure_docs(project)?;
    let site = project.path("target/site");
    pages(project, &site)?;
    typescript(project, &site.join("typescript"))?;
    rust(project, &site.join("rust"))?;
    let mut check = project.node();
    check.arg(project.path("tools/docs-site/check.mjs")).arg(&site);
    process::step(project, "checking every link of the site", &mut check)?;
    println!("{}; to look at it: npx vite preview --outDir {0}", project.relative(&site));
    Ok(())
}

fn pages(project: &Project, site: &Path) -> Result<(), Failure> {
    let packages = setup::docs_tools(project).join("node_modules");
    let source = project.path("target/site-source");
    let mut stage = project.node();
    stage.arg(project.path("tools/docs-site/stage.mjs")).arg(project.path("")).arg(&source).arg(&packages);
    process::step(project, "collecting the documents", &mut stage)?;
    let mut vitepress = project.node();
    vitepress.arg(packages.join("vitepress/bin/vitepress.js")).arg("build").arg(&source);
    // It empties the folder first.
    vitepress.arg("--outDir").arg(site);
    process::step(project, "building the site", &mut vitepress)
}

fn typescript(project: &Project, folder: &Path) -> Result<(), Failure> {
    let mut declarations = project.node();
    declarations.arg(project.path("pkg/build.mjs")).arg("--declarations");
    process::step(project, "declaring the package's types", &mut declarations)?;
    let mut typedoc = project.node();
    typedoc.arg(setup::docs_tools(project).join("node_modules/typedoc/bin/typedoc"));
    typedoc.args(["--options", "tools/docs-site/typedoc.json", "--out"]).arg(folder);
    process::step(project, "documenting the package's types", &mut typedoc)
}

fn rust(project: &Project, folder: &Path) -> Result<(), Failure> {
    let mut cargo = project.cargo();
    cargo.args(["doc", "--no-deps", "--lib"]).env("RUSTDOCFLAGS", "-D warnings");
    for name in CRATES {
        cargo.args(["--package", name]);
    }
    process::step(project, "documenting the crates", &mut cargo)?;
    copy_folder(&project.native_target().join("doc"), folder)
}

fn copy_folder(from: &Path, to: &Path) -> Result<(), Failure> {
    for entry in WalkDir::new(from).into_iter().filter_map(Result::ok) {
        let target = to.join(entry.path().strip_prefix(from).unwrap_or(entry.path()));
        if entry.file_type().is_dir() {
            fs::create_dir_all(&target).naming(&target)?;
        } else {
            fs::copy(entry.path(), &target).naming(entry.path())?;
        }
    }
    Ok(())
}
