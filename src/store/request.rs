//! For which request something is written: the name that an answer carries (`X-Request-Id`) stands beside each act in the audit
//! log.
//!
//! Law: what no request asked for (the clock, the command line) carries no name. The web says once, around each request, what it
//! is called; the two doors of the store carry that to the thread on which the work runs. So no workflow hands it on, and none can
//! forget it. What a handler starts to be done later is a task of its own and carries nothing.

use std::cell::RefCell;
use std::future::Future;

tokio::task_local! {
    static ASKED: String;
}

thread_local! {
    static AT_WORK: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Answers a request that is called so.
pub async fn answering<F: Future>(name: String, work: F) -> F::Output {
    ASKED.scope(name, work).await
}

/// The request that is being answered here, to be carried to another thread.
pub(super) fn asked() -> Option<String> {
    ASKED.try_with(Clone::clone).ok()
}

/// For which request this thread works.
pub(super) fn at_work() -> Option<String> {
    AT_WORK.with_borrow(Clone::clone)
}

/// Runs a piece of work for a request, or for none.
pub(super) fn on_behalf<T>(name: Option<String>, work: impl FnOnce() -> T) -> T {
    /// Puts back what was there, also when the work panics: the thread goes on with other pieces.
    struct Before(Option<String>);
    impl Drop for Before {
        fn drop(&mut self) {
            AT_WORK.set(self.0.take());
        }
    }
    let _before = Before(AT_WORK.replace(name));
    work()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_works_for_one_request_after_the_other_and_for_none_in_between() {
        assert_eq!(at_work(), None);
        let inner = || on_behalf(Some("two".to_owned()), at_work);
        let both = on_behalf(Some("one".to_owned()), || (inner(), at_work()));
        assert_eq!(both, (Some("two".to_owned()), Some("one".to_owned())));
        let panicked =
            std::panic::catch_unwind(|| on_behalf(Some("three".to_owned()), || panic!("on purpose")));
        assert!(panicked.is_err());
        assert_eq!((at_work(), on_behalf(None, at_work)), (None, None));
    }
}
