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

/// A request's connection.
#[derive(Clone, Debug)]
pub struct Peer {
    pub address: SocketAddr,
    reset: Arc<AtomicBool>,
}

impl Peer {
    pub fn new(address: SocketAddr, stream: &Stream) -> Peer {
        Peer { address, reset: Arc::clone(&stream.reset) }
    }

    /// Resets the connection instead of sending the answer.
    pub fn reset(&self) {
        self.reset.store(true, Ordering::SeqCst);
    }
}

/// A listener whose connections can be reset.
pub struct ResettableListener(pub TcpListener);

/// Wait after a failed accept, for example when descriptors ran out.
const ACCEPT_RETRY_DELAY: Duration = Duration::from_millis(100);

impl ResettableListener {
    pub async fn accept(&mut self) -> (Stream, SocketAddr) {
        loop {
            match self.0.accept().await {
                Ok((stream, address)) => {
                    if let Err(reason) = stream.set_nodelay(true) {
                        tracing::debug!(%reason, "no TCP_NODELAY");
                    }
                    return (Stream { stream, reset: Arc::default(), write_timeout: None }, address);
                }
                Err(reason) => {
                    tracing::warn!(%reason, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_RETRY_DELAY).await;
                }
            }
        }
    }
}

/// One of its connections.
pub struct Stream {
    stream: TcpStream,
    reset: Arc<AtomicBool>,
    write_timeout: Option<WriteTimeout>,
}

/// How long a write may wait for the other side to read.
struct WriteTimeout {
    time: Duration,
    ends: Pin<Box<Sleep>>,
    running: bool,
}

impl Stream {
    /// Fails a write that makes no progress for so long.
    #[must_use]
    pub fn with_write_timeout(mut self, time: Duration) -> Stream {
        self.write_timeout = Some(WriteTimeout { time, ends: Box::pin(tokio::time::sleep(time)), running: false });
        self
    }

    /// After a requested reset every write fails and closing sends RST.
    fn reset_error(&self) -> Option<io::Error> {
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
        if let Some(error) = self.reset_error() {
            return Poll::Ready(Err(error));
        }
        let result = write(Pin::new(&mut self.stream), context);
        match &mut self.write_timeout {
            Some(timeout) if result.is_pending() => timeout.poll(context).map(Err),
            Some(timeout) => {
                timeout.running = false;
                result
            }
            None => result,
        }
    }
}

impl WriteTimeout {
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
