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
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// How much is read at once.
const PIECE: usize = 16 * 1024;

/// What no parser of HTTP takes: it answers 400 and closes.
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
}

impl<S> Screen<S> {
    /// Looks at this connection.
    pub(crate) fn new(stream: S, targets: Targets) -> Self {
        let framing = Framing::default();
        Self { stream, held: BytesMut::new(), free: 0, framing, targets }
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
}

impl<S: AsyncRead + Unpin> AsyncRead for Screen<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
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
