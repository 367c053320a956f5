//! `hearth check-data`.
