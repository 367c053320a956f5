//! The wires: pure codecs between bytes and [`crate::api`].
//!
//! Must hold: nothing here knows a socket, a clock or a table; the same bytes always mean the same.
//! Not here: HTTP (`server/`), signatures (`auth/`).

pub mod dax;
pub mod json;
