//! A connection that waits no longer than it said: for the first words, and for what it wrote to be read.
//!
//! hyper counts time once it knows which HTTP is spoken. Before that, and while the other side reads
//! nothing of an answer, a connection would cost its owner nothing and hold a place here for ever.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// How HTTP/2 begins (RFC 9113 §3.4). Whoever begins otherwise speaks HTTP/1.
const HTTP_2: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// A connection with little patience.
#[derive(Debug)]
pub(crate) struct Patient<S> {
    stream: S,
    patience: Duration,
    /// How much of [`HTTP_2`] was said, and until when the rest is waited for; `None` once it is clear
    /// which HTTP is spoken.
    beginning: Option<(usize, Wait)>,
    /// Until when it is waited for something written to be taken.
    stalled: Option<Wait>,
}

type Wait = Pin<Box<Sleep>>;

impl<S> Patient<S> {
    /// Waits so long each time.
    pub(crate) fn new(stream: S, patience: Duration) -> Self {
        let beginning = Some((0, Box::pin(sleep(patience))));
        Self { stream, patience, beginning, stalled: None }
    }

    fn heard(&mut self, words: &[u8]) {
        let Some((said, _)) = &mut self.beginning else { return };
        let expected = HTTP_2.get(*said..).unwrap_or_default();
        let alike = words.iter().zip(expected).take_while(|(a, b)| a == b).count();
        *said += alike;
        if alike < words.len() || *said == HTTP_2.len() {
            self.beginning = None;
        }
    }

    /// The outcome of a write, or the end of patience with it.
    fn unless_stalled<T>(
        &mut self,
        written: Poll<io::Result<T>>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let patience = self.patience;
        let wait = self.stalled.get_or_insert_with(|| Box::pin(sleep(patience)));
        ready!(wait.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        if let Poll::Ready(read) = Pin::new(&mut self.stream).poll_read(context, buffer) {
            self.heard(buffer.filled().get(before..).unwrap_or_default());
            return Poll::Ready(read);
        }
        let Some((_, wait)) = &mut self.beginning else { return Poll::Pending };
        ready!(wait.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.unless_stalled(written, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, pieces);
        self.unless_stalled(written, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        self.unless_stalled(flushed, context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shut = Pin::new(&mut self.stream).poll_shutdown(context);
        self.unless_stalled(shut, context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

    /// Both ends: one without any patience, and the other.
    fn ends(room: usize) -> (Patient<DuplexStream>, DuplexStream) {
        let (here, there) = duplex(room);
        (Patient::new(here, Duration::ZERO), there)
    }

    async fn read(here: &mut Patient<DuplexStream>) -> io::Result<usize> {
        here.read(&mut [0; 64]).await
    }

    async fn say_more_later(there: &mut DuplexStream) {
        tokio::task::yield_now().await;
        there.write_all(b"more").await.unwrap();
    }

    #[tokio::test]
    async fn who_says_nothing_is_not_waited_for() {
        let (mut here, _there) = ends(64);
        assert_eq!(read(&mut here).await.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn who_stops_in_the_middle_of_the_first_words_is_not_waited_for() {
        for words in [&b"P"[..], b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r"] {
            let (mut here, mut there) = ends(64);
            there.write_all(words).await.unwrap();
            assert_eq!(read(&mut here).await.unwrap(), words.len());
            assert_eq!(read(&mut here).await.unwrap_err().kind(), io::ErrorKind::TimedOut);
        }
    }

    #[tokio::test]
    async fn who_has_said_which_http_it_is_has_the_time_that_hyper_gives() {
        for words in [HTTP_2, b"G", b"PRIVATE"] {
            let (mut here, mut there) = ends(64);
            there.write_all(words).await.unwrap();
            assert_eq!(read(&mut here).await.unwrap(), words.len());
            let (more, ()) = tokio::join!(read(&mut here), say_more_later(&mut there));
            assert_eq!(more.unwrap(), 4);
        }
    }

    #[tokio::test]
    async fn who_reads_nothing_of_the_answer_is_not_waited_for_and_who_reads_gets_it() {
        let (mut here, mut there) = ends(4);
        let refused = here.write_all(b"answer").await.unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::TimedOut);

        let mut got = [0; 4];
        there.read_exact(&mut got).await.unwrap();
        here.write_all(b"more").await.unwrap();
        there.read_exact(&mut got).await.unwrap();
        assert_eq!(&got, b"more");
    }
}
