//! Where the instructions of a cached GetItem go, stage by stage, beside the bare server's.
//!
//! Callgrind tells them by function, and of what was inlined by the file that it stands in; the
//! table below says which is which. One connection, so that a request is one read and one write.
//!
//! Not here: what a request costs altogether (`instructions.rs`, `hot.rs`).

use crate::figures;
use crate::instructions::{REQUESTS, can_count, profile, profile_dax, spent};
use crate::servers::{Hot, Signatures};

/// Measures and prints; without valgrind it says so.
pub(crate) fn measure() {
    if !can_count() {
        return;
    }
    let servers = [Hot::Bare, Hot::Hearth(Signatures::Ignored), Hot::Hearth(Signatures::Checked)];
    let over_http = servers.map(|hot| profile(hot, 1, |_, out| by_stage(&spent(out))));
    let over_dax = profile_dax(1, |_, out| by_stage(&spent(out)));
    let counts: Vec<_> = over_http.into_iter().chain([over_dax]).collect();
    let hearth: u64 = counts[1].iter().sum();
    let row = |place: usize, name: &str| {
        let mut row = vec![name.to_owned()];
        row.extend(counts[..3].iter().map(|count| count[place].to_string()));
        row.push(percent(counts[1][place], hearth));
        row.push(counts[3][place].to_string());
        row
    };
    let mut rows: Vec<_> =
        STAGES.iter().enumerate().map(|(place, stage)| row(place, stage.name)).collect();
    rows.push(row(STAGES.len(), "all else"));
    let mut all = vec!["together".to_owned()];
    let sums: Vec<u64> = counts.iter().map(|count| count.iter().sum()).collect();
    all.extend(sums[..3].iter().map(u64::to_string));
    all.push("100 %".to_owned());
    all.push(sums[3].to_string());
    rows.push(all);
    let columns = ["stage", "bare hyper", "hearth", "signatures checked", "of hearth", "DAX"];
    figures::print("Cached GetItem, user instructions by stage", &columns, &rows);
}

/// A stage, and what the names of its functions and files contain.
struct Stage {
    name: &'static str,
    parts: &'static [&'static str],
}

/// The instructions of each request by stage, and those of none.
fn by_stage(spent: &[(u64, String)]) -> [u64; STAGES.len() + 1] {
    let mut counts = [0; STAGES.len() + 1];
    for (count, function) in spent {
        let is_of = |stage: &Stage| stage.parts.iter().any(|part| function.contains(part));
        counts[STAGES.iter().position(is_of).unwrap_or(STAGES.len())] += count;
    }
    counts.map(|count| count / REQUESTS as u64)
}

#[expect(clippy::cast_precision_loss, reason = "two digits are shown")]
fn percent(count: u64, all: u64) -> String {
    format!("{:.1} %", 100.0 * count as f64 / all as f64)
}

/// The first that fits counts.
const STAGES: [Stage; 14] = [
    Stage { name: "allocator", parts: &["malloc", "free", "realloc", "calloc", "unlink_chunk"] },
    Stage { name: "copying and comparing", parts: &["memcpy", "memmove", "memset", "memcmp"] },
    Stage { name: "signature", parts: &["sigv4", "sha2", "digest", "hmac", "auth", "subtle"] },
    Stage { name: "metrics", parts: &["metrics", "crossbeam_epoch", "quanta"] },
    Stage { name: "clock", parts: &["clock_gettime", "Timespec", "Instant", "clock.rs"] },
    Stage {
        name: "decoding",
        parts: &[
            "wire/json",
            "wire::json",
            "from_utf8",
            "dax::hot",
            "dax/hot",
            "cbor::reader",
            "cbor/reader",
        ],
    },
    Stage {
        name: "look-up",
        parts: &[
            "/cache/",
            "/proxy/",
            "proxy::",
            "cache::",
            "quick_cache",
            "ahash",
            "/model/",
            "model::",
            "/fence/",
            "engine/catalog",
        ],
    },
    Stage { name: "answer's headers", parts: &["server/answer", "answer::", "value::HeaderValue"] },
    Stage { name: "body", parts: &["server/body", "body::", "hyper::body", "http_body"] },
    Stage {
        name: "envelope, limits, deadlines",
        parts: &["src/server/", "hearth::server", "arc_swap", "arc-swap", "HeaderMap<T>::get "],
    },
    Stage {
        name: "hyper: reading and parsing the head",
        parts: &["::parse", "httparse", "name.rs", "HeaderName", "parse_hdr", "read_head"],
    },
    Stage {
        name: "hyper: writing the answer",
        parts: &["Http1Transaction>::encode", "write_head", "poll_flush", "WriteBuf", "date::"],
    },
    Stage { name: "hyper: the connection", parts: &["hyper", "http-1", "http::", "bytes-1"] },
    Stage { name: "runtime and socket", parts: &["tokio", "mio", "epoll", "recv", "writev"] },
];
