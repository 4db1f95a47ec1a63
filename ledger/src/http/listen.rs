//! Sockets: connections that can be reset on purpose, and that end when the other side stops reading.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, Sleep};

/// What a request knows of its connection.
#[derive(Clone, Debug)]
pub struct Peer {
    pub address: SocketAddr,
    reset: Arc<AtomicBool>,
}

impl Peer {
    pub fn new(address: SocketAddr, stream: &Stream) -> Peer {
        Peer { address, reset: Arc::clone(&stream.reset) }
    }

    /// Has the connection reset instead of carrying the answer.
    pub fn reset(&self) {
        self.reset.store(true, Ordering::SeqCst);
    }
}

/// A listener whose connections can be reset.
pub struct ResettableListener(pub TcpListener);

/// After an accept that failed, for example because descriptors ran out.
const AFTER_FAILURE: Duration = Duration::from_millis(100);

impl ResettableListener {
    pub async fn accept(&mut self) -> (Stream, SocketAddr) {
        loop {
            match self.0.accept().await {
                Ok((stream, address)) => {
                    if let Err(reason) = stream.set_nodelay(true) {
                        tracing::debug!(%reason, "no TCP_NODELAY");
                    }
                    return (Stream { stream, reset: Arc::default(), patience: None }, address);
                }
                Err(reason) => {
                    tracing::warn!(%reason, "a connection could not be accepted");
                    tokio::time::sleep(AFTER_FAILURE).await;
                }
            }
        }
    }
}

/// One of its connections.
pub struct Stream {
    stream: TcpStream,
    reset: Arc<AtomicBool>,
    patience: Option<WritePatience>,
}

/// How long a write may wait for the other side to read.
struct WritePatience {
    time: Duration,
    ends: Pin<Box<Sleep>>,
    running: bool,
}

impl Stream {
    /// Fails a write that makes no progress for so long.
    #[must_use]
    pub fn with_write_time(mut self, time: Duration) -> Stream {
        self.patience = Some(WritePatience { time, ends: Box::pin(tokio::time::sleep(time)), running: false });
        self
    }

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

    fn write<T>(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        write: impl FnOnce(Pin<&mut TcpStream>, &mut Context<'_>) -> Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if let Some(error) = self.broken() {
            return Poll::Ready(Err(error));
        }
        let result = write(Pin::new(&mut self.stream), context);
        match &mut self.patience {
            Some(patience) if result.is_pending() => patience.poll(context).map(Err),
            Some(patience) => {
                patience.running = false;
                result
            }
            None => result,
        }
    }
}

impl WritePatience {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<io::Error> {
        if !self.running {
            self.running = true;
            self.ends.as_mut().reset(Instant::now() + self.time);
        }
        self.ends.as_mut().poll(context).map(|()| io::ErrorKind::TimedOut.into())
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.write(context, |stream, context| stream.poll_write(context, bytes))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.write(context, |stream, context| stream.poll_write_vectored(context, slices))
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.write(context, |stream, context| stream.poll_shutdown(context))
    }
}
