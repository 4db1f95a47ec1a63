//! Sockets: listening, connections that can be reset on purpose, and a shutdown that lets answers finish.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::{App, router};

/// What a request knows of its connection.
#[derive(Clone, Debug)]
pub struct Peer {
    pub address: SocketAddr,
    reset: Arc<AtomicBool>,
}

impl Peer {
    /// Has the connection reset instead of carrying the answer.
    pub fn reset(&self) {
        self.reset.store(true, Ordering::SeqCst);
    }
}

impl Connected<IncomingStream<'_, Doorway>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Doorway>) -> Peer {
        Peer { address: *stream.remote_addr(), reset: Arc::clone(&stream.io().reset) }
    }
}

/// A listener whose connections can be reset.
pub struct Doorway(TcpListener);

/// One of its connections.
pub struct Wire {
    stream: TcpStream,
    reset: Arc<AtomicBool>,
}

impl Listener for Doorway {
    type Io = Wire;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Wire, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.0).await;
        if let Err(reason) = stream.set_nodelay(true) {
            tracing::debug!(%reason, "no TCP_NODELAY");
        }
        (Wire { stream, reset: Arc::default() }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

impl Wire {
    /// Once a reset is asked for, every write fails, and closing sends RST.
    fn broken(&self) -> Option<io::Error> {
        if !self.reset.load(Ordering::SeqCst) {
            return None;
        }
        if let Err(reason) = self.stream.set_zero_linger() {
            tracing::debug!(%reason, "no zero linger");
        }
        Some(io::ErrorKind::ConnectionReset.into())
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.broken() {
            Some(error) => Poll::Ready(Err(error)),
            None => Pin::new(&mut self.stream).poll_write(context, bytes),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.broken() {
            Some(error) => Poll::Ready(Err(error)),
            None => Pin::new(&mut self.stream).poll_write_vectored(context, slices),
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.broken() {
            Some(error) => Poll::Ready(Err(error)),
            None => Pin::new(&mut self.stream).poll_shutdown(context),
        }
    }
}

/// A server that runs in this process.
pub struct Running {
    pub address: SocketAddr,
    pub app: App,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<io::Result<()>>,
}

impl Running {
    /// `http://127.0.0.1:PORT`
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Stops listening and lets the running answers finish.
    pub async fn stop(mut self) -> io::Result<()> {
        if let Some(stop) = self.stop.take() {
            // The receiver is gone only when the server has ended by itself.
            let _ = stop.send(());
        }
        self.task.await.map_err(io::Error::other)?
    }
}

/// Starts serving on `host` and `port` (0: any free one).
///
/// # Errors
/// When the address cannot be listened on.
pub async fn serve(app: App, host: &str, port: u16) -> io::Result<Running> {
    let listener = TcpListener::bind((host, port)).await?;
    let address = listener.local_addr()?;
    let (stop, stopped) = oneshot::channel::<()>();
    let service = router(app.clone()).into_make_service_with_connect_info::<Peer>();
    let until = async move {
        // Sent or dropped: both mean stop.
        let _ = stopped.await;
    };
    let server = axum::serve(Doorway(listener), service).with_graceful_shutdown(until);
    let task = tokio::spawn(run(server.into_future()));
    Ok(Running { address, app, stop: Some(stop), task })
}

async fn run(server: impl Future<Output = io::Result<()>>) -> io::Result<()> {
    server.await
}
