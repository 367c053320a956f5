//! File systems that are small on purpose.
//!
//! Must hold: mounts are made in a mount namespace of the test's own, so none is left behind.
//! Not here: failing syncs, which libfiu brings about inside the process
//! (`tests/failing_sync.rs`).

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A small file system in memory, gone with the mount namespace.
pub(crate) struct Tmpfs {
    directory: tempfile::TempDir,
}

/// Runs `body` where this process may mount: the test binary starts itself again inside a mount
/// namespace (a user namespace too unless it is root) and reports how that went.
pub(crate) fn in_mount_namespace(test: &str, body: impl FnOnce()) {
    if std::env::var_os(INSIDE).is_some() {
        body();
        return;
    }
    let this = std::env::current_exe().expect("a running binary knows its path");
    let is_root = uid() == 0;
    let run = Command::new("unshare")
        .arg(if is_root { "-m" } else { "-rm" })
        .arg(this)
        .args([test, "--exact", "--nocapture"])
        .env(INSIDE, "1")
        .output()
        .expect("unshare comes with util-linux");
    print!("{}", String::from_utf8_lossy(&run.stdout));
    eprint!("{}", String::from_utf8_lossy(&run.stderr));
    assert!(run.status.success(), "{test} failed in its mount namespace; see its output above");
}

impl Tmpfs {
    /// Mounts an empty one of that many mebibytes.
    pub(crate) fn mount(size_mib: u64) -> Self {
        let directory = super::scratch();
        let size = format!("size={size_mib}m");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &size, "hearth-test"])
            .arg(directory.path())
            .status()
            .expect("mount comes with every system");
        assert!(mounted.success(), "cannot mount a tmpfs");
        Self { directory }
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Occupies that many mebibytes with a file, whose removal frees them.
    pub(crate) fn ballast(&self, name: &str, size_mib: usize) -> PathBuf {
        let path = self.path().join(name);
        let mut file = File::create(&path).expect("the file system is not full yet");
        let block = vec![0x5A; 1 << 20];
        for _ in 0..size_mib {
            file.write_all(&block).expect("the file system has room for the ballast");
        }
        path
    }
}

impl Drop for Tmpfs {
    fn drop(&mut self) {
        // Lazily: a server may be dying on it. The namespace ends with the test anyway.
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}

/// The effective user's number.
fn uid() -> u32 {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata("/proc/self").map_or(u32::MAX, |own| own.uid())
}

/// Set in the process that was started inside the namespace.
const INSIDE: &str = "HEARTH_TEST_IN_NAMESPACE";
