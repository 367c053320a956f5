//! A real Prometheus on a free loopback port, and `promtool`.
//!
//! Must hold: it runs what is in `grafana/` but for durations and the target; it ends with its
//! value.
//! Not here: what is asked.

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::support::{PATIENCE, scratch, wait_until};
use crate::{grafana, promql, text};

/// A running Prometheus.
pub(crate) struct Prometheus {
    process: Child,
    said: Arc<Mutex<String>>,
    agent: ureq::Agent,
    address: SocketAddr,
    _directory: tempfile::TempDir,
}

/// One series' value.
#[derive(Debug)]
pub(crate) struct Sample {
    pub(crate) labels: Vec<(String, String)>,
    pub(crate) value: f64,
}

impl Prometheus {
    /// Starts one that scrapes the admin ports at `targets` and evaluates our rules.
    pub(crate) fn watching(targets: &[SocketAddr]) -> Self {
        let directory = scratch();
        let configuration = directory.path().join("prometheus.yml");
        fs::write(&configuration, configuration_for(targets)).expect("the directory is ours");
        fs::create_dir(directory.path().join("rules")).expect("it is not there yet");
        for file in ["recording.yml", "alerts.yml"] {
            let rules = text(&grafana("rules").join(file));
            let quick = promql::hurried(&rules).replace("interval: 15s", QUICK_INTERVAL);
            fs::write(directory.path().join("rules").join(file), quick)
                .expect("the directory is ours");
        }
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
        let mut process = Command::new(program("prometheus"))
            .arg(format!("--config.file={}", configuration.display()))
            .arg(format!("--storage.tsdb.path={}", directory.path().join("data").display()))
            .arg(format!("--web.listen-address={address}"))
            .arg("--log.level=warn")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("Prometheus starts; scripts/test setup installs it");
        let stderr = process.stderr.take().expect("it is piped");
        let said = Arc::new(Mutex::new(String::new()));
        let keep = Arc::clone(&said);
        std::thread::spawn(move || {
            for line in BufReader::new(stderr.take(SAID_BYTES_MAX)).lines().map_while(Result::ok) {
                *keep.lock().expect("nobody panics with it") += &(line + "\n");
            }
        });
        let agent = ureq::Agent::config_builder()
            .proxy(None)
            .http_status_as_error(false)
            .timeout_global(Some(PATIENCE))
            .build()
            .new_agent();
        let this = Self { process, said, agent, address, _directory: directory };
        wait_until("Prometheus to be ready", || {
            let url = format!("http://{address}/-/ready");
            this.agent.get(url).call().is_ok_and(|answer| answer.status() == 200).then_some(())
        });
        this
    }

    /// The values of an expression now, or what is wrong with it.
    pub(crate) fn query(&self, expression: &str) -> Result<Vec<Sample>, String> {
        let answer = self.get("query", &[("query", expression)])?;
        let result = &answer["result"];
        match answer["resultType"].as_str() {
            Some("scalar") => Ok(vec![Sample { labels: Vec::new(), value: number(result) }]),
            Some("vector") => {
                let series = result.as_array().map(Vec::as_slice).unwrap_or_default();
                Ok(series.iter().map(Sample::of).collect())
            }
            other => Err(format!("a result of type {other:?}")),
        }
    }

    /// All rules with their state, as the API gives them.
    pub(crate) fn rules(&self) -> Vec<Value> {
        let mut answer = self.get("rules", &[]).expect("Prometheus lists its rules");
        let groups = answer["groups"].as_array_mut().map(std::mem::take).unwrap_or_default();
        let rules = |mut group: Value| group["rules"].as_array_mut().map(std::mem::take);
        groups.into_iter().filter_map(rules).flatten().collect()
    }

    fn get(&self, what: &str, parameters: &[(&str, &str)]) -> Result<Value, String> {
        let url = format!("http://{}/api/v1/{what}", self.address);
        let request = self.agent.get(url).query_pairs(parameters.iter().copied());
        let mut response = request.call().map_err(|error| error.to_string())?;
        let body = response.body_mut().read_to_string().map_err(|error| error.to_string())?;
        let mut answer: Value = serde_json::from_str(&body).map_err(|_| body)?;
        if answer["status"] != "success" {
            return Err(answer["error"].to_string());
        }
        Ok(answer["data"].take())
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.process.kill());
        drop(self.process.wait());
        if std::thread::panicking() {
            let said = self.said.lock().map(|said| said.clone()).unwrap_or_default();
            eprintln!("--- stderr of Prometheus ---\n{said}");
        }
    }
}

impl Sample {
    fn of(series: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let labels = series["metric"].as_object().into_iter().flatten();
        let labels = labels.map(|(name, value)| (name.clone(), text(value))).collect();
        Self { labels, value: number(&series["value"]) }
    }

    /// The labels as they are written in a query.
    pub(crate) fn series(&self) -> String {
        let labels = self.labels.iter().filter(|(name, _)| name != "__name__");
        let pairs: Vec<String> =
            labels.map(|(name, value)| format!("{name}=\"{value}\"")).collect();
        format!("{{{}}}", pairs.join(", "))
    }

    /// Whether the series has that label.
    pub(crate) fn has(&self, label: &str) -> bool {
        self.labels.iter().any(|(name, _)| name == label)
    }
}

/// Runs `promtool`, which must find nothing to say against `input` or its arguments.
pub(crate) fn promtool(arguments: &[&OsStr], input: &str) {
    let mut child = Command::new(program("promtool"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("promtool starts; scripts/test setup installs it");
    let mut stdin = child.stdin.take().expect("it is piped");
    // It may end without reading; its status tells.
    drop(stdin.write_all(input.as_bytes()));
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    let said = [&output.stdout[..], &output.stderr[..]].concat();
    let said = String::from_utf8_lossy(&said);
    println!("promtool {}:\n{said}", arguments.join(OsStr::new(" ")).display());
    assert!(output.status.success(), "promtool {arguments:?}: {said}");
}

/// `grafana/prometheus.yml` with these targets and short intervals.
fn configuration_for(targets: &[SocketAddr]) -> String {
    let targets: Vec<String> = targets.iter().map(ToString::to_string).collect();
    let mut configuration = text(&grafana("prometheus.yml"));
    let changes = [
        ("hearth:9811", targets.join("\", \"")),
        ("scrape_interval: 15s", format!("scrape_{QUICK_INTERVAL}")),
        ("evaluation_interval: 15s", format!("evaluation_{QUICK_INTERVAL}")),
    ];
    for (as_written, here) in changes {
        assert_eq!(configuration.matches(as_written).count(), 1, "{as_written} is said once");
        configuration = configuration.replace(as_written, &here);
    }
    configuration
}

fn program(name: &str) -> PathBuf {
    std::env::var_os("HEARTH_PROMETHEUS")
        .map_or_else(|| PathBuf::from(name), |directory| PathBuf::from(directory).join(name))
}

fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("there is a free port");
    listener.local_addr().expect("it is bound").port()
}

/// The second of a pair of time and text.
fn number(pair: &Value) -> f64 {
    pair[1].as_str().and_then(|text| text.parse().ok()).unwrap_or(f64::NAN)
}

const QUICK_INTERVAL: &str = "interval: 500ms";
const SAID_BYTES_MAX: u64 = 1 << 20;
