//! What a cache tells whoever watches it.

use std::fmt;
use std::sync::Arc;

/// What came of looking for a token, or became of one that was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CacheEvent {
    /// It was kept.
    Hit,
    /// It was kept, and the next one is being fetched in the background.
    Refresh,
    /// It was not kept, or the kept one would not do: the provider is asked, or is being asked already.
    Miss,
    /// A definite refusal was kept.
    Negative,
    /// It was given up for others that needed the room.
    Evict,
    /// It was found in the shared cache, so that the provider was not asked.
    Shared,
    /// The shared cache failed or did not answer in time.
    Trouble,
}

/// Whoever watches, if anybody does.
#[derive(Clone, Default)]
pub(crate) struct Watch(Option<Arc<Watcher>>);

type Watcher = dyn Fn(CacheEvent) + Send + Sync;

impl Watch {
    pub(crate) fn by(watcher: impl Fn(CacheEvent) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(watcher)))
    }

    pub(crate) fn tell(&self, event: CacheEvent) {
        if let Some(watcher) = &self.0 {
            watcher(event);
        }
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Watch" } else { "Watch(nobody)" })
    }
}
