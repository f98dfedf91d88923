//! The admin API, called: over loopback or a Unix socket, with the token from its file.

use crate::args::Everywhere;
use crate::config::{self, Process};
use crate::member::Member;
use anyhow::{Context, anyhow, bail};
use reqwest::{Client, Method, Response, StatusCode, Url};
use serde_json::Value;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use stead_server::config::AdminListen;

/// Entries asked for at once.
const PAGE: usize = 200;

/// One tenant's admin API.
pub struct AdminClient {
    http: Client,
    /// `http://127.0.0.1:8444/admin/v1/acme`
    base: Url,
    token: String,
    /// Where it is, as people say it.
    place: String,
    /// Whether answers are wanted as JSON.
    pub json: bool,
}

impl fmt::Debug for AdminClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AdminClient({})", self.base)
    }
}

/// Where the admin API is.
enum Door {
    Http(Url),
    Unix(PathBuf),
}

impl AdminClient {
    /// Finds the API, its token and the tenant: from what was typed, else from the process file.
    pub fn connect(everywhere: &Everywhere) -> anyhow::Result<Self> {
        let said = (&everywhere.admin_url, &everywhere.token_file, &everywhere.tenant);
        let process = match said {
            (Some(_), Some(_), Some(_)) => None,
            _ => Some(config::process(everywhere.server_file())?),
        };
        let door = match (&everywhere.admin_url, &process) {
            (Some(url), _) => Door::typed(url)?,
            (None, Some(process)) => Door::configured(process)?,
            (None, None) => bail!("nothing says where the admin API is"),
        };
        let file = match (&everywhere.token_file, &process) {
            (Some(file), _) => file,
            (None, Some(process)) => &process.server.admin_token,
            (None, None) => bail!("nothing says where the admin token is"),
        };
        let tenant = tenant(everywhere.tenant.as_deref(), process.as_ref())?;
        Self::new(&door, &token(file)?, &tenant, everywhere.json)
    }

    fn new(door: &Door, token: &str, tenant: &str, json: bool) -> anyhow::Result<Self> {
        let builder = Client::builder().no_proxy();
        let (builder, mut base, place) = match door {
            Door::Http(url) => (builder, url.clone(), url.to_string()),
            Door::Unix(socket) => {
                let place = format!("unix:{}", socket.display());
                (builder.unix_socket(socket.as_path()), Url::parse("http://stead.invalid")?, place)
            }
        };
        extend(&mut base, &["admin", "v1", tenant])?;
        Ok(Self { http: builder.build()?, base, token: token.to_owned(), place, json })
    }

    /// Asks.
    pub async fn get(&self, path: &[&str], query: &[(&str, String)]) -> anyhow::Result<Value> {
        let mut url = self.url(path)?;
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        self.call(Method::GET, url, None).await
    }

    /// Asks for something that may not be there.
    pub async fn find(&self, path: &[&str]) -> anyhow::Result<Option<Value>> {
        let response = self.send(Method::GET, self.url(path)?, None).await?;
        if response.status() == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        answer(response).await.map(Some)
    }

    /// Asks for a whole list, page by page.
    pub async fn all(&self, path: &[&str], query: &[(&str, String)]) -> anyhow::Result<Vec<Value>> {
        let mut items = Vec::new();
        let mut query = query.to_vec();
        query.push(("limit", PAGE.to_string()));
        loop {
            let page = self.get(path, &query).await?;
            let some = page.member("items").as_array().context("the answer is no list")?;
            items.extend(some.iter().cloned());
            let Some(next) = page.member("next").as_str() else { return Ok(items) };
            query.retain(|(name, _)| *name != "after");
            query.push(("after", next.to_owned()));
        }
    }

    /// Does something.
    pub async fn post(&self, path: &[&str], body: &Value) -> anyhow::Result<Value> {
        self.call(Method::POST, self.url(path)?, Some(body)).await
    }

    /// Puts something on file.
    pub async fn put(&self, path: &[&str], body: &Value) -> anyhow::Result<Value> {
        self.call(Method::PUT, self.url(path)?, Some(body)).await
    }

