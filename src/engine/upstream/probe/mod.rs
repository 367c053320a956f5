//! What a service can do, found out by asking it for nothing that it could change.
//!
//!     ListTables ── is it there, who are we to it, which tables
//!     GET / ─────── its name, its clock; GET /localnodes: is it an Alternator
//!     the rest ──── a question that lacks what it needs, for each thing that some services cannot do
//!
//! Must hold: a probe fails only where nobody could work with the service; everything else that is
//! not told is just unknown.
//! Not here: when a service is probed, and what is made of it (`proxy/through/watch.rs`).

mod ability;
mod permissions;

use crate::api::{StreamView, TableDescription, TableName};
use crate::engine::Error;
use crate::engine::upstream::client::{Client, Failure, Greeting, Isolation, IsolationFound, Told};
use crate::engine::upstream::{NO_TABLE, UpstreamEngine};
use crate::wire::json::client as border;

pub use self::ability::{Ability, Trouble};
pub use self::permissions::{Action, Permission, permissions, stream_permissions};

use self::ability::hear;

/// What was found of a service.
#[derive(Clone, Debug, Default)]
pub struct Capabilities {
    /// The region that signatures name.
    pub region: String,
    /// The public half of what they are made with.
    pub access_key_id: String,
    /// What it says unasked, if it says anything.
    pub greeting: Greeting,
    /// Whether its tables are told.
    pub lists_tables: Ability,
    /// The names of its tables, [`TABLES_MAX`] at most.
    pub tables: Vec<TableName>,
    /// TransactGetItems and TransactWriteItems.
    pub transactions: Ability,
    /// ExecuteStatement and its kind.
    pub partiql: Ability,
    /// `ListStreams` and what reads them.
    pub streams: Ability,
    /// Backups on demand.
    pub backups: Ability,
    /// `DescribeLimits`.
    pub limits: Ability,
    /// `DescribeEndpoints`.
    pub endpoints: Ability,
    /// Items in the refusals of conditions.
    pub return_values_on_ccf: Ability,
}

/// Why a table is not described.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Undescribed {
    /// There is none of that name.
    NoTable,
    /// These credentials may not.
    Denied,
    /// Anything else, in words.
    Other(String),
}

/// What a table's stream tells.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum StreamFound {
    /// It has none, or one that takes no records.
    None,
    /// The items before and after each write.
    Images,
    /// Less.
    Partial,
}

impl Capabilities {
    /// Whether it is an Alternator.
    pub fn is_alternator(&self) -> bool {
        self.greeting.nodes.is_some()
    }
}

