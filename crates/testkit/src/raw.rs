//! Requests that no well-behaved client sends: any method, any headers, any body.

use crate::answer::Answer;
use crate::tenant::Pairs;
use crate::world::World;
use reqwest::Method;

impl World {
    /// Sends this body with these headers.
    pub async fn send(
        &self,
        method: Method,
        url: &str,
        headers: Pairs<'_>,
        body: impl Into<reqwest::Body>,
    ) -> Answer {
        let mut request = self.http().request(method, url).body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Answer::to(request).await
    }
}
