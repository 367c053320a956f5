//! The tables of a workload: made before it, removed after it.
//!
//! Must hold: a table that was there before is neither changed nor removed, unless its user said
//! that it may be used.
//! Not here: their items (`fill.rs`).

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::json;

use super::client::{Client, Exchange, Explain, Patience, Request, Terms, message};
use super::target::Target;
use super::workload::TableToMake;
use super::{Ending, Error};
use crate::clock::Clock;
use crate::task::Drain;

/// What becomes of a table that is there already.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Existing {
    /// It is left alone, and nothing is done.
    Refuse,
    /// It is used as it is.
    Keep,
}

/// Makes tables and waits until they can be used.
///
/// The names of those that it made are in `made`, also when it fails at a later one.
pub async fn make(
    target: &Arc<Target>,
    tables: &[TableToMake],
    existing: Existing,
    made: &mut Vec<String>,
    clock: &Clock,
    drain: &Drain,
) -> Result<(), Error> {
    let mut client = client(target, clock, drain);
    if existing == Existing::Refuse {
        // Asked of all first, so that nothing is made when one is in the way.
        for TableToMake { name, .. } in tables {
            if status(&mut client, name).await?.is_some() {
                return Err(Error::TableExists { name: name.clone() });
            }
        }
    }
    for TableToMake { name, create_body } in tables {
        let request = Request::create_table(create_body.clone());
        let exchange = client.ask(&request).await;
        match &exchange.ending {
            Ending::Answered => made.push(name.clone()),
            Ending::Failed(code) if code == IN_USE => match existing {
                Existing::Keep => {}
                Existing::Refuse => return Err(Error::TableExists { name: name.clone() }),
            },
            Ending::ConditionFailed | Ending::Throttled | Ending::Failed(_) => {
                return Err(refused("the making", name, &exchange));
            }
        }
    }
    for TableToMake { name, .. } in tables {
        wait_until_active(&mut client, name, clock, drain).await?;
    }
    Ok(())
}

/// Removes tables; those that are not there are no error. All are tried; the first failure is told.
pub async fn remove(target: &Arc<Target>, names: &[String], clock: &Clock) -> Result<(), Error> {
    let mut client = client(target, clock, &Drain::default());
    let mut outcome = Ok(());
    for name in names {
        let exchange = client.ask(&Request::delete_table(named(name))).await;
        match &exchange.ending {
            Ending::Answered => {}
            Ending::Failed(code) if code == NOT_FOUND => {}
            Ending::ConditionFailed | Ending::Throttled | Ending::Failed(_) => {
                let error = refused("the removal", name, &exchange);
                outcome = outcome.and(Err(error));
            }
        }
    }
    outcome
}

fn client(target: &Arc<Target>, clock: &Clock, drain: &Drain) -> Client {
    let terms = Terms {
        target: Arc::clone(target.of_tables()),
        patience: Patience::default(),
        explain: Explain::Leave,
        clock: clock.clone(),
        stop: drain.clone(),
    };
    Client::new(terms, 0)
}

async fn wait_until_active(
    client: &mut Client,
    name: &str,
    clock: &Clock,
    drain: &Drain,
) -> Result<(), Error> {
    let end = clock.monotonic() + ACTIVE_WAIT_MAX;
    while !status(client, name).await?.is_some_and(|described| described.is_active()) {
        if clock.monotonic() >= end {
            let waited_s = ACTIVE_WAIT_MAX.as_secs();
            return Err(Error::NotActive { name: name.to_owned(), waited_s });
        }
        tokio::select! {
            () = tokio::time::sleep(ASK_AGAIN_AFTER) => {}
            () = drain.begun() => return Err(Error::Stopped),
        }
    }
    Ok(())
}

/// What a DescribeTable tells that matters here.
#[derive(Deserialize)]
struct Described {
    #[serde(rename = "Table")]
    table: Status,
}

#[derive(Deserialize)]
struct Status {
    #[serde(rename = "TableStatus", alias = "IndexStatus")]
    status: String,
    #[serde(rename = "GlobalSecondaryIndexes", default)]
    indexes: Vec<Status>,
}

impl Described {
    fn is_active(&self) -> bool {
        let is_active = |status: &Status| status.status == "ACTIVE";
        is_active(&self.table) && self.table.indexes.iter().all(is_active)
    }
}

/// The table as it is described; nothing if there is none.
async fn status(client: &mut Client, name: &str) -> Result<Option<Described>, Error> {
    let exchange = client.ask(&Request::describe_table(named(name))).await;
    match &exchange.ending {
        Ending::Answered => {
            let described = serde_json::from_slice(&exchange.body);
            described.map(Some).map_err(|_| refused("the description", name, &exchange))
        }
        Ending::Failed(code) if code == NOT_FOUND => Ok(None),
        Ending::ConditionFailed | Ending::Throttled | Ending::Failed(_) => {
            Err(refused("the description", name, &exchange))
        }
    }
}

fn named(name: &str) -> Bytes {
    json!({ "TableName": name }).to_string().into()
}

fn refused(action: &'static str, name: &str, exchange: &Exchange) -> Error {
    let code = match &exchange.ending {
        Ending::Answered => "not understood",
        Ending::ConditionFailed => "condition failed",
        Ending::Throttled => "throttled",
        Ending::Failed(code) => code,
    };
    Error::Table {
        action,
        name: name.to_owned(),
        code: code.to_owned(),
        message: message(&exchange.body),
    }
}

const IN_USE: &str = "ResourceInUseException";
const NOT_FOUND: &str = "ResourceNotFoundException";
const ASK_AGAIN_AFTER: Duration = Duration::from_millis(100);
/// A table with indexes may take minutes elsewhere.
const ACTIVE_WAIT_MAX: Duration = Duration::from_mins(15);
