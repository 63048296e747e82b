//! Answers as they were sent, kept for the next one who asks for the same.
//!
//! Law: the key names everything that the bytes rest on, and a part of it is read from the database at each request: the revision
//! of the partnership, or of all that the reader sees. So nobody is ever shown what a write has made untrue, nor what is no longer
//! for them, and several processes agree. Who may ask is decided before anything is looked up here.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::web::Bytes;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// All that is kept takes at most so many bytes.
const ROOM: u64 = 12 << 20;
/// About so many answers are expected to fit.
const EXPECTED: usize = 1_000;

/// A body with what is said of it.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Its ETag without quotes; empty where it carries none.
    pub tag: String,
    /// Its media type.
    pub kind: &'static str,
    /// The body.
    pub body: Bytes,
}

impl Kept {
    /// A page of text that no cache outside may keep.
    pub fn page(&self) -> HttpResponse {
        HttpResponse::Ok().content_type(self.kind).body(self.body.clone())
    }
}

#[derive(Clone, Debug)]
struct ByBytes;

impl Weighter<String, Arc<Kept>> for ByBytes {
    fn weight(&self, key: &String, kept: &Arc<Kept>) -> u64 {
        (key.len() + kept.tag.len() + kept.body.len()) as u64 + 200
    }
}

/// What this process keeps; a clone is another handle on the same.
#[derive(Clone, Debug)]
pub struct Rendered {
    kept: Arc<Cache<String, Arc<Kept>, ByBytes>>,
    drawing: Arc<Semaphore>,
}

impl Default for Rendered {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self {
            kept: Arc::new(Cache::with_weighter(EXPECTED, ROOM, ByBytes)),
            drawing: Arc::new(Semaphore::new(cores)),
        }
    }
}

impl Rendered {
    /// What was kept under a key.
    pub fn get(&self, key: &str) -> Option<Arc<Kept>> {
        self.kept.get(key)
    }

    /// Keeps an answer, and gives it back.
    pub fn keep(&self, key: String, kept: Kept) -> Arc<Kept> {
        let kept = Arc::new(kept);
        self.share(key, kept.clone());
        kept
    }

    /// Keeps what is kept already under another key, too.
    pub fn share(&self, key: String, kept: Arc<Kept>) {
        self.kept.insert(key, kept);
    }

    /// Waits until fewer drawings are being made than there are cores; held while one is made. `None` where nobody can wait any
    /// more, which is at the end of the process.
    pub async fn turn(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.drawing).acquire_owned().await.ok()
    }
}
