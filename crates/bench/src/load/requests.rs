//! What is asked in a round, made before it begins.

use bytes::Bytes;
use http::Request;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http_body_util::Full;

/// One request, but for the host.
pub type Question = Request<Full<Bytes>>;

/// What is asked: one request after the other.
#[derive(Debug)]
pub struct Requests {
    /// The requests.
    pub all: Vec<Question>,
    /// Whether they begin again after the last one.
    pub again: bool,
    /// What every answer holds.
    pub expected: &'static [u8],
}

impl Requests {
    /// The request of this number, counted from 0; nothing after the last one.
    #[must_use]
    pub fn get(&self, number: u64) -> Option<&Question> {
        let number = usize::try_from(number).ok()?;
        let number = if self.again { number.checked_rem(self.all.len())? } else { number };
        self.all.get(number)
    }
}

/// A form, posted by a client that proves itself by this header.
pub fn posted(path: &str, authorization: &str, form: Bytes) -> anyhow::Result<Question> {
    let kind = "application/x-www-form-urlencoded";
    let request = Request::post(path).header(AUTHORIZATION, authorization);
    Ok(request.header(CONTENT_TYPE, kind).body(Full::new(form))?)
}

/// A path, asked for with this header.
pub fn wanted(path: &str, authorization: &str) -> anyhow::Result<Question> {
    Ok(Request::get(path).header(AUTHORIZATION, authorization).body(Full::default())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_begin_again_after_the_last_one_where_that_is_wanted() {
        let all = ["/a", "/b"].map(|path| wanted(path, "Bearer t").unwrap()).to_vec();
        let mut requests = Requests { all, again: false, expected: b"" };
        let path =
            |requests: &Requests, number| requests.get(number).map(|it| it.uri().to_string());
        assert_eq!((path(&requests, 1).as_deref(), path(&requests, 2)), (Some("/b"), None));
        requests.again = true;
        assert_eq!(path(&requests, 2).as_deref(), Some("/a"));
        requests.all.clear();
        assert_eq!(path(&requests, 0), None);
    }
}
