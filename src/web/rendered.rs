//! Answers as they were sent, kept for the next one who asks for the same.
//!
//! Law: the key names everything that the bytes rest on, and a part of it is read from the database at each request: the revision
//! of the partnership, or of all that the reader sees. So nobody is ever shown what a write has made untrue, nor what is no longer
//! for them, and several processes agree. Who may ask is decided before anything is looked up here.

use std::io::{Read as _, Write as _};
use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::web::Bytes;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// All that is kept takes at most so many bytes.
const ROOM: u64 = 16 << 20;
/// About so many answers are expected to fit.
const EXPECTED: usize = 4_000;

/// A body with what is said of it.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Its ETag without quotes; empty where it carries none.
    pub tag: String,
    /// Its media type.
    pub kind: &'static str,
    /// The body.
    pub body: Bytes,
    /// Whether the body is packed (gzip).
    pub packed: bool,
}

impl Kept {
    /// A body as it is.
    pub fn new(tag: String, kind: &'static str, body: impl Into<Bytes>) -> Self {
        Self { tag, kind, body: body.into(), packed: false }
    }

    /// The same, packed: about a millisecond for a list of scorecards.
    #[must_use]
    pub fn pack(self) -> Self {
        let mut packed = GzEncoder::new(Vec::with_capacity(self.body.len() / 8), Compression::default());
        match packed.write_all(&self.body).and_then(|()| packed.finish()) {
            Ok(body) => Self { body: body.into(), packed: true, ..self },
            Err(_) => self,
        }
    }

    /// The body for a reader who takes it as it is; `None` when it cannot be unpacked, which cannot be.
    pub fn plain(&self) -> Option<Bytes> {
        if !self.packed {
            return Some(self.body.clone());
        }
        let mut plain = Vec::with_capacity(self.body.len() * 8);
        GzDecoder::new(&self.body[..]).read_to_end(&mut plain).ok()?;
        Some(plain.into())
    }

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

    /// What was kept under a key, or what is made now and kept. Where several ask for the same, one makes it and the others wait for
    /// that; when it cannot be made, the next one tries.
    pub async fn or_made<E>(
        &self,
        key: &str,
        make: impl Future<Output = Result<Kept, E>>,
    ) -> Result<Arc<Kept>, E> {
        self.kept.get_or_insert_async(key, async { make.await.map(Arc::new) }).await
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn what_several_ask_for_at_once_is_made_once_and_a_failure_is_tried_again() {
        let (rendered, count) = (Rendered::default(), AtomicUsize::new(0));
        let make = |ends: Result<(), ()>| {
            let count = &count;
            async move {
                count.fetch_add(1, Ordering::Relaxed);
                tokio::task::yield_now().await;
                ends.map(|()| Kept::new(String::new(), "text/plain", "body"))
            }
        };
        let ask = |ends| rendered.or_made("key", make(ends));
        let (first, second, third) = tokio::join!(ask(Err(())), ask(Ok(())), ask(Ok(())));
        assert!(first.is_err());
        assert!(Arc::ptr_eq(&second.unwrap(), &third.unwrap()));
        assert_eq!(count.load(Ordering::Relaxed), 2);
    }

    #[test]
    fn what_is_packed_is_smaller_and_comes_out_as_it_was() {
        let text = "{\"score\":4.2},".repeat(500);
        let kept = Kept::new("tag".to_owned(), "application/json", text.clone()).pack();
        assert!(kept.packed && kept.body.len() * 10 < text.len(), "{} bytes", kept.body.len());
        assert_eq!(kept.plain().unwrap(), text);
    }
}
