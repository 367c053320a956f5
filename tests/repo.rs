//! What the repository itself must hold: layers, one home for each outside crate, readable files.
//!
//! The tables here are decisions; `docs/architecture.md` explains them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Each module, and the modules of this crate that it may use besides itself.
const LAYERS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("expr", &["model"]),
    ("partiql", &["expr", "model"]),
    ("api", &["partiql", "expr", "model"]),
    ("wire", &["api", "partiql", "expr", "model"]),
    ("auth", &[]),
    ("fence", &["model"]),
    ("store", &["clock", "metrics", "task"]),
    ("cache", &["fence", "api", "model", "clock", "metrics", "task"]),
    (
        "engine",
        &["wire", "api", "expr", "model", "fence", "store", "net", "clock", "metrics", "task"],
    ),
    ("state", &[]),
    // What clients of other servers share.
    ("net", &["task"]),
    // Its tests bring a whole engine along.
    ("streams", &["engine", "api", "model", "fence", "store", "clock", "metrics"]),
    ("backup", &["engine", "api", "model", "store"]),
    (
        "proxy",
        &[
            "backup", "streams", "cache", "engine", "fence", "api", "partiql", "expr", "model",
            "clock", "metrics", "task",
        ],
    ),
    ("server", &["proxy", "state", "wire", "auth", "api", "model", "clock", "metrics", "task"]),
    // A client like any other: it knows nothing of the server but the wires.
    ("load", &["wire", "api", "model", "net", "clock", "task"]),
    // A client of both its ends, of which one can be opened in this process.
    ("migrate", &["proxy", "engine", "wire", "api", "model", "clock", "task"]),
    ("config", &[]),
    ("cli", &["app", "config", "load", "migrate", "auth", "backup", "store", "clock", "task"]),
    (
        "app",
        &[
            "cli", "config", "migrate", "server", "proxy", "backup", "cache", "engine", "state",
            "fence", "store", "auth", "wire", "api", "expr", "model", "clock", "metrics", "task",
        ],
    ),
    ("clock", &[]),
    ("metrics", &["clock"]),
    ("task", &[]),
    ("lib", &[]),
    ("main", &[]),
];

/// Outside crates that have one home.
const HOMES: &[(&str, &[&str])] = &[
    ("fjall", &["store/disk"]),
    ("quick_cache", &["cache"]),
    ("triomphe", &["model/image.rs"]),
    ("moka", &["cache"]),
    ("dashmap", &["cache", "state"]),
    ("hyper", &["server", "load", "net", "engine/upstream/client"]),
    ("hdrhistogram", &["load"]),
    ("indicatif", &["cli/load", "cli/migrate"]),
    ("rand", &["load"]),
    ("rand_distr", &["load"]),
    ("aws_sigv4", &["load", "wire/dax/client/signature.rs", "engine/upstream/client"]),
    ("tokio_rustls", &["load", "server/tls.rs", "net"]),
    ("rcgen", &["server/tls.rs"]),
    ("smallvec", &["wire/dax"]),
    ("clap", &["cli"]),
    ("ureq", &["cli"]),
    (
        "serde_json",
        &[
            "wire",
            "cli",
            "server/admin",
            "engine/embedded/definition.rs",
            "engine/embedded/backed_up.rs",
            "engine/embedded/stream_definition.rs",
            "engine/upstream/client",
            "load",
            "migrate",
        ],
    ),
    ("toml", &["config", "auth", "load/workload"]),
    ("metrics_exporter_prometheus", &["metrics/page.rs"]),
    ("metrics_process", &["metrics/process.rs"]),
];

const FILE_LINES_MAX: usize = 400;
/// Names that say nothing about what is inside.
const EMPTY_NAMES: &[&str] = &["utils", "util", "common", "helpers", "misc", "manager"];

struct Source {
    /// Below `src/`, with `/` between.
    path: String,
    text: String,
}

impl Source {
    fn module(&self) -> &str {
        let first = self.path.split('/').next().unwrap_or_default();
        first.trim_end_matches(".rs")
    }

    /// The part before its tests.
    fn product(&self) -> &str {
        self.text.split("#[cfg(test)]").next().unwrap_or_default()
    }

    fn is_test(&self) -> bool {
        self.path.ends_with("tests.rs") || self.path.contains("/tests/")
    }

    /// The modules of this crate that the code names; comments do not count.
    fn used_modules(&self) -> BTreeSet<&str> {
        let code = self.text.lines().filter(|line| !line.trim_start().starts_with("//"));
        code.flat_map(|line| line.split("crate::").skip(1))
            .filter_map(|rest| rest.split(|c: char| !c.is_ascii_lowercase() && c != '_').next())
            .filter(|name| !name.is_empty())
            .collect()
    }
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    collect(&root, &mut paths);
    assert!(paths.len() > 20, "the sources were found");
    let read = |path: PathBuf| {
        let below = path.strip_prefix(&root).expect("collected below it");
        let text = fs::read_to_string(&path).expect("a source is text");
        Source { path: below.to_str().expect("plain names").to_owned(), text }
    };
    paths.into_iter().map(read).collect()
}

