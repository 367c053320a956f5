//! Bodies of requests, written as JSON.
//!
//! Must hold: nothing is escaped here, since names and constants were when they were read, and
//! random text needs none.

use super::clauses::Clauses;
use super::random::Random;
use super::table::Table;
use super::value::write_digits;

/// A table and the name that it has on the server.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target<'a> {
    pub(super) table: &'a Table,
    pub(super) name: &'a str,
}

impl Target<'_> {
    /// `{"TableName":"…","Key":{…}, …}`
    pub(super) fn write_keyed(
        self,
        item: u64,
        clauses: &Clauses,
        random: &mut Random,
        out: &mut Vec<u8>,
    ) {
        self.write_name(out);
        out.extend_from_slice(b",\"Key\":");
        self.table.write_key(item, out);
        clauses.write(self.table, item, random, out);
        out.push(b'}');
    }

    /// `{"TableName":"…","Item":{…}, …}`
    pub(super) fn write_put(
        self,
        item: u64,
        clauses: &Clauses,
        random: &mut Random,
        out: &mut Vec<u8>,
    ) {
        self.write_name(out);
        out.extend_from_slice(b",\"Item\":");
        self.table.write_item(item, random, out);
        clauses.write(self.table, item, random, out);
        out.push(b'}');
    }

    /// `{"TableName":"…", …`, for members to follow and a brace to end it.
    pub(super) fn write_page(
        self,
        item: u64,
        clauses: &Clauses,
        limit: Option<u64>,
        random: &mut Random,
        out: &mut Vec<u8>,
    ) {
        self.write_name(out);
        clauses.write(self.table, item, random, out);
        if let Some(limit) = limit {
            write_count(",\"Limit\":", limit, out);
        }
    }

    /// `{"RequestItems":{"…":{"Keys":[{…},…], …}}}`
    pub(super) fn write_gets(
        self,
        items: &[u64],
        clauses: &Clauses,
        random: &mut Random,
        out: &mut Vec<u8>,
    ) {
        self.write_batch(out);
        out.extend_from_slice(b"{\"Keys\":");
        let mut before = b'[';
        for item in items {
            out.push(before);
            self.table.write_key(*item, out);
            before = b',';
        }
        out.push(b']');
        clauses.write(self.table, 0, random, out);
        out.extend_from_slice(b"}}}");
    }

    /// `{"RequestItems":{"…":[{"PutRequest":{"Item":{…}}},…]}}`
    pub(super) fn write_puts(
        self,
        items: impl Iterator<Item = u64>,
        random: &mut Random,
        out: &mut Vec<u8>,
    ) {
        self.write_batch(out);
        let mut before = b'[';
        for item in items {
            out.push(before);
            out.extend_from_slice(b"{\"PutRequest\":{\"Item\":");
            self.table.write_item(item, random, out);
            out.extend_from_slice(b"}}");
            before = b',';
        }
        out.extend_from_slice(b"]}}");
    }

    fn write_name(self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"TableName\":\"");
        out.extend_from_slice(self.name.as_bytes());
        out.push(b'"');
    }

    fn write_batch(self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"RequestItems\":{\"");
        out.extend_from_slice(self.name.as_bytes());
        out.extend_from_slice(b"\":");
    }
}

/// Appends a member whose value is a number.
pub(super) fn write_count(member: &str, count: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(member.as_bytes());
    write_digits(count, 1, out);
}
