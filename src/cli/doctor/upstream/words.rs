//! What was found of a service, in words.
//!
//! Must hold: each fix is something that whoever reads it can do.
//! Not here: how it is found (`mod.rs`, `engine/upstream/probe/`).

use std::ffi::OsString;
use std::fmt::Display;

use crate::app::probe::{Ability, Action, Capabilities, Permission, Trouble, Undescribed};
use crate::cli::doctor::chart::Ill;
use crate::cli::doctor::words::{CLOCKS, ill, tls};
use crate::config::{Config, UpstreamCredentials, Warning};
use crate::load::probe::{TlsFault, UNTRUSTED, Unreached};

/// Where the credentials come from, for the end of a sentence.
pub(super) fn source(config: &Config, environment: &[(OsString, OsString)]) -> String {
    let is_set =
        |name: &str| environment.iter().any(|(set, value)| set == name && !value.is_empty());
    match (config.upstream.credentials, config.upstream.profile.as_deref()) {
        (UpstreamCredentials::Anonymous, _) => {
            "nowhere (upstream.credentials is \"anonymous\")".into()
        }
        (UpstreamCredentials::Container, _) => "the endpoint of this container".into(),
        (UpstreamCredentials::Instance, _) => "the metadata service of this machine".into(),
        (UpstreamCredentials::Chain, Some(profile)) => {
            format!("the profile {profile:?} of the shared files")
        }
        (UpstreamCredentials::Chain, None) if is_set("AWS_ACCESS_KEY_ID") => {
            "the environment".into()
        }
        (UpstreamCredentials::Chain, None) => "the shared files".into(),
    }
}

/// Nobody answers.
pub(super) fn unreached(why: &Unreached, url: &str) -> Ill {
    match why {
        Unreached::Refused => ill(
            format!("nobody listens at {url}"),
            "Start the service there, or correct the URL and its port",
        ),
        Unreached::Silent => ill(
            format!("nothing comes back from {url}"),
            "Look for a firewall, a security group or a missing route in between; in a network \
             without a way out, AWS is reached by an endpoint of that network",
        ),
        Unreached::Tls(fault) => tls(fault),
        Unreached::Other(error) => ill(
            format!("{url} cannot be reached: {error}"),
            "Look at the network and the routes of this machine",
        ),
    }
}

/// TLS cannot be agreed on.
pub(super) fn no_tls(why: &Unreached, url: &str) -> Ill {
    match why {
        Unreached::Tls(TlsFault::UnknownAuthority) => ill(UNTRUSTED, AUTHORITY),
        Unreached::Tls(TlsFault::NotTls) => ill(
            format!("what answers at {url} speaks no TLS"),
            "Correct the port, or give the URL as http://",
        ),
        Unreached::Tls(TlsFault::WrongName) => ill(
            "the certificate is for other names than the one in the URL",
            "Use a name that it has; hearth does not go on without",
        ),
        why => unreached(why, url),
    }
}

/// Credentials and items cross a network that others may share.
pub(super) fn in_the_clear(url: &str, config: &Config) -> Option<Ill> {
    let is_of = |warning: &Warning| match warning {
        Warning::PlainHttp { endpoint, .. } => endpoint.to_string() == url,
        Warning::OnlyEmbedded { .. } | Warning::OnlyUpstream { .. } => false,
    };
    let cause = config.warnings().into_iter().find(is_of)?;
    Some(ill(cause.to_string(), "Give it as https://, or keep it on a network of its own"))
}

/// There is nothing to sign with.
pub(super) fn no_credentials(why: &str, source: &str) -> Ill {
    ill(
        format!("there are no credentials: {why}; they were looked for in {source}"),
        "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile with --profile and \
         upstream.profile; on EC2 or in a container set upstream.credentials to \"instance\" or \
         \"container\"; an emulator that takes any signature needs \"anonymous\"",
    )
}

/// The service does not take who we are.
pub(super) fn identity(kind: &str, message: &str, access_key_id: &str, region: &str) -> Ill {
    let is = |kinds: &[&str]| kinds.contains(&kind);
    if is(&["ExpiredTokenException", "ExpiredToken"]) {
        ill(
            format!("the session token of {access_key_id} has expired"),
            "Get new credentials; for hearth, put them into the shared files, which it reads again",
        )
    } else if is(&["UnrecognizedClientException", "InvalidClientTokenId", "InvalidAccessKeyId"]) {
        ill(
            format!(
                "the upstream knows no access key id {access_key_id}, or not its session token: \
                 {message}"
            ),
            "Name other credentials: AWS_ACCESS_KEY_ID and so on, --profile or \
             upstream.credentials; keys are of one partition of AWS only",
        )
    } else if message.contains("valid region") {
        ill(
            format!("signatures are for the region {region}, and the upstream is of another"),
            "Set --region, and upstream.region for hearth, to the region of the upstream",
        )
    } else if message.starts_with("Signature ") || is(&["RequestTimeTooSkewed"]) {
        ill(format!("the clocks are too far apart: {message}"), CLOCKS)
    } else if message.contains("does not match") || is(&["SignatureDoesNotMatch"]) {
        ill(
            format!("the secret access key is not the one of {access_key_id}"),
            "Correct the secret; a proxy in between must leave Host as it is",
        )
    } else {
        ill(
            format!("the signature was not taken: {kind}: {message}"),
            "Look for a proxy in between that changes headers",
        )
    }
}

