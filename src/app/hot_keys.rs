//! The dump of hot keys as a file of the data directory.
//!
//! Must hold: nothing that is wrong with it is more than a line in the log; the file is replaced by
//! a rename, so it is whole or the one before.
//! Not here: its bytes, and what is done with them (`proxy/`).

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::config::{Config, EngineKind};
use crate::proxy::{DUMP_BYTES_MAX, Proxy};

/// Where hot keys are kept, and how many.
#[derive(Clone, Debug)]
pub(super) struct HotKeysFile {
    path: PathBuf,
    keys_max: usize,
}

impl HotKeysFile {
    /// The file, if hot keys are to be kept and there is a directory for them; none with an upstream,
    /// whose tables may be others at the next start.
    pub(super) fn of(config: &Config) -> Option<Self> {
        if config.upstream.url.is_some() {
            return None;
        }
        let keys_max = usize::try_from(config.cache.hot_keys_dump).unwrap_or(usize::MAX);
        let path = config.storage.data_dir.join("hot-keys");
        match config.storage.engine {
            EngineKind::Disk => (keys_max > 0).then_some(Self { path, keys_max }),
            EngineKind::Memory => None,
        }
    }

    /// Loads the keys of the file into the cache.
    pub(super) async fn load(self, proxy: Arc<Proxy>) {
        let path = self.path.clone();
        let read = tokio::task::spawn_blocking(move || read(&path)).await;
        let Ok(read) = read else { return };
        let dump = match read {
            Ok(dump) => dump,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                tracing::info!(path = %self.path.display(), "no hot keys were kept");
                return;
            }
            Err(error) => return self.tell("hot keys are not read", &error),
        };
        match proxy.warm_from_dump(&dump, self.keys_max).await {
            Ok(loaded) => tracing::info!(loaded, "hot keys are loaded"),
            Err(error) => self.tell("hot keys are not loaded", &error),
        }
    }

    /// Writes the hottest keys, or leaves the file as it is if nothing was asked for.
    pub(super) fn save(&self, proxy: &Proxy) {
        let Some(dump) = proxy.dump_hot_keys(self.keys_max) else { return };
        match write(&self.path, &dump) {
            Ok(()) => tracing::info!(bytes = dump.len(), "hot keys are kept"),
            Err(error) => self.tell("hot keys are not kept", &error),
        }
    }

    fn tell(&self, what: &'static str, error: &(dyn std::error::Error + 'static)) {
        tracing::warn!(path = %self.path.display(), error, "{what}");
    }
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut dump = Vec::new();
    // One byte more than any dump has, so that what is cut is damaged.
    File::open(path)?.take(DUMP_BYTES_MAX as u64 + 1).read_to_end(&mut dump)?;
    Ok(dump)
}

fn write(path: &Path, dump: &[u8]) -> io::Result<()> {
    let fresh = path.with_extension("new");
    let mut file = File::create(&fresh)?;
    file.write_all(dump)?;
    file.sync_all()?;
    fs::rename(&fresh, path)
}
