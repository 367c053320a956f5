//! Records which commit a binary was built from, for `hearth version --json`.

use std::process::Command;

fn main() {
    let commit = git(&["rev-parse", "HEAD"]).unwrap_or_else(|| "unknown".to_owned());
    println!("cargo::rustc-env=HEARTH_COMMIT={commit}");
    println!("cargo::rerun-if-changed=build.rs");

    // A new commit builds everything again, which only what is released is worth; other builds
    // name the commit that this script last saw.
    if std::env::var("PROFILE").is_ok_and(|profile| profile == "release") {
        for path in ["HEAD", "logs/HEAD"] {
            if let Some(path) = git(&["rev-parse", "--git-path", path]) {
                println!("cargo::rerun-if-changed={path}");
            }
        }
    }
}

/// What git says, if there is a git and a repository.
fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    Some(text.trim().to_owned()).filter(|text| output.status.success() && !text.is_empty())
}