fn collect(dir: &Path, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).expect("a directory of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            paths.push(path);
        }
    }
}

#[test]
fn modules_use_only_those_below_them() {
    let mut faults = Vec::new();
    for source in sources() {
        let module = source.module();
        let Some((_, allowed)) = LAYERS.iter().find(|(name, _)| *name == module) else {
            faults.push(format!("src/{}: module {module} has no layer", source.path));
            continue;
        };
        for used in source.used_modules() {
            let known = LAYERS.iter().any(|(name, _)| *name == used);
            if known && used != module && !allowed.contains(&used) {
                faults.push(format!("src/{}: {module} may not use {used}", source.path));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

/// Whether the line has a path that begins with the crate's name.
fn names_crate(line: &str, name: &str) -> bool {
    let path = format!("{name}::");
    let inside = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    line.match_indices(&path).any(|(at, _)| !line[..at].ends_with(inside))
}

#[test]
fn each_outside_crate_stays_in_its_home() {
    let mut faults = Vec::new();
    for source in sources().iter().filter(|source| !source.is_test()) {
        for (name, homes) in HOMES {
            let code = source.product().lines().filter(|line| !line.trim_start().starts_with("//"));
            let named = code.into_iter().any(|line| names_crate(line, name));
            if named && !homes.iter().any(|home| source.path.starts_with(home)) {
                faults.push(format!("src/{}: {name} belongs in {homes:?}", source.path));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn files_say_what_they_are_and_stay_short() {
    let mut faults = Vec::new();
    for source in sources() {
        let lines = source.text.lines().count();
        if !source.text.starts_with("//! ") {
            faults.push(format!("src/{}: no module doc", source.path));
        }
        let product = source.product().lines().count();
        if !source.is_test() && product > FILE_LINES_MAX {
            faults.push(format!(
                "src/{}: {product} of {lines} lines; which is the second noun?",
                source.path
            ));
        }
        let stem = Path::new(&source.path).file_stem().and_then(|stem| stem.to_str());
        if stem.is_some_and(|stem| EMPTY_NAMES.contains(&stem)) {
            faults.push(format!("src/{}: the name says nothing", source.path));
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

/// The files that a page links to, below the repository or beside the page.
fn linked(text: &str) -> impl Iterator<Item = &str> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let local = targets.filter(|target| !target.contains("://") && !target.starts_with('#'));
    local.filter_map(|target| target.split('#').next())
}

/// The pages of a directory, those below it left out.
fn pages(dir: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(dir).expect("a directory of pages");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths.filter(|path| path.extension().is_some_and(|extension| extension == "md"))
}

#[test]
fn the_pages_that_others_link_to_are_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = vec![root.join("README.md")];
    files.extend(pages(&root.join("docs")));
    files.extend(pages(&root.join("docs/decisions")));
    let mut links = 0;
    let mut faults = Vec::new();

    for file in &files {
        let text = fs::read_to_string(file).expect("a page is text");
        let beside = file.parent().expect("a page is in a directory");
        for target in linked(&text) {
            links += 1;
            if !beside.join(target).exists() {
                faults.push(format!("{}: {target}", file.display()));
            }
        }
    }

    assert!(files.len() > 20 && links > 20, "the pages and their links were found");
    assert!(faults.is_empty(), "{faults:#?}");
}

/// `scripts/planted` takes rules away by patches; one that no longer applies asks nothing.
#[test]
fn the_patches_of_planted_faults_apply() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths: Vec<PathBuf> = fs::read_dir(root.join("tests/planted"))
        .expect("a directory of patches")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    let mut faults = Vec::new();

    for path in &paths {
        let text = fs::read_to_string(path).expect("a patch is text");
        let head = text.split("\ndiff ").next().unwrap_or_default();
        for member in ["Rule: ", "Test: "] {
            if !head.lines().any(|line| line.starts_with(member)) {
                faults.push(format!("{}: no line {member}", path.display()));
            }
        }
        let mut git = Command::new("git");
        let checked = git.args(["apply", "--check"]).arg(path).current_dir(root).output();
        let checked = checked.expect("there is git");
        if !checked.status.success() {
            faults.push(String::from_utf8_lossy(&checked.stderr).into_owned());
        }
    }

    assert!(paths.len() > 20, "the patches were found");
    assert!(faults.is_empty(), "{faults:#?}");
}
