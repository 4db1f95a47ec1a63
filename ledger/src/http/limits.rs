//! What one connection may take: time for a head, time for a body, time in which it reads nothing, bytes of a head; and
//! how many connections there may be. Without these a few hundred silent connections would keep everyone else out.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes, HttpBody};
use http_body::{Frame, SizeHint};
use tokio::time::Sleep;

/// Bounds of every connection.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// From the opening of a connection, or from the last answer, to the end of the next request's head.
    pub head_timeout: Duration,
    /// From a request's head to the end of its body.
    pub body_timeout: Duration,
    /// How long a client may leave an answer unread.
    pub write_timeout: Duration,
    /// Connections at a time. One more closes the one that has waited longest for its next request.
    pub connections_max: usize,
}

/// Largest head of a request, with its address.
pub const HEAD_MAX_BYTES: usize = 64 * 1024;
/// Most header fields of a request.
pub const HEADERS_MAX: usize = 100;
/// Most connections, whatever the system would allow.
const CONNECTIONS_MAX: usize = 4_096;
/// Descriptors that are left to the database, the log and the listener.
const RESERVED_DESCRIPTORS: usize = 128;
const CONNECTIONS_MIN: usize = 16;

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            head_timeout: Duration::from_secs(15),
            body_timeout: Duration::from_secs(30),
            write_timeout: Duration::from_secs(30),
            connections_max: connections_of(descriptors()),
        }
    }
}

fn connections_of(descriptors: Option<u64>) -> usize {
    let descriptors = descriptors.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX);
    descriptors.saturating_sub(RESERVED_DESCRIPTORS).clamp(CONNECTIONS_MIN, CONNECTIONS_MAX)
}

#[cfg(unix)]
fn descriptors() -> Option<u64> {
    rustix::process::getrlimit(rustix::process::Resource::Nofile).current
}

#[cfg(not(unix))]
fn descriptors() -> Option<u64> {
    None
}

/// What a connection is doing, for the choice of one to close.
#[derive(Debug)]
pub struct Activity {
    opened: Instant,
    /// Milliseconds after `opened` since which it waits for a request to be complete; [`BUSY`] while one is answered.
    waiting_since: AtomicU64,
}

const BUSY: u64 = u64::MAX;

impl Activity {
    pub fn new() -> Arc<Activity> {
        Arc::new(Activity { opened: Instant::now(), waiting_since: AtomicU64::new(0) })
    }

    fn set_busy(&self) {
        self.waiting_since.store(BUSY, Ordering::Relaxed);
    }

    fn set_waiting(&self) {
        let since = u64::try_from(self.opened.elapsed().as_millis()).unwrap_or(BUSY - 1);
        self.waiting_since.store(since, Ordering::Relaxed);
    }

    /// Since when it has waited for a whole request; `None` while one is being answered.
    pub fn waiting_since(&self) -> Option<Instant> {
        let since = self.waiting_since.load(Ordering::Relaxed);
        (since != BUSY).then(|| self.opened + Duration::from_millis(since))
    }
}

/// A request's body that has to arrive in time. The connection counts as waiting until all of it is there.
pub struct RequestBody<B> {
    inner: B,
    deadline: Pin<Box<Sleep>>,
    activity: Arc<Activity>,
}

impl<B: HttpBody> RequestBody<B> {
    pub fn new(inner: B, time: Duration, activity: Arc<Activity>) -> RequestBody<B> {
        if inner.is_end_stream() {
            activity.set_busy();
        }
        RequestBody { inner, deadline: Box::pin(tokio::time::sleep(time)), activity }
    }
}

impl<B> HttpBody for RequestBody<B>
where
    B: HttpBody<Data = Bytes> + Unpin,
    B::Error: Into<axum::BoxError>,
{
    type Data = Bytes;
    type Error = axum::BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::BoxError>>> {
        match Pin::new(&mut self.inner).poll_frame(context) {
            Poll::Pending => {
                self.deadline.as_mut().poll(context).map(|()| Some(Err("the body came too slowly".into())))
            }
            // A slow drip is no better than silence: the whole body has one deadline.
            Poll::Ready(Some(_)) if self.deadline.is_elapsed() => {
                Poll::Ready(Some(Err("the body came too slowly".into())))
            }
            Poll::Ready(frame) => {
                if frame.is_none() || self.inner.is_end_stream() {
                    self.activity.set_busy();
                }
                Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// An answer's body: when it is through, the connection waits for its next request.
pub struct ResponseBody {
    inner: Body,
    activity: Arc<Activity>,
}

impl ResponseBody {
    pub fn new(inner: Body, activity: Arc<Activity>) -> ResponseBody {
        activity.set_busy();
        ResponseBody { inner, activity }
    }
}

impl Drop for ResponseBody {
    fn drop(&mut self) {
        self.activity.set_waiting();
    }
}

impl HttpBody for ResponseBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.inner).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_descriptors_for_the_database() {
        assert_eq!(connections_of(Some(1_024)), 896);
        assert_eq!(connections_of(Some(20)), CONNECTIONS_MIN);
        assert_eq!(connections_of(Some(1_000_000)), CONNECTIONS_MAX);
        assert_eq!(connections_of(None), CONNECTIONS_MAX);
    }
}
