//! A connection that shows HTTP/1 requests to the parser only if they can be read in one way.
//!
//! A lenient parser makes the best of `Content-Length` beside `Transfer-Encoding`, of a bare line feed or an extension
//! of a chunk; the next program may make something else of it, and where they disagree on an end a request is
//! smuggled in (CVE-2026-2833 and many before it). So heads are held back until they are whole and looked at byte
//! by byte; of bodies only the frame is followed. Who sends anything else gets a 400 and the connection is closed.
//!
//! | file | what it does |
//! |---|---|
//! | this one | the connection |
//! | `framing` | where heads and bodies end |
//! | `head` | what a head may say |

mod framing;
mod head;

use bytes::{Buf, BytesMut};
use framing::Framing;

pub(crate) use head::Targets;

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Sleep, sleep};

/// How much is read at once.
const PIECE: usize = 16 * 1024;

/// What is given to the parser in the place of a refused request: it can only answer 400 and close the connection.
const REFUSED: &[u8] = b"\0 \r\n\r\n";

/// A connection that is looked at as it is read.
#[derive(Debug)]
pub(crate) struct Screen<S> {
    stream: S,
    /// What was read and not handed on yet.
    held: BytesMut,
    /// How much of it may be handed on.
    free: usize,
    framing: Framing,
    targets: Targets,
    first: First,
    /// One of the places that there are for connections: taken until this one is closed, whatever is spoken on it by then.
    _place: Option<OwnedSemaphorePermit>,
}

/// How long the first head may take. The parser, before it knows which version of HTTP it will be, would wait without end;
/// for the heads that follow it has a timeout of its own.
#[derive(Debug)]
enum First {
    /// It may take so long.
    Awaited(Duration),
    /// It is being waited for.
    Waiting(Pin<Box<Sleep>>),
    /// It was handed on.
    Seen,
}

impl First {
    /// Nothing, until it has been waited for long enough.
    fn poll_patience(&mut self, context: &mut Context<'_>) -> Poll<io::Error> {
        if let Self::Awaited(patience) = self {
            *self = Self::Waiting(Box::pin(sleep(*patience)));
        }
        let Self::Waiting(sleep) = self else { return Poll::Pending };
        sleep.as_mut().poll(context).map(|()| io::ErrorKind::TimedOut.into())
    }
}

impl<S> Screen<S> {
    /// Looks at this connection, whose first head may take so long.
    pub(crate) fn new(stream: S, targets: Targets, patience: Duration) -> Self {
        let (framing, first) = (Framing::default(), First::Awaited(patience));
        Self { stream, held: BytesMut::new(), free: 0, framing, targets, first, _place: None }
    }

    /// Takes this place.
    pub(crate) fn at(self, place: Option<OwnedSemaphorePermit>) -> Self {
        Self { _place: place, ..self }
    }

    /// Looks at what is held, as far as it goes.
    fn look(&mut self) {
        let fresh = self.held.get(self.free..).unwrap_or_default();
        match self.framing.advance(fresh, self.targets) {
            Ok(seen) => self.free += seen,
            Err(why) => self.refuse(why),
        }
    }

    /// Has the parser end the connection, whatever comes.
    fn refuse(&mut self, why: &str) {
        tracing::debug!(why, "a request that can be read in more than one way");
        self.held = BytesMut::from(REFUSED);
        self.free = REFUSED.len();
    }

    /// Looks at what was read behind this place, and leaves there what may be handed on. Most often that is all.
    fn look_at(&mut self, buffer: &mut ReadBuf<'_>, place: usize) {
        let fresh = buffer.filled().get(place..).unwrap_or_default();
        let seen = match self.framing.advance(fresh, self.targets) {
            Ok(seen) => seen,
            Err(why) => {
                self.refuse(why);
                0
            }
        };
        if self.free == 0 {
            self.held.extend_from_slice(fresh.get(seen..).unwrap_or_default());
        }
        buffer.set_filled(place + seen);
    }

    fn hand_on(&mut self, buffer: &mut ReadBuf<'_>) {
        let most = self.free.min(buffer.remaining());
        let piece = self.held.split_to(most);
        buffer.put_slice(&piece);
        self.free -= most;
    }
}

impl<S: AsyncRead + Unpin> Screen<S> {
    /// Reads into what is held. Nothing read is the end.
    fn poll_more(&mut self, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let mut space = [0; PIECE];
        let mut piece = ReadBuf::new(&mut space);
        ready!(Pin::new(&mut self.stream).poll_read(context, &mut piece))?;
        self.held.extend_from_slice(piece.filled());
        Poll::Ready(Ok(piece.filled().len()))
    }

    /// Reads straight to where the parser wants it. Nothing read is the end.
    fn poll_through(
        &mut self,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<usize>> {
        let place = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        let read = buffer.filled().len() - place;
        self.look_at(buffer, place);
        Poll::Ready(Ok(read))
    }

    /// Reads until something may be handed on.
    fn poll_seen(
        &mut self,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let place = buffer.filled().len();
        loop {
            if self.free > 0 {
                self.hand_on(buffer);
                return Poll::Ready(Ok(()));
            }
            let read = if self.held.has_remaining() {
                let read = ready!(self.poll_more(context))?;
                self.look();
                read
            } else {
                ready!(self.poll_through(context, buffer))?
            };
            if read == 0 || buffer.filled().len() > place {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Screen<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let seen = self.poll_seen(context, buffer);
        if seen.is_pending() {
            return self.first.poll_patience(context).map(Err);
        }
        self.first = First::Seen;
        seen
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Screen<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::poll;
    use std::pin::pin;
    use std::sync::Arc;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
    use tokio::sync::Semaphore;

    const HEAD: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    fn screened(patience: Duration) -> (DuplexStream, Screen<DuplexStream>) {
        let (caller, ours) = duplex(1024);
        (caller, Screen::new(ours, Targets::Paths, patience))
    }

    #[tokio::test]
    async fn a_connection_that_does_not_come_to_its_first_head_is_given_up() {
        for begun in [&b""[..], b"G", b"PRI * HTTP/2.0\r\n", &HEAD[..20]] {
            let (mut caller, mut screen) = screened(Duration::from_millis(1));
            caller.write_all(begun).await.unwrap();
            let read = screen.read(&mut [0; 64]).await;
            assert_eq!(read.unwrap_err().kind(), io::ErrorKind::TimedOut, "{begun:?}");
        }
    }

    #[tokio::test]
    async fn what_comes_after_the_first_head_is_for_the_parser_to_wait_for() {
        let (mut caller, mut screen) = screened(Duration::from_hours(1));
        let (begun, rest) = HEAD.split_at(20);
        caller.write_all(begun).await.unwrap();
        let mut read = [0; 64];
        let mut reading = pin!(screen.read(&mut read));
        assert!(poll!(&mut reading).is_pending());
        caller.write_all(rest).await.unwrap();
        assert_eq!(reading.await.unwrap(), HEAD.len());
        assert!(matches!(screen.first, First::Seen));
    }

    #[tokio::test]
    async fn a_place_is_taken_until_the_connection_is_closed() {
        let places = Arc::new(Semaphore::new(1));
        let (_caller, screen) = screened(Duration::from_hours(1));
        let screen = screen.at(Arc::clone(&places).try_acquire_owned().ok());
        assert_eq!(places.available_permits(), 0);
        drop(screen);
        assert_eq!(places.available_permits(), 1);
    }
}