/// It does not answer as a DynamoDB does.
pub(super) fn trouble(trouble: &Trouble) -> Ill {
    match trouble {
        Trouble::Silent { .. } => ill(
            trouble.to_string(),
            "Look whether the URL is that of a DynamoDB-compatible service, and whether a proxy in \
             between answers in its place",
        ),
        Trouble::Untrusted { why } => ill(why.as_str(), AUTHORITY),
        Trouble::Redirected { .. } => ill(
            trouble.to_string(),
            "Give the URL of the service itself, such as the one that it sends to; one that wants \
             TLS begins with https://",
        ),
        Trouble::NoCredentials { why } => no_credentials(why, "where the configuration says"),
        Trouble::Identity { .. } | Trouble::Failing { .. } => {
            ill(trouble.to_string(), "Look into the log of the upstream, and try again")
        }
    }
}

/// What it says that it is.
pub(super) fn greeting(found: &Capabilities) -> String {
    let mut text = "it answers as DynamoDB does".to_owned();
    if let Some(nodes) = found.greeting.nodes {
        let node = if nodes == 1 { "node" } else { "nodes" };
        text = format!("{text}; it is an Alternator of {nodes} {node} (upstream.discover)");
    }
    match &found.greeting.server {
        Some(server) => format!("{text} (Server: {server})"),
        None => text,
    }
}

/// Names of tables, the first few.
pub(super) fn listed<T: Display>(tables: &[T]) -> String {
    if tables.is_empty() {
        return "there are none".to_owned();
    }
    let more = if tables.len() > SHOWN_MAX { ", …" } else { "" };
    let shown: Vec<String> = tables.iter().take(SHOWN_MAX).map(ToString::to_string).collect();
    format!("{}{more}", shown.join(", "))
}

/// What does not work without something, and what may help.
#[derive(Clone, Copy)]
pub(super) struct Without {
    what: &'static str,
    then: &'static str,
    action: &'static str,
}

pub(super) const NO_LIST: Without = Without {
    what: "tables",
    then: "hearth learns of a table with its first request, and ListTables is refused",
    action: "dynamodb:ListTables",
};
pub(super) const NO_STREAMS: Without = Without {
    what: "streams",
    then: "writes that do not come through hearth are seen once entries expire",
    action: "dynamodb:ListStreams, dynamodb:DescribeStream, dynamodb:GetShardIterator and \
             dynamodb:GetRecords",
};
pub(super) const NO_TRANSACTIONS: Without = Without {
    what: "transactions",
    then: "TransactGetItems and TransactWriteItems are refused",
    action: "dynamodb:GetItem, dynamodb:PutItem and so on",
};
pub(super) const NO_PARTIQL: Without = Without {
    what: "PartiQL",
    then: "statements may be refused",
    action: "dynamodb:PartiQLSelect and so on",
};
pub(super) const NO_BACKUPS: Without = Without {
    what: "backups",
    then: "CreateBackup and its kind are refused",
    action: "dynamodb:ListBackups and so on",
};

/// Something that hearth works without.
pub(super) fn without(ability: Ability, without: Without, access_key_id: &str) -> Ill {
    let Without { what, then, action } = without;
    if ability == Ability::Denied {
        let fix = format!("Allow {action} to {access_key_id} if clients need it");
        return ill(format!("{access_key_id} may not use its {what}: {then}"), fix);
    }
    ill(
        format!("the upstream has no {what}: {then}"),
        "Nothing is to be done if no client needs it",
    )
}

/// A table is not described.
pub(super) fn undescribed(why: &Undescribed, table: &str, access_key_id: &str) -> Ill {
    match why {
        Undescribed::NoTable => ill(
            format!("there is no table {table}"),
            "Correct the name (upper and lower case count) or the region, or make the table",
        ),
        Undescribed::Denied => ill(
            format!(
                "{access_key_id} may not describe {table}, which hearth must before it serves it"
            ),
            format!("Allow dynamodb:DescribeTable on table/{table} to {access_key_id}"),
        ),
        Undescribed::Other(why) => {
            ill(format!("{table} is not described: {why}"), "Try again, or look into the upstream")
        }
    }
}

