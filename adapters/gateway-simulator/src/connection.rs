//! Connections that a handler can cut without an answer, and a door that can be closed.
//!
//! Returning from a handler always writes something, so a lost reply needs the socket itself: each
//! accepted connection carries a [`Cut`]. Once it is pulled, the next write fails, the HTTP layer
//! drops the connection, and zero linger turns the close into a TCP RST. The client has sent its
//! request and gets no byte back.
//!
//! While the [`Door`] is closed nobody listens: the system refuses connections, as it does for a
//! server that is down, and those that existed are cut.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Pulls one connection: nothing is written on it any more.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cut(Arc<AtomicBool>);

impl Cut {
    pub(crate) fn pull(&self) {
        self.0.store(true, Ordering::Release);
    }

    fn is_pulled(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

impl Connected<IncomingStream<'_, CuttableListener>> for Cut {
    fn connect_info(stream: IncomingStream<'_, CuttableListener>) -> Self {
        stream.io().cut.clone()
    }
}

/// Whether connections are accepted.
#[derive(Debug)]
pub(crate) struct Door {
    wanted: watch::Sender<bool>,
    /// How it really stands.
    stands: watch::Sender<bool>,
}

impl Default for Door {
    fn default() -> Self {
        Self { wanted: watch::Sender::new(true), stands: watch::Sender::new(true) }
    }
}

impl Door {
    /// Opens or closes it, and waits until it is so.
    pub(crate) async fn keep(&self, open: bool) {
        self.wanted.send_replace(open);
        // The door is as wanted, or the listener is gone and nothing is accepted any more.
        drop(self.stands.subscribe().wait_for(|stands| *stands == open).await);
    }
}

/// A TCP listener whose connections can be cut.
pub(crate) struct CuttableListener {
    listener: Option<TcpListener>,
    address: SocketAddr,
    wanted: watch::Receiver<bool>,
    stands: watch::Sender<bool>,
}

/// The port stays ours but for a moment: between two tries to take it again.
const REOPEN_PAUSE: Duration = Duration::from_millis(20);

impl CuttableListener {
    /// Guards a listener with a door.
    pub(crate) fn new(listener: TcpListener, door: &Door) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let wanted = door.wanted.subscribe();
        Ok(Self { listener: Some(listener), address, wanted, stands: door.stands.clone() })
    }

    /// Waits until the door is open again, and listens again at the same address.
    async fn open(&mut self) {
        // An error means that the simulator is gone: then nobody asks for a connection either.
        drop(self.wanted.wait_for(|open| *open).await);
        loop {
            match TcpListener::bind(self.address).await {
                Ok(listener) => break self.listener = Some(listener),
                Err(error) => {
                    tracing::warn!(%error, "the port cannot be taken again yet");
                    tokio::time::sleep(REOPEN_PAUSE).await;
                }
            }
        }
        self.stands.send_replace(true);
    }
}

impl Listener for CuttableListener {
    type Io = CuttableStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (CuttableStream, SocketAddr) {
        loop {
            let Some(listener) = &mut self.listener else {
                self.open().await;
                continue;
            };
            let accepted = tokio::select! {
                biased;
                _ = self.wanted.wait_for(|open| !open) => None,
                // The trait's `accept` waits out errors such as exhausted file descriptors.
                accepted = Listener::accept(listener) => Some(accepted),
            };
            let Some((stream, address)) = accepted else {
                self.listener = None;
                self.stands.send_replace(false);
                continue;
            };
            let mut wanted = self.wanted.clone();
            let closed = Box::pin(async move {
                // Closed, or gone altogether.
                drop(wanted.wait_for(|open| !open).await);
            });
            return (CuttableStream { stream, cut: Cut::default(), closed }, address);
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}

/// One accepted connection.
pub(crate) struct CuttableStream {
    stream: TcpStream,
    cut: Cut,
    /// Ends when the door is closed; not asked again after that.
    closed: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl CuttableStream {
    fn reset(&self) -> io::Error {
        // Failing to set it only makes the close a polite FIN; still no answer.
        let _polite = self.stream.set_zero_linger();
        io::ErrorKind::ConnectionReset.into()
    }
}

impl AsyncRead for CuttableStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.cut.is_pulled() && self.closed.as_mut().poll(cx).is_ready() {
            self.cut.pull();
        }
        if self.cut.is_pulled() {
            return Poll::Ready(Err(self.reset()));
        }
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for CuttableStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.cut.is_pulled() {
            return Poll::Ready(Err(self.reset()));
        }
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.cut.is_pulled() {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
