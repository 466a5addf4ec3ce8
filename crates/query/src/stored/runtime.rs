//! What runs the engine natively: a runtime, and threads with room for what calls itself level by level.

use std::thread;

use tokio::runtime;

use super::defect;
use crate::QueryError;

/// Bytes of the stack on which statements are planned. Only what is used of it takes memory.
const PLANNING: usize = 512 << 20;
/// Bytes of the stacks on which parts of a query run.
#[cfg(feature = "threads")]
const RUNNING: usize = 64 << 20;

/// Runs queries.
#[derive(Debug)]
pub struct Runtime {
    inner: Option<runtime::Runtime>,
}

impl Drop for Runtime {
    /// What still runs of a query that was given up is not waited for.
    fn drop(&mut self) {
        if let Some(inner) = self.inner.take() {
            inner.shutdown_background();
        }
    }
}

impl Runtime {
    /// With so many threads for parts of a query, where the crate was built with threads; else one runs all of them.
    ///
    /// # Errors
    /// When threads cannot be had.
    pub fn new(threads: usize) -> Result<Self, QueryError> {
        #[cfg(feature = "threads")]
        let mut builder = {
            let mut builder = runtime::Builder::new_multi_thread();
            builder.worker_threads(threads.max(1)).thread_stack_size(RUNNING);
            builder
        };
        #[cfg(not(feature = "threads"))]
        let mut builder = {
            let _ = threads;
            runtime::Builder::new_current_thread()
        };
        Ok(Self { inner: Some(builder.enable_all().build().map_err(defect)?) })
    }

    /// Runs something to its end.
    ///
    /// # Errors
    /// When it panics, which is a defect.
    pub fn block_on<F>(&self, work: F) -> Result<F::Output, QueryError>
    where
        F: Future + Send,
        F::Output: Send,
    {
        let inner = self.inner.as_ref().ok_or_else(|| defect("the runtime has ended"))?;
        thread::scope(|scope| {
            let planning = thread::Builder::new().name("query".to_owned()).stack_size(PLANNING);
            let running = planning.spawn_scoped(scope, || inner.block_on(work)).map_err(defect)?;
            running.join().map_err(|panic| {
                let what = panic.downcast_ref::<String>().map(String::as_str);
                let what =
                    what.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("it did not say why");
                defect(format_args!("the engine panicked (a defect of this program): {what}"))
            })
        })
    }
}
