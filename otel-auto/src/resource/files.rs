//! The system's files, under a root that tests can move.

use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

/// More than any of these files needs; what lies beyond is not read.
const MAX_BYTES: u64 = 256 * 1024;

pub(super) struct Files {
    root: PathBuf,
}

impl Files {
    pub(super) fn of_this_machine() -> Self {
        Self {
            root: PathBuf::from("/"),
        }
    }

    #[cfg(test)]
    pub(super) fn under(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
        }
    }

    /// `path` is absolute. `None` when the file cannot be read, or is not a regular one: a pipe could block.
    pub(super) fn read(&self, path: &str) -> Option<String> {
        let path: &Path = &self.root.join(path.trim_start_matches('/'));
        if !path.metadata().ok()?.is_file() {
            return None;
        }
        let mut bytes = Vec::new();
        File::open(path)
            .ok()?
            .take(MAX_BYTES)
            .read_to_end(&mut bytes)
            .ok()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// A file of one value. `None` also when it is empty.
    pub(super) fn line(&self, path: &str) -> Option<String> {
        let text = self.read(path)?;
        let line = text.lines().next()?.trim();
        (!line.is_empty()).then(|| line.to_owned())
    }
}
