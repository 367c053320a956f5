//! Any bytes as an archive, and as blocks whose checksums are right: nothing panics, and what is
//! read to its end says what it held.

#![no_main]

use hearth::backup::{Archive, ArchivePiece};
use libfuzzer_sys::fuzz_target;
use xxhash_rust::xxh3::Xxh3;

fuzz_target!(|bytes: &[u8]| {
    check(bytes);
    check(&framed(bytes));
});

fn check(file: &[u8]) {
    let Ok((_, mut archive)) = Archive::open(file) else { return };
    let (mut spaces, mut rows) = (0, 0);
    while let Ok(piece) = archive.piece() {
        match piece {
            ArchivePiece::Space(_) => spaces += 1,
            ArchivePiece::Rows(some) => rows += some.len() as u64,
            ArchivePiece::End => {
                let sums = archive.sums();
                assert_eq!((sums.spaces, sums.rows), (spaces, rows));
                return;
            }
        }
    }
}

/// The bytes as blocks, each a kind, a length and so many bytes, in a file whose sums are right
/// (`docs/storage-format.md`): with wrong ones nothing is looked at but them.
fn framed(mut bytes: &[u8]) -> Vec<u8> {
    let begin = [&b"hearthAR"[..], &1_u32.to_le_bytes()].concat();
    let mut file = begin.clone();
    let mut number = 0_u64;
    while let [kind, length, rest @ ..] = bytes {
        let (block, others) = rest.split_at(rest.len().min(usize::from(*length)));
        let length = u32::try_from(block.len()).expect("a byte tells it").to_le_bytes();
        let mut sum = Xxh3::new();
        for part in [&begin[..], &number.to_le_bytes(), &length, &[*kind], block] {
            sum.update(part);
        }
        for part in [&length[..], &[*kind], block, &sum.digest().to_le_bytes()] {
            file.extend_from_slice(part);
        }
        number += 1;
        bytes = others;
    }
    file
}
