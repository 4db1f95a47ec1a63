//! The server: accepts connections within their limits, and stops after the running answers.

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use axum::{Router, http};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinHandle;

use super::limits::{Activity, HEAD_MAX_BYTES, HEADERS_MAX, Limits, RequestBody, ResponseBody};
use super::listener::{Peer, ResettableListener, Stream};
use super::{App, router};

/// A server that runs in this process.
pub struct Running {
    pub address: SocketAddr,
    pub app: App,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Running {
    /// `http://127.0.0.1:PORT`
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Stops listening and lets the running answers finish.
    pub async fn stop(self) -> io::Result<()> {
        self.stop.send_replace(true);
        self.task.await.map_err(io::Error::other)
    }
}

/// Starts serving on `host` and `port` (0: any free one).
///
/// # Errors
/// When the address cannot be listened on.
pub async fn serve(app: App, host: &str, port: u16) -> io::Result<Running> {
    serve_within(app, host, port, Limits::default()).await
}

/// As [`serve`], with other limits on connections.
///
/// # Errors
/// When the address cannot be listened on.
pub async fn serve_within(app: App, host: &str, port: u16, limits: Limits) -> io::Result<Running> {
    let listener = TcpListener::bind((host, port)).await?;
    let address = listener.local_addr()?;
    let (stop, stopped) = watch::channel(false);
    let server = Server { router: router(app.clone()), limits, stopped, open: Arc::default() };
    let task = tokio::spawn(server.run(ResettableListener(listener)));
    Ok(Running { address, app, stop, task })
}

struct Server {
    router: Router,
    limits: Limits,
    stopped: watch::Receiver<bool>,
    open: Arc<OpenConnections>,
}

/// Resolves when the server is to stop, also when the handle on it was dropped.
async fn stop(mut stopped: watch::Receiver<bool>) {
    // An error means that the sender is gone.
    let _ = stopped.wait_for(|stop| *stop).await;
}

impl Server {
    async fn run(self, mut listener: ResettableListener) {
        let permits = Arc::new(Semaphore::new(self.limits.connections_max));
        let mut stopped = pin!(stop(self.stopped.clone()));
        loop {
            let connection = async {
                let (stream, address) = listener.accept().await;
                (stream, address, self.acquire_permit(&permits).await)
            };
            let (stream, address, permit) = tokio::select! {
                connection = connection => connection,
                () = &mut stopped => break,
            };
            // The semaphore is never closed.
            let Some(permit) = permit else { break };
            self.start(stream, address, permit);
        }
        drop(listener);
        // All permits are back: every connection has ended.
        let all = u32::try_from(self.limits.connections_max).unwrap_or(u32::MAX);
        let _ended = permits.acquire_many(all).await;
    }

    /// A permit for one more connection: a free one, or that of the connection that has been idle longest, which is closed.
    async fn acquire_permit(&self, permits: &Arc<Semaphore>) -> Option<OwnedSemaphorePermit> {
        loop {
            if let Ok(permit) = Arc::clone(permits).try_acquire_owned() {
                return Some(permit);
            }
            self.open.close_longest_idle();
            if let Ok(permit) = tokio::time::timeout(IDLE_POLL_INTERVAL, Arc::clone(permits).acquire_owned()).await {
                return permit.ok();
            }
        }
    }

    fn start(&self, stream: Stream, address: SocketAddr, permit: OwnedSemaphorePermit) {
        let (activity, close) = (Activity::new(), Arc::new(Notify::new()));
        let connection = self.connection(stream, address, Arc::clone(&activity));
        let entry = self.open.add(activity, Arc::clone(&close));
        tokio::spawn(async move {
            tokio::select! {
                () = connection => {}
                () = close.notified() => tracing::debug!("closed a connection that waited, for a new one"),
            }
            drop(entry);
            drop(permit);
        });
    }

    /// Serves one connection to its end; after a stop to the end of its running answer.
    fn connection(
        &self,
        stream: Stream,
        address: SocketAddr,
        activity: Arc<Activity>,
    ) -> impl Future<Output = ()> + use<> {
        let peer = Peer::new(address, &stream);
        let (router, limits, stopped) = (self.router.clone(), self.limits, self.stopped.clone());
        let service = service_fn(move |request: Request<Incoming>| {
            let request_activity = Arc::clone(&activity);
            let mut request =
                request.map(|body| Body::new(RequestBody::new(body, limits.body_timeout, request_activity)));
            request.extensions_mut().insert(ConnectInfo(peer.clone()));
            let (service, activity) = (TowerToHyperService::new(router.clone()), Arc::clone(&activity));
            async move {
                let response = service.call(request).await?;
                Ok::<http::Response<Body>, Infallible>(
                    response.map(|body| Body::new(ResponseBody::new(body, activity))),
                )
            }
        });
        async move {
            let mut server = http1::Builder::new();
            server.timer(TokioTimer::new()).header_read_timeout(limits.head_timeout);
            server.max_buf_size(HEAD_MAX_BYTES).max_header_size(HEAD_MAX_BYTES).max_headers(HEADERS_MAX);
            let stream = TokioIo::new(stream.with_write_timeout(limits.write_timeout));
            let mut connection = pin!(server.serve_connection(stream, service));
            let mut stopped = pin!(stop(stopped));
            let mut stopping = false;
            loop {
                tokio::select! {
                    end = connection.as_mut() => {
                        if let Err(reason) = end {
                            tracing::debug!(%reason, "a connection ended early");
                        }
                        return;
                    }
                    () = &mut stopped, if !stopping => {
                        stopping = true;
                        connection.as_mut().graceful_shutdown();
                    }
                }
            }
        }
    }
}

/// Minimum idle time before a connection is closed to make place for another one.
const IDLE_MIN: Duration = Duration::from_secs(1);
/// Between two checks for a connection that may be closed.
const IDLE_POLL_INTERVAL: Duration = Duration::from_millis(50);

/// The connections that are open.
#[derive(Default)]
struct OpenConnections(Mutex<Entries>);

#[derive(Default)]
struct Entries {
    next: u64,
    connections: HashMap<u64, (Arc<Activity>, Arc<Notify>)>,
}

/// Takes a connection off the list when it ends.
struct Entry {
    number: u64,
    open: Arc<OpenConnections>,
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.open.with(|entries| entries.connections.remove(&self.number));
    }
}

impl OpenConnections {
    fn with<T>(&self, change: impl FnOnce(&mut Entries) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn add(self: &Arc<Self>, activity: Arc<Activity>, close: Arc<Notify>) -> Entry {
        let number = self.with(|entries| {
            entries.next += 1;
            entries.connections.insert(entries.next, (activity, close));
            entries.next
        });
        Entry { number, open: Arc::clone(self) }
    }

    /// Closes the connection that has waited longest for a whole request, if one has waited for a second.
    fn close_longest_idle(&self) {
        let limit = Instant::now().checked_sub(IDLE_MIN);
        self.with(|entries| {
            let waiting = entries.connections.values().filter_map(|(activity, close)| {
                let since = activity.waiting_since()?;
                limit.is_some_and(|limit| since <= limit).then_some((since, close))
            });
            if let Some((_, close)) = waiting.min_by_key(|(since, _)| *since) {
                close.notify_one();
            }
        });
    }
}