/// Asks a service what it can do.
pub async fn capabilities(client: &Client) -> Result<Capabilities, Trouble> {
    let (lists_tables, tables) = list(client).await?;
    // Only a signature that was taken has one for sure.
    let access_key_id = client.access_key_id().await.unwrap_or_default();
    let can = async |target, body: &'static str| Ability::of(&hear(client, target, body).await);
    Ok(Capabilities {
        region: client.region().to_owned(),
        access_key_id,
        greeting: client.greet().await.unwrap_or_default(),
        lists_tables,
        tables,
        transactions: can("DynamoDB_20120810.TransactGetItems", r#"{"TransactItems":[]}"#).await,
        partiql: can("DynamoDB_20120810.ExecuteStatement", r#"{"Statement":""}"#).await,
        streams: can("DynamoDBStreams_20120810.ListStreams", r#"{"Limit":1}"#).await,
        backups: can("DynamoDB_20120810.ListBackups", r#"{"Limit":1}"#).await,
        limits: can("DynamoDB_20120810.DescribeLimits", "{}").await,
        endpoints: can("DynamoDB_20120810.DescribeEndpoints", "{}").await,
        return_values_on_ccf: return_values_on_ccf(client).await,
    })
}

/// Asks a service for as little as tells whether it can be worked with.
pub async fn hail(client: &Client) -> Result<(), Trouble> {
    match hear(client, LIST_TABLES, r#"{"Limit":1}"#).await {
        Ok(_) => Ok(()),
        Err(failure) => Trouble::of(&failure).map_or(Ok(()), Err),
    }
}

impl UpstreamEngine {
    /// Asks the service what it can do, and how its tables are.
    pub async fn probe(&self) -> Result<Capabilities, Trouble> {
        let found = capabilities(&self.client).await?;
        for table in &found.tables {
            match self.look(table.as_str()).await {
                Ok(_) => {}
                Err(Error::Upstream(failure)) if !failure.has_answered() => {
                    return Err(Trouble::silent(&failure));
                }
                // Whoever needs it will find out.
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(
                        table = table.as_str(),
                        error,
                        "the upstream does not describe a table"
                    );
                }
            }
        }
        Ok(found)
    }

    /// The tables among those that are known whose writes an Alternator may reorder; the first few
    /// are asked about.
    pub async fn unordered_tables(&self) -> Vec<TableName> {
        let tables: Vec<_> = {
            let catalog = self.registry.catalog().load();
            catalog.tables().take(ISOLATIONS_MAX).cloned().collect()
        };
        let mut unordered = Vec::new();
        for table in tables {
            let found = self.client.write_isolation(&table.arn).await;
            if found.is_ok_and(|found| !is_ordered(found)) {
                unordered.push(table.name.clone());
            }
        }
        unordered.sort();
        unordered
    }
}

/// A table as the service describes it; how it is with that if it does not.
pub async fn description(client: &Client, table: &str) -> Result<TableDescription, Undescribed> {
    let body = border::describe_table(table);
    let described = hear(client, "DynamoDB_20120810.DescribeTable", body).await;
    let described = described.map_err(|failure| {
        let is_denied = Ability::of::<()>(&Err(failure.clone())) == Ability::Denied;
        match failure.told {
            Told::Refused(refusal) if refusal.kind == NO_TABLE => Undescribed::NoTable,
            Told::Refused(_) if is_denied => Undescribed::Denied,
            Told::Refused(refusal) => {
                Undescribed::Other(format!("{}: {}", refusal.kind, ability::message(&refusal)))
            }
            Told::Failed(fault) => Undescribed::Other(fault.to_string()),
        }
    })?;
    border::table(&described).map_err(|unreadable| Undescribed::Other(unreadable.to_string()))
}

/// What the stream of a table tells of writes past hearth.
pub fn stream_of(table: &TableDescription) -> StreamFound {
    match table.stream.as_ref().and_then(|stream| stream.view) {
        None => StreamFound::None,
        Some(StreamView::NewAndOldImages) => StreamFound::Images,
        Some(StreamView::KeysOnly | StreamView::NewImage | StreamView::OldImage) => {
            StreamFound::Partial
        }
    }
}

/// Whether two writes of one item end in the order that they were sent in; where nothing is told,
/// nothing is said against it.
pub fn is_ordered(found: IsolationFound) -> bool {
    match found {
        IsolationFound::OfTable(isolation) | IsolationFound::OfService(isolation) => {
            isolation == Isolation::Always
        }
        IsolationFound::Untold => true,
    }
}

/// The names of the tables, as far as they are told.
async fn list(client: &Client) -> Result<(Ability, Vec<TableName>), Trouble> {
    let mut tables: Vec<TableName> = Vec::new();
    loop {
        // Names need no escapes.
        let body = match tables.last() {
            None => r#"{"Limit":100}"#.to_owned(),
            Some(last) => format!(r#"{{"Limit":100,"ExclusiveStartTableName":"{last}"}}"#),
        };
        let answer = match hear(client, LIST_TABLES, body).await {
            Ok(answer) => answer,
            Err(failure) => {
                let ability = Ability::of::<()>(&Err(failure.clone()));
                return Trouble::of(&failure).map_or(Ok((ability, tables)), Err);
            }
        };
        let Ok(page) = border::tables(&answer) else {
            let why = "its list of tables is none of a DynamoDB".to_owned();
            return Err(Trouble::Silent { why });
        };
        let is_last = page.last.is_none() || page.names.is_empty();
        tables.extend(page.names);
        if is_last || tables.len() >= TABLES_MAX {
            tables.truncate(TABLES_MAX);
            return Ok((Ability::Yes, tables));
        }
    }
}

/// No table has so short a name, so nothing is ever put.
async fn return_values_on_ccf(client: &Client) -> Ability {
    let body = r#"{"TableName":"-","Item":{},"ReturnValuesOnConditionCheckFailure":"?"}"#;
    match hear(client, "DynamoDB_20120810.PutItem", body).await {
        // Who knows the member objects to its value.
        Err(Failure { told: Told::Refused(refusal), .. })
            if ability::message(&refusal)
                .to_ascii_lowercase()
                .contains("returnvaluesonconditioncheckfailure") =>
        {
            Ability::Yes
        }
        _ => Ability::Untold,
    }
}

const LIST_TABLES: &str = "DynamoDB_20120810.ListTables";
/// So many tables are described ahead of their first request.
pub const TABLES_MAX: usize = 200;
/// So many tables are looked at for how their writes are kept apart.
const ISOLATIONS_MAX: usize = 20;
