//! A body as it comes; where it may have to be sent again, a small one is kept on the way.

use crate::hygiene::headers::Strip;
use crate::spans::OnItsWay;
use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use stead_telemetry::Span;

/// A body as it comes.
#[derive(Debug)]
pub(crate) struct Coming {
    body: Incoming,
    /// What its trailers may not say.
    strip: Option<Strip>,
    tape: Option<Tape>,
    moving: Option<Moving>,
    /// What a collector is told when it has come.
    told: Option<Box<OnItsWay>>,
}

/// Whether more of a body has come.
#[derive(Debug, Clone, Default)]
pub(super) struct Moving(Arc<AtomicBool>);

impl Moving {
    pub(super) fn note(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it has since this was asked last.
    pub(super) fn has_moved(&self) -> bool {
        self.0.swap(false, Ordering::Relaxed)
    }
}

/// What has come of a body, for a second time.
#[derive(Debug, Clone)]
pub(crate) struct Tape(Arc<Mutex<Taped>>);

#[derive(Debug)]
enum Taped {
    /// So much so far, and so many more bytes may come.
    Running(Vec<u8>, usize),
    /// All of it.
    Whole(Bytes),
    /// More than is kept, or something else than bytes.
    Lost,
}

impl Coming {
    /// The body of a request: what its head may not say, its trailers may not say either.
    pub(crate) fn of_request(body: Incoming, strip: &Strip) -> Self {
        let strip = (!body.is_end_stream()).then(|| strip.clone());
        Self { strip, ..body.into() }
    }

    /// The same, kept on the way up to so many bytes.
    pub(crate) fn taped(self, most: usize) -> (Self, Tape) {
        let tape = Tape(Arc::new(Mutex::new(Taped::Running(Vec::new(), most))));
        (Self { tape: Some(tape.clone()), ..self }, tape)
    }

    /// Ends the span of its request when it ends itself, however that is.
    pub(crate) fn ends(self, span: Span) -> Self {
        let told = Some(Box::new(OnItsWay::of(span, self.body.is_end_stream())));
        Self { told, ..self }
    }

    /// Lets it be seen from now on whether more has come.
    pub(super) fn watched(&mut self) -> Moving {
        self.moving.get_or_insert_default().clone()
    }

    fn cleaned(&self, mut frame: Frame<Bytes>) -> Frame<Bytes> {
        if let (Some(strip), Some(trailers)) = (&self.strip, frame.trailers_mut()) {
            strip.clean(trailers);
        }
        frame
    }
}

impl From<Incoming> for Coming {
    fn from(body: Incoming) -> Self {
        Self { body, strip: None, tape: None, moving: None, told: None }
    }
}

impl Tape {
    /// The whole body, if it has come to its end and is small.
    pub(crate) fn whole(&self) -> Option<Bytes> {
        match &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            Taped::Whole(bytes) => Some(bytes.clone()),
            _ => None,
        }
    }

    fn note(&self, frame: Option<&Result<Frame<Bytes>, hyper::Error>>, ends: bool) {
        let mut taped = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Taped::Running(kept, most) = &mut *taped else { return };
        let piece = match frame {
            None => Some(&[][..]),
            Some(frame) => frame.as_ref().ok().and_then(Frame::data_ref).map(|data| &data[..]),
        };
        match piece.filter(|piece| kept.len() + piece.len() <= *most) {
            None => *taped = Taped::Lost,
            Some(piece) => {
                kept.extend_from_slice(piece);
                if ends || frame.is_none() {
                    *taped = Taped::Whole(std::mem::take(kept).into());
                }
            }
        }
    }
}

impl Body for Coming {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        if let Some(moving) = &self.moving {
            moving.note();
        }
        let ends = self.body.is_end_stream();
        if let Some(tape) = &self.tape {
            tape.note(frame.as_ref(), ends);
        }
        if let Some(told) = &mut self.told {
            told.note(frame.as_ref(), ends);
        }
        Poll::Ready(frame.map(|frame| frame.map(|frame| self.cleaned(frame))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tape(most: usize) -> Tape {
        Tape(Arc::new(Mutex::new(Taped::Running(Vec::new(), most))))
    }

    fn piece(text: &'static str) -> Frame<Bytes> {
        Frame::data(Bytes::from_static(text.as_bytes()))
    }

    #[test]
    fn a_body_is_kept_once_it_has_ended_and_while_it_is_small() {
        let whole = tape(6);
        whole.note(Some(&Ok(piece("one"))), false);
        assert_eq!(whole.whole(), None);
        whole.note(Some(&Ok(piece("two"))), true);
        whole.note(None, true);
        assert_eq!(whole.whole().as_deref(), Some(&b"onetwo"[..]));
        let without_a_word = tape(6);
        without_a_word.note(Some(&Ok(piece("one"))), false);
        without_a_word.note(None, false);
        assert_eq!(without_a_word.whole().as_deref(), Some(&b"one"[..]));
    }

    #[test]
    fn of_a_body_that_is_larger_or_ends_otherwise_nothing_is_kept() {
        let larger = tape(5);
        larger.note(Some(&Ok(piece("one"))), false);
        larger.note(Some(&Ok(piece("two"))), true);
        assert_eq!(larger.whole(), None);
        let trailers = tape(5);
        trailers.note(Some(&Ok(piece("one"))), false);
        trailers.note(Some(&Ok(Frame::trailers(http::HeaderMap::new()))), true);
        assert_eq!(trailers.whole(), None);
    }
}