/// An action is allowed.
pub(super) fn allowed(action: Action, table: &str) -> String {
    format!("{} on {table} is allowed ({})", action.name, action.purpose)
}

/// An action is not.
pub(super) fn denied(action: Action, table: &str, access_key_id: &str) -> Ill {
    let Action { name, purpose, below, .. } = action;
    ill(
        format!("{name} on {table} is denied to {access_key_id}: no {purpose}"),
        format!("Allow {name} on table/{table}{below} if clients of hearth need it"),
    )
}

/// The service does not have it.
pub(super) fn missing(action: Action) -> Ill {
    let Action { name, purpose, .. } = action;
    ill(
        format!("the upstream has no operation for {name}: no {purpose}"),
        "Nothing is to be done if no client needs it",
    )
}

/// Writes past hearth are seen.
pub(super) fn seen(table: &str) -> String {
    format!("{table} has one with new and old images: writes past hearth are seen")
}

/// They are, but not all that they touch.
pub(super) fn half_seen(table: &str) -> Ill {
    ill(
        format!(
            "the stream of {table} shows less than new and old images: hearth's own writes drop \
             what they have just cached, and pages of global indexes are dropped all at once"
        ),
        "Make a stream of NEW_AND_OLD_IMAGES in its place",
    )
}

/// They would be, if the stream could be read.
pub(super) fn unread(permission: &Permission, table: &str, access_key_id: &str) -> Ill {
    let Action { name, below, .. } = permission.action;
    let unseen = "writes past hearth are not seen until entries expire";
    if permission.ability == Ability::Denied {
        return ill(
            format!("{table} has one, and {access_key_id} may not read it ({name}): {unseen}"),
            format!(
                "Allow {READING} on table/{table}{below} to {access_key_id}, unless all writes \
                 come through this hearth"
            ),
        );
    }
    ill(
        format!("{table} has one, and the upstream has no operation for {name}: {unseen}"),
        "Nothing is to be done if all writes come through this hearth",
    )
}

/// They are not.
pub(super) fn unseen(table: &str) -> Ill {
    ill(
        format!("{table} has no stream: writes past hearth are seen once entries expire"),
        format!(
            "Set stream = \"enable\" below [cache.tables.{table}], or turn one on with \
             NEW_AND_OLD_IMAGES, unless all writes come through this hearth"
        ),
    )
}

/// Writes may end in another order than they were sent in.
pub(super) fn reorders(table: &str) -> Ill {
    ill(
        format!(
            "two writes to an item of {table} may end in the wrong order, and the cache would keep \
             the wrong one"
        ),
        "Set the tag system:write_isolation of the table to always_use_lwt",
    )
}

/// What the reader of a stream does.
const READING: &str = "dynamodb:DescribeStream, dynamodb:GetShardIterator and dynamodb:GetRecords";
const AUTHORITY: &str =
    "Name the authority's certificate with --ca-file, and with upstream.ca_file for hearth";
const SHOWN_MAX: usize = 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_refusal_of_who_asks_says_what_is_wrong() {
        for (kind, message, says) in [
            ("ExpiredTokenException", "", "expired"),
            ("UnrecognizedClientException", "", "AKID"),
            (
                "InvalidSignatureException",
                "Credential should be scoped to a valid region",
                "region r",
            ),
            ("InvalidSignatureException", "Signature expired: 1 is now earlier than 2", "clocks"),
            ("InvalidSignatureException", "we calculated does not match", "secret"),
            ("IncompleteSignatureException", "no", "IncompleteSignatureException: no"),
        ] {
            let ill = identity(kind, message, "AKID", "r");
            assert!(ill.cause.contains(says), "{kind}: {}", ill.cause);
        }
    }

    #[test]
    fn where_credentials_come_from_is_told() {
        let set = |name: &str, value: &str| (OsString::from(name), OsString::from(value));
        let mut config = Config::default();
        let said = |config: &Config, environment: &[_]| source(config, environment);

        assert_eq!(said(&config, &[set("AWS_ACCESS_KEY_ID", "x")]), "the environment");
        assert_eq!(said(&config, &[set("AWS_ACCESS_KEY_ID", "")]), "the shared files");
        config.upstream.profile = Some("other".to_owned());
        assert!(said(&config, &[set("AWS_ACCESS_KEY_ID", "x")]).contains("\"other\""));
        config.upstream.credentials = UpstreamCredentials::Anonymous;
        assert!(said(&config, &[]).contains("anonymous"));
    }
}
