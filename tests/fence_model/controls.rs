//! Each rule left out, and that the model finds what then goes wrong.

use super::models::{embedded, hanging_up, queries, upstream};
use super::schedules::is_found;
use super::world::Rule;

#[test]
fn looking_at_the_flight_before_taking_the_guard_is_found() {
    is_found("look before guard", || embedded(Some(Rule::GuardBeforeLook)));
}

#[test]
fn a_snapshot_from_before_the_look_is_found() {
    is_found("snapshot before look", || embedded(Some(Rule::LookBeforeSnapshot)));
}

#[test]
fn a_batch_that_opens_its_snapshot_between_its_looks_is_found() {
    is_found("snapshot between looks", || embedded(Some(Rule::BatchLooksAtAll)));
}

#[test]
fn a_close_without_the_lock_of_the_stripe_is_found() {
    is_found("close without the lock", || embedded(Some(Rule::CloseUnderLock)));
}

#[test]
fn a_failed_write_taken_for_one_that_changed_nothing_is_found() {
    is_found("unknown fate ignored", || embedded(Some(Rule::UnknownEmptiesFlight)));
}

#[test]
fn removing_the_entry_before_the_write_and_no_more_is_found() {
    is_found("delete before write", || embedded(Some(Rule::FlightAroundWrite)));
}

#[test]
fn a_ticket_that_ends_with_its_client_is_found() {
    is_found("cancelled writer", || hanging_up(Some(Rule::TicketOutlivesClient)));
}

#[test]
fn installing_when_not_alone_is_found() {
    is_found("install when not alone", || upstream(Some(Rule::InstallOnlyAlone)));
}

#[test]
fn a_late_write_whose_flight_was_closed_is_found() {
    is_found("no quarantine", || upstream(Some(Rule::Quarantine)));
}

#[test]
fn an_epoch_read_after_the_page_is_found() {
    is_found("epoch after page", || queries(Some(Rule::EpochBeforePage)));
}

#[test]
fn a_load_joined_by_the_request_alone_is_found() {
    is_found("load joined late", || queries(Some(Rule::JoinByEpoch)));
}