    /// Removes something.
    pub async fn delete(&self, path: &[&str]) -> anyhow::Result<Value> {
        self.call(Method::DELETE, self.url(path)?, None).await
    }

    fn url(&self, path: &[&str]) -> anyhow::Result<Url> {
        let mut url = self.base.clone();
        extend(&mut url, path)?;
        Ok(url)
    }

    async fn call(&self, method: Method, url: Url, body: Option<&Value>) -> anyhow::Result<Value> {
        answer(self.send(method, url, body).await?).await
    }

    async fn send(
        &self,
        method: Method,
        url: Url,
        body: Option<&Value>,
    ) -> anyhow::Result<Response> {
        let mut request = self.http.request(method, url).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(body);
        }
        request.send().await.map_err(|error| self.unreachable(&error))
    }

    fn unreachable(&self, error: &reqwest::Error) -> anyhow::Error {
        if error.is_connect() {
            return anyhow!("nobody answers at {}: is `stead serve` running?", self.place);
        }
        anyhow!("the admin API at {} does not answer: {}", self.place, error.without_url_text())
    }
}

/// An error's own words, without the address that is said already.
trait WithoutUrl {
    fn without_url_text(&self) -> String;
}

impl WithoutUrl for reqwest::Error {
    fn without_url_text(&self) -> String {
        let mut source: &dyn std::error::Error = self;
        while let Some(inner) = source.source() {
            source = inner;
        }
        source.to_string()
    }
}

impl Door {
    fn typed(said: &str) -> anyhow::Result<Self> {
        if let Some(socket) = said.strip_prefix("unix:") {
            return Ok(Self::Unix(socket.into()));
        }
        let url = Url::parse(said).with_context(|| format!("`{said}` is no URL"))?;
        let here = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        if url.scheme() != "https" && !here {
            bail!(
                "the admin token would travel in the clear to {said}: use https, or this machine"
            );
        }
        Ok(Self::Http(url))
    }

    fn configured(process: &Process) -> anyhow::Result<Self> {
        Ok(match &process.server.listen.admin {
            AdminListen::Tcp(address) => Self::Http(Url::parse(&format!("http://{address}"))?),
            AdminListen::Unix(socket) => Self::Unix(socket.clone()),
        })
    }
}

fn tenant(said: Option<&str>, process: Option<&Process>) -> anyhow::Result<String> {
    match (said, process) {
        (Some(name), _) => Ok(name.to_owned()),
        (None, Some(process)) => Ok(process.tenant(None)?.tenant.name.to_string()),
        (None, None) => bail!("nothing says which tenant: say --tenant"),
    }
}

fn token(file: &Path) -> anyhow::Result<String> {
    let text = fs::read_to_string(file).with_context(|| {
        format!(
            "the admin token {} cannot be read (`stead serve` makes it on first start)",
            file.display()
        )
    })?;
    Ok(text.trim().to_owned())
}

fn extend(url: &mut Url, path: &[&str]) -> anyhow::Result<()> {
    let mut segments =
        url.path_segments_mut().map_err(|()| anyhow!("the URL cannot have a path"))?;
    segments.pop_if_empty().extend(path);
    Ok(())
}

/// The body of a success; of a refusal, its words.
async fn answer(response: Response) -> anyhow::Result<Value> {
    let status = response.status();
    let text = response.text().await?;
    let body: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
    if status.is_success() {
        return Ok(body);
    }
    let words = body.member("message").as_str().or(body.member("error_description").as_str());
    let Some(words) = words.or(body.member("error").as_str()) else {
        bail!("the admin API answers {status}");
    };
    let details = body.member("details").as_array().into_iter().flatten().map(detail);
    let lines: Vec<String> = std::iter::once(words.to_owned()).chain(details).collect();
    bail!("{}", lines.join("\n"))
}

fn detail(detail: &Value) -> String {
    let text = |key: &str| detail.member(key).as_str().unwrap_or_default().to_owned();
    format!("  {}, {}: {}", text("object"), text("field"), text("message"))
}
