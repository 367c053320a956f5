//! Each rule left out, and that the model finds what then goes wrong.

use super::models::{batches, numbered, queries, queued, upstream};
use super::schedules::is_found;
use super::world::Rule;

#[test]
fn looking_at_the_flight_before_taking_the_guard_is_found() {
    is_found("look before guard", STALE, || numbered(Some(Rule::GuardBeforeLook)));
}

#[test]
fn a_snapshot_from_before_the_look_is_found() {
    is_found("snapshot before look", STALE, || numbered(Some(Rule::LookBeforeSnapshot)));
}

#[test]
fn a_batch_that_opens_its_snapshot_between_its_looks_is_found() {
    is_found("snapshot between looks", STALE, || numbered(Some(Rule::BatchLooksAtAll)));
}

#[test]
fn batches_that_wait_while_they_hold_guards_are_found() {
    is_found("batch waits", DEADLOCK, || batches(Some(Rule::BatchNeverWaits)));
}

#[test]
fn an_open_that_leaves_entry_and_placeholder_is_found() {
    is_found("open removes nothing", STALE, || numbered(Some(Rule::OpenRemoves)));
}

#[test]
fn a_close_without_the_lock_of_the_stripe_is_found() {
    is_found("close without the lock", STALE, || numbered(Some(Rule::CloseUnderLock)));
}

#[test]
fn a_failed_write_taken_for_one_that_changed_nothing_is_found() {
    is_found("unknown fate ignored", STALE, || numbered(Some(Rule::UnknownEmptiesFlight)));
}

#[test]
fn removing_the_entry_before_the_write_and_no_more_is_found() {
    is_found("delete before write", STALE, || numbered(Some(Rule::FlightAroundWrite)));
}

#[test]
fn a_ticket_that_ends_with_its_client_is_found() {
    is_found("cancelled writer", STALE, || queued(Some(Rule::TicketOutlivesClient)));
}

#[test]
fn installing_when_not_alone_is_found() {
    is_found("install when not alone", STALE, || upstream(Some(Rule::InstallOnlyAlone)));
}

#[test]
fn a_late_write_whose_flight_was_closed_is_found() {
    is_found("no quarantine", STALE, || upstream(Some(Rule::Quarantine)));
}

#[test]
fn an_epoch_read_after_the_page_is_found() {
    is_found("epoch after page", STALE, || queries(Some(Rule::EpochBeforePage)));
}

#[test]
fn a_load_joined_by_the_request_alone_is_found() {
    is_found("load joined late", STALE, || queries(Some(Rule::JoinByEpoch)));
}

/// What the checker says of a read that no order explains.
const STALE: &str = "read after";
/// What the scheduler says when all clients wait for each other.
const DEADLOCK: &str = "deadlock";
