//! The parts of a table, worked on side by side.

use std::panic::resume_unwind;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;

use super::error::Error;
use crate::model::Segment;
use crate::task::{self, Drain};

/// Works on all parts; a failure of one stops the others.
pub(super) async fn side_by_side<F>(
    name: &'static str,
    total: u32,
    stop: &Drain,
    work: impl Fn(Segment) -> F,
) -> Result<(), Error>
where
    F: Future<Output = Result<(), Error>> + Send + 'static,
{
    let start = |number| task::spawn(name, work(Segment { number, total }));
    let mut parts: FuturesUnordered<_> = (0..total).map(start).collect();
    let mut failure = None;
    while let Some(ended) = parts.next().await {
        let ended = ended.unwrap_or_else(|panicked| resume_unwind(panicked.into_panic()));
        let Err(error) = ended else { continue };
        stop.begin();
        // Who stops because of another has nothing to tell.
        if failure.as_ref().is_none_or(|told| matches!(told, Error::Stopped)) {
            failure = Some(error);
        }
    }
    failure.map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test]
    async fn all_parts_are_worked_on() {
        let (seen, stop) = (Arc::new(AtomicU32::new(0)), Drain::default());

        let ended = side_by_side("part", 5, &stop, |segment| {
            let seen = Arc::clone(&seen);
            async move {
                seen.fetch_add(1 << segment.number, Ordering::SeqCst);
                Ok(())
            }
        });
        ended.await.expect("no part fails");

        assert_eq!(seen.load(Ordering::SeqCst), 0b1_1111);
    }

    #[tokio::test]
    async fn a_failure_stops_the_others_and_is_what_is_told() {
        let stop = Drain::default();

        let ended = side_by_side("part", 3, &stop, |segment| {
            let stop = stop.clone();
            async move {
                if segment.number == 2 {
                    return Err(Error::Keyless { end: "here".to_owned() });
                }
                stop.begun().await;
                Err(Error::Stopped)
            }
        });

        assert!(matches!(ended.await, Err(Error::Keyless { .. })));
    }
}
