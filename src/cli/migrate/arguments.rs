//! The words and flags of `hearth migrate`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::super::load::{rate, span};
use crate::config::Flag;

/// What `hearth migrate` was asked for.
#[derive(Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag that stands alone")]
pub(in crate::cli) struct Arguments {
    /// The table.
    pub(super) table: String,
    /// Where it is: the URL of a DynamoDB, or the data directory of a stopped hearth.
    #[arg(long, value_name = "URL|DIR")]
    pub(super) from: String,
    /// Where it goes: the URL of a DynamoDB, or the data directory of a stopped hearth.
    #[arg(long, value_name = "URL|DIR")]
    pub(super) to: String,
    /// Make the table if it is not there, with the keys, indexes and capacity that it has.
    #[arg(long)]
    pub(super) create: bool,
    /// Take a table that has items already; those with the same keys are written over.
    #[arg(long)]
    pub(super) merge: bool,
    /// Nothing writes to the table meanwhile: copy it without following changes.
    #[arg(long)]
    pub(super) no_stream: bool,
    /// End once all changes are followed, without being told to.
    #[arg(long, conflicts_with = "follow")]
    pub(super) until_caught_up: bool,
    /// Go on following changes until Ctrl-C, and compare nothing.
    #[arg(long, conflicts_with_all = ["no_stream", "verify_only"])]
    pub(super) follow: bool,
    /// Only compare what both have.
    #[arg(long, conflicts_with = "no_verify")]
    pub(super) verify_only: bool,
    /// Compare nothing at the end.
    #[arg(long)]
    pub(super) no_verify: bool,
    /// Write so many items a second at most [default: no limit].
    #[arg(long, value_name = "N", value_parser = rate)]
    pub(super) rate: Option<f64>,
    /// Read the table in so many parts at once.
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=1_024))]
    pub(super) segments: u32,
    /// Batches on their way at once.
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(super) in_flight: u16,
    /// Where it is written down how far it is [default: ./hearth-migrate-TABLE.state].
    #[arg(long, value_name = "FILE")]
    pub(super) state: Option<PathBuf>,
    /// No change for so long, and all are followed; more than a write takes to its stream.
    #[arg(long, value_name = "SPAN", default_value = "10s", value_parser = span)]
    pub(super) quiet: Duration,
    /// How long a write whose answer was lost may still be carried out.
    #[arg(long, value_name = "SPAN", default_value = "60s", value_parser = span)]
    pub(super) settle: Duration,
    /// How long an end may refuse everything before it is given up.
    #[arg(long, value_name = "SPAN", default_value = "10m", value_parser = span)]
    pub(super) patience: Duration,
    #[command(flatten)]
    pub(super) from_access: FromAccess,
    #[command(flatten)]
    pub(super) to_access: ToAccess,
}

/// How the source is asked.
#[derive(Args, Debug)]
pub(super) struct FromAccess {
    /// The profile of the shared AWS files that signs for --from.
    #[arg(long = "from-profile", id = "from_profile", value_name = "NAME")]
    profile: Option<String>,
    /// The region of --from [default: its URL's, else `AWS_REGION`, else us-east-1].
    #[arg(long = "from-region", id = "from_region", value_name = "NAME")]
    region: Option<String>,
    /// Where the credentials for --from come from [default: chain].
    #[arg(
        long = "from-credentials",
        id = "from_credentials",
        value_name = "chain|container|instance|anonymous"
    )]
    credentials: Option<String>,
    /// Trust the authorities of this PEM file for --from, too.
    #[arg(long = "from-ca-file", id = "from_ca_file", value_name = "FILE")]
    ca_file: Option<String>,
}

/// How the target is asked.
#[derive(Args, Debug)]
pub(super) struct ToAccess {
    /// The profile of the shared AWS files that signs for --to.
    #[arg(long = "to-profile", id = "to_profile", value_name = "NAME")]
    profile: Option<String>,
    /// The region of --to [default: its URL's, else `AWS_REGION`, else us-east-1].
    #[arg(long = "to-region", id = "to_region", value_name = "NAME")]
    region: Option<String>,
    /// Where the credentials for --to come from [default: chain].
    #[arg(
        long = "to-credentials",
        id = "to_credentials",
        value_name = "chain|container|instance|anonymous"
    )]
    credentials: Option<String>,
    /// Trust the authorities of this PEM file for --to, too.
    #[arg(long = "to-ca-file", id = "to_ca_file", value_name = "FILE")]
    ca_file: Option<String>,
}

impl Arguments {
    /// Flags of `--from` as keys of a configuration.
    pub(super) fn source_flags(&self) -> Vec<Flag> {
        let access = &self.from_access;
        flags(
            &self.from,
            ["--from", "--from-profile", "--from-region", "--from-credentials", "--from-ca-file"],
            [&access.profile, &access.region, &access.credentials, &access.ca_file],
        )
    }

    /// Flags of `--to` as keys of a configuration.
    pub(super) fn target_flags(&self) -> Vec<Flag> {
        let access = &self.to_access;
        flags(
            &self.to,
            ["--to", "--to-profile", "--to-region", "--to-credentials", "--to-ca-file"],
            [&access.profile, &access.region, &access.credentials, &access.ca_file],
        )
    }
}

/// A URL is an upstream, anything else a directory.
fn flags(place: &str, names: [&'static str; 5], access: [&Option<String>; 4]) -> Vec<Flag> {
    let [name, others @ ..] = names;
    let key = if place.contains("://") { "upstream.url" } else { "storage.data_dir" };
    let first = Flag { name, key, text: place.to_owned() };
    let given = others.into_iter().zip(ACCESS_KEYS).zip(access);
    let given = given.filter_map(|((name, key), text)| {
        text.as_ref().map(|text| Flag { name, key, text: text.clone() })
    });
    [first].into_iter().chain(given).collect()
}

const ACCESS_KEYS: [&str; 4] =
    ["upstream.profile", "upstream.region", "upstream.credentials", "upstream.ca_file"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_an_upstream_and_anything_else_a_directory() {
        let key_of = |place: &str| flags(place, ["--to"; 5], [&None; 4])[0].key;

        assert_eq!(key_of("https://dynamodb.eu-west-1.amazonaws.com"), "upstream.url");
        assert_eq!(key_of("./hearth-data"), "storage.data_dir");
    }
}
