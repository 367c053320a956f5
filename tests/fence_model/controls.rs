//! Each rule left out, and that the model finds what then goes wrong.

use super::models::{batches, fills, numbered, queries, queued, spanning, upstream};
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

#[test]
fn pages_kept_although_a_writer_was_in_flight_are_found() {
    is_found("kept in flight", STALE, || queries(Some(Rule::NoWriterInFlight)));
}

#[test]
fn a_write_that_does_not_touch_the_partition_of_its_item_is_found() {
    is_found("base not touched", STALE, || queries(Some(Rule::TouchBase)));
}

#[test]
fn a_write_that_does_not_touch_the_partition_that_it_leaves_is_found() {
    is_found("left not touched", STALE, || queries(Some(Rule::TouchLeft)));
}

#[test]
fn a_write_that_does_not_touch_the_partition_that_it_enters_is_found() {
    is_found("entered not touched", STALE, || queries(Some(Rule::TouchEntered)));
}

#[test]
fn a_scan_that_goes_by_the_word_of_one_partition_is_found() {
    is_found("scan by partition", STALE, || queries(Some(Rule::ScanByIndexWord)));
}

#[test]
fn a_batch_that_touches_after_its_commit_is_found() {
    is_found("touch after commit", STALE, || spanning(Some(Rule::TouchBeforeCommit)));
}

#[test]
fn a_page_that_fills_items_in_without_a_look_at_its_epoch_is_found() {
    is_found("fill, no epoch", STALE, || fills(Some(Rule::FillChecksEpoch)));
}

#[test]
fn a_page_that_looks_at_its_epoch_before_the_guard_is_found() {
    is_found("fill, epoch before guard", STALE, || fills(Some(Rule::FillGuardBeforeEpoch)));
}

#[test]
fn a_page_that_looks_at_its_epoch_before_the_flight_is_found() {
    is_found("fill, epoch before admit", STALE, || fills(Some(Rule::FillAdmitsBeforeEpoch)));
}

#[test]
fn a_page_that_fills_items_in_while_they_are_written_is_found() {
    is_found("fill, no admit", STALE, || fills(Some(Rule::FillAdmits)));
}

#[test]
fn a_page_that_fills_items_in_by_a_later_epoch_is_found() {
    is_found("fill, epoch after page", STALE, || fills(Some(Rule::EpochBeforePage)));
}

/// What the checker says of a read that no order explains.
const STALE: &str = "read after";
/// What the scheduler says when all clients wait for each other.
const DEADLOCK: &str = "deadlock";
