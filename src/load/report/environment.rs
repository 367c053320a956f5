//! The machine and the program that a run was measured with.
//!
//! Not here: the target's machine, of which a client knows nothing.

use std::fs;

use crate::clock::{self, Clock};

/// The machine and the program of the client.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Environment {
    /// hearth's version.
    pub version: String,
    /// The commit it was built from.
    pub commit: String,
    /// The processor's name.
    pub cpu: String,
    /// Processors that this process may use.
    pub cpus: u64,
    /// The system and its version.
    pub kernel: String,
    /// When the run began, as of RFC 3339 in UTC.
    pub date: String,
}

impl Environment {
    /// What this process runs on; what cannot be found out is "unknown".
    pub fn read(clock: &Clock) -> Self {
        let cpus = std::thread::available_parallelism().map_or(1, |count| count.get() as u64);
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            commit: env!("HEARTH_COMMIT").to_owned(),
            cpu: cpu_model(&read("/proc/cpuinfo")),
            cpus,
            kernel: kernel(),
            date: clock::date(clock.unix_ms()),
        }
    }

    /// It on one line.
    pub fn line(&self) -> String {
        let commit: String = self.commit.chars().take(SHORT_COMMIT).collect();
        format!(
            "client: hearth {} ({commit}), {} × {}, {}, {}",
            self.version, self.cpus, self.cpu, self.kernel, self.date
        )
    }
}

/// The name of the first processor of `/proc/cpuinfo`; ARM has none there.
fn cpu_model(cpuinfo: &str) -> String {
    let mut fields = cpuinfo.lines().filter_map(|line| line.split_once(':'));
    let model = fields.find(|(name, _)| name.trim() == "model name");
    model.map_or_else(
        || format!("unknown {} processor", std::env::consts::ARCH),
        |(_, model)| model.split_whitespace().collect::<Vec<_>>().join(" "),
    )
}

fn kernel() -> String {
    let release = read("/proc/sys/kernel/osrelease");
    let release = if release.trim().is_empty() { "unknown" } else { release.trim() };
    format!("{} {release}", std::env::consts::OS)
}

/// The file, or nothing where there is none.
fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

const SHORT_COMMIT: usize = 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_processor_is_named_as_the_system_names_it() {
        let x86 = "processor\t: 0\nmodel name\t: A  Fast CPU @ 3.00GHz\nmodel name\t: other\n";

        assert_eq!(cpu_model(x86), "A Fast CPU @ 3.00GHz");
        assert!(cpu_model("processor\t: 0\n").starts_with("unknown "));
    }

    #[test]
    fn the_date_is_that_of_the_clock() {
        let environment = Environment::read(&Clock::manual(1_700_000_000_000));

        assert_eq!(environment.date, "2023-11-14T22:13:20Z");
        assert!(environment.cpus >= 1);
        assert!(environment.line().ends_with("2023-11-14T22:13:20Z"));
    }
}
