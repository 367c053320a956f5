//! What runs beside the requests.

mod dump;
