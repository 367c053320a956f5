//! What the containers are made from, as far as it shows without an engine to run them.
//!
//! Not here: the linters, which `scripts/test` runs.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::{Connection, Launch, scratch};
use crate::{grafana, text};

#[test]
fn hearth_accepts_the_configuration_of_its_container() {
    let checked = Launch::with(&["check-config", "--config"]).arg(grafana("hearth.toml")).run();

    assert!(checked.status.success(), "{}", checked.stderr);
    let published = text(&grafana("compose.yml"));
    for address in ["listen = \"0.0.0.0:8000\"", "admin_listen = \"0.0.0.0:9811\""] {
        assert!(checked.stdout.contains(address), "{address} in {}", checked.stdout);
        let port = address.trim_end_matches('"').rsplit(':').next().unwrap_or_default();
        assert!(published.contains(&format!("\"127.0.0.1:{port}:{port}\"")), "{port}");
    }
}

#[test]
fn hearth_in_its_container_answers_prometheus_by_the_name_it_asks_for() {
    let data = scratch();
    let configuration = grafana("hearth.toml");
    // The ports of a test are on loopback; names are as configured.
    let server = Launch::on(data.path()).arg("--config").arg(configuration).start();
    let target = text(&grafana("prometheus.yml"));
    let target = target.rsplit("targets: [\"").next().and_then(|rest| rest.split('"').next());
    let target = target.expect("a target is named");

    let mut connection = Connection::open(server.admin()).expect("it is up");
    let request = format!("GET /metrics HTTP/1.1\r\nHost: {target}\r\n\r\n");
    connection.send(request.as_bytes()).expect("it reads");

    let answer = connection.receive().expect("it answers");
    assert_eq!(answer.status, 200, "{}", answer.text());
}

#[test]
fn the_image_is_built_from_all_that_the_manifest_names() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let dockerfile = text(&grafana("Dockerfile"));
    let passed = text(&grafana("Dockerfile.dockerignore"));
    let context = scratch();
    for line in dockerfile.lines().filter(|line| line.starts_with("COPY ")) {
        let words: Vec<&str> = line.split(' ').skip(1).collect();
        if line.contains("--from=") {
            continue;
        }
        for source in &words[..words.len() - 1] {
            assert!(passed.lines().any(|line| line == format!("!{source}")), "{source} is ignored");
            let to = context.path().join(source);
            fs::create_dir_all(to.parent().expect("it is below")).expect("the directory is ours");
            let copied = Command::new("cp").arg("-r").arg(root.join(source)).arg(to).status();
            assert!(copied.expect("there is cp").success(), "{source}");
        }
    }

    let read = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(context.path())
        .output()
        .expect("there is cargo");

    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
}

#[test]
fn what_the_containers_are_given_is_there() {
    let compose = text(&grafana("compose.yml"));
    let mut mounted = 0;

    for line in compose.lines() {
        let Some(mount) = line.trim().strip_prefix("- ./") else { continue };
        let (here, there) = mount.split_once(':').expect("a mount says where");
        assert!(grafana(here).exists(), "{here}");
        assert!(there.ends_with(":ro"), "{here} is not for the container to change");
        mounted += 1;
    }
    assert_eq!(mounted, 4);
    let provider = text(&grafana("provisioning/dashboards/hearth.yml"));
    let home = "/var/lib/grafana/dashboards";
    assert!(provider.contains(&format!("path: {home}\n")));
    assert!(compose.contains(&format!("./dashboards:{home}:ro")));
    assert!(compose.contains(&format!("{home}/hearth-overview.json")));
    for line in compose.lines().filter(|line| line.trim().starts_with("- \"")) {
        assert!(line.contains("\"127.0.0.1:"), "published beyond this machine: {line}");
    }
}
