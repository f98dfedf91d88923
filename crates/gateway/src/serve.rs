//! Start, reload, stop.

use crate::api::{self, Over};
use crate::authz;
use crate::certificate::Certificate;
use crate::config::{ApiListen, GatewayConfig, Listen, Loopback};
use crate::forward::{self, Arrival, Way};
use crate::health;
use crate::listen::{Accepts, Answers, Farewell, Peer, serve};
use crate::metrics::{self, Reload};
use crate::plane::Plane;
use crate::screen::Targets;
use crate::socket::Socket;
use crate::start_error::StartError;
use crate::upstreams::Body;
use arc_swap::ArcSwap;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use stead::Clock;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

/// A gateway at work. Dropped, it stops at once.
#[derive(Debug)]
pub struct Running {
    gate: Arc<Gate>,
    listen: Listen,
    proxy: Option<SocketAddr>,
    ext_authz: Option<SocketAddr>,
    api: Option<ApiListen>,
    egress: Option<SocketAddr>,
    metrics: Option<SocketAddr>,
    patience: Duration,
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

/// What all listeners share.
#[derive(Debug)]
struct Gate {
    plane: ArcSwap<Plane>,
    clock: Clock,
    generation: AtomicU32,
    scheme: &'static str,
    certificate: Option<Arc<Certificate>>,
}

/// Starts a gateway that goes by this clock.
pub async fn start(config: GatewayConfig, clock: Clock) -> Result<Running, StartError> {
    let (listen, patience) = (config.listen.clone(), config.patience.farewell);
    let certificate = listen.tls.as_ref().map(Certificate::of).transpose()?;
    let tls = certificate.as_ref().map(Certificate::acceptor).transpose()?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    let plane = ArcSwap::from_pointee(Plane::build(config, None, &clock)?);
    let generation = AtomicU32::new(1);
    let gate = Arc::new(Gate { plane, clock, generation, scheme, certificate });
    let (stop, stopped) = watch::channel(false);
    let mut doors = Doors { tasks: JoinSet::new(), stopped: stopped.clone(), patience };
    let proxy = doors.at(listen.proxy, tls, Proxy(Arc::clone(&gate))).await?;
    let ext_authz = doors.at(listen.ext_authz, None, Authz(Arc::clone(&gate))).await?;
    let api = doors.api(listen.api.as_ref(), &gate).await?;
    let out = listen.egress.map(Loopback::address);
    let egress = doors.at(out, None, Egress(Arc::clone(&gate))).await?;
    let metrics = doors.at(listen.metrics, None, Health(Arc::clone(&gate))).await?;
    health::get_to_know(&gate.plane.load());
    let mut tasks = doors.tasks;
    tasks.spawn(keep_tidy(Arc::clone(&gate), wait(stopped)));
    Ok(Running { gate, listen, proxy, ext_authz, api, egress, metrics, patience, stop, tasks })
}

/// What was opened so far.
struct Doors {
    tasks: JoinSet<()>,
    stopped: watch::Receiver<bool>,
    patience: Duration,
}

impl Doors {
    /// Opens one at an address, if there is one to be, and says where it is.
    async fn at(
        &mut self,
        address: Option<SocketAddr>,
        tls: Option<TlsAcceptor>,
        answers: impl Answers,
    ) -> Result<Option<SocketAddr>, StartError> {
        let Some(address) = address else { return Ok(None) };
        let (listener, address) = bind(address).await?;
        self.open(listener, tls, answers);
        Ok(Some(address))
    }

    /// The token API's.
    async fn api(
        &mut self,
        listen: Option<&ApiListen>,
        gate: &Arc<Gate>,
    ) -> Result<Option<ApiListen>, StartError> {
        let api = |over| Api(Arc::clone(gate), over);
        match listen {
            None => Ok(None),
            Some(ApiListen::Loopback(loopback)) => {
                let address = self.at(Some(loopback.address()), None, api(Over::Loopback)).await?;
                Ok(address.and_then(Loopback::new).map(ApiListen::Loopback))
            }
            Some(ApiListen::Socket(file)) => {
                self.open(Socket::bind(file)?, None, api(Over::Socket));
                Ok(Some(ApiListen::Socket(file.clone())))
            }
        }
    }

    fn open(
        &mut self,
        listener: impl Accepts + Sync + 'static,
        tls: Option<TlsAcceptor>,
        answers: impl Answers,
    ) {
        let farewell = Farewell { begins: wait(self.stopped.clone()), patience: self.patience };
        self.tasks.spawn(serve(listener, tls, Arc::new(answers), farewell));
    }
}

impl Running {
    /// The address of the reverse proxy.
    #[must_use]
    pub fn proxy(&self) -> Option<SocketAddr> {
        self.proxy
    }

    /// The address at which other proxies ask.
    #[must_use]
    pub fn ext_authz(&self) -> Option<SocketAddr> {
        self.ext_authz
    }

    /// The address of the way out.
    #[must_use]
    pub fn egress(&self) -> Option<SocketAddr> {
        self.egress
    }

    /// Where the token API is.
    #[must_use]
    pub fn api(&self) -> Option<&ApiListen> {
        self.api.as_ref()
    }

    /// The address of `/metrics`.
    #[must_use]
    pub fn metrics(&self) -> Option<SocketAddr> {
        self.metrics
    }

    /// Whether only a restart can take this over: it listens elsewhere.
    #[must_use]
    pub fn needs_restart(&self, config: &GatewayConfig) -> bool {
        self.listen != config.listen || self.patience != config.patience.farewell
    }

    /// Takes over what the file says now, but for where it listens, and the certificate as it is now. Requests on
    /// their way go on as they began.
    pub fn reload(&self, config: GatewayConfig) -> Result<(), StartError> {
        match self.gate.take_over(config) {
            Ok(()) => {
                metrics::reloaded(Reload::Ok);
                self.gate.generation.fetch_add(1, Ordering::AcqRel);
                health::get_to_know(&self.gate.plane.load());
                Ok(())
            }
            Err(error) => {
                self.keep();
                Err(error)
            }
        }
    }

    /// Notes that what the file says now is not taken over.
    pub fn keep(&self) {
        metrics::reloaded(Reload::Bad);
    }

    /// Takes nobody in any more, finishes what is on its way, and returns.
    pub async fn shutdown(mut self) {
        self.stop.send_replace(true);
        while self.tasks.join_next().await.is_some() {}
        let telemetry = self.gate.plane.load().telemetry.clone();
        telemetry.close().await;
    }
}

impl Gate {
    /// All of it, or nothing.
    fn take_over(&self, config: GatewayConfig) -> Result<(), StartError> {
        let plane = Plane::build(config, Some(&self.plane.load()), &self.clock)?;
        if let Some(certificate) = &self.certificate {
            certificate.show(certificate.again()?);
        }
        self.plane.store(Arc::new(plane));
        Ok(())
    }
}

/// The reverse proxy's listener.
struct Proxy(Arc<Gate>);

impl Answers for Proxy {
    type Body = Body;

    async fn answer(&self, request: Request<Incoming>, peer: Peer) -> Response<Body> {
        let plane = self.0.plane.load_full();
        let from = Arrival { peer: peer.as_ref(), scheme: self.0.scheme, way: Way::In };
        forward::answer(&plane, request, from).await
    }
}

/// The listener of other proxies' questions.
struct Authz(Arc<Gate>);

impl Answers for Authz {
    type Body = authz::Body;

    async fn answer(&self, request: Request<Incoming>, _: Peer) -> Response<Self::Body> {
        authz::answer(self.0.plane.load_full(), request).await
    }
}

/// The listener of the token API, and how it is reached.
struct Api(Arc<Gate>, Over);

impl Answers for Api {
    type Body = Full<Bytes>;

    async fn answer(&self, request: Request<Incoming>, _: Peer) -> Response<Self::Body> {
        let plane = self.0.plane.load_full();
        api::answer(&plane, request, self.1).await
    }
}

/// The listener of the application's own requests.
struct Egress(Arc<Gate>);

impl Answers for Egress {
    type Body = Body;
    const TARGETS: Targets = Targets::Whole;

    async fn answer(&self, request: Request<Incoming>, peer: Peer) -> Response<Body> {
        let plane = self.0.plane.load_full();
        let from = Arrival { peer: peer.as_ref(), scheme: "http", way: Way::Out };
        forward::answer(&plane, request, from).await
    }
}

/// The listener of `/healthz`, `/readyz` and `/metrics`.
struct Health(Arc<Gate>);

impl Answers for Health {
    type Body = Full<Bytes>;

    async fn answer(&self, request: Request<Incoming>, _: Peer) -> Response<Self::Body> {
        let generation = self.0.generation.load(Ordering::Acquire);
        health::answer(&self.0.plane.load(), generation, request.uri().path())
    }
}

async fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let bad = |error| StartError::Address { address, error };
    let listener = TcpListener::bind(address).await.map_err(bad)?;
    let address = listener.local_addr().map_err(bad)?;
    Ok((listener, address))
}

/// Returns when the gateway stops, or is dropped.
async fn wait(mut stopped: watch::Receiver<bool>) {
    stopped.wait_for(|stopped| *stopped).await.ok();
}

async fn keep_tidy(gate: Arc<Gate>, stop: impl Future<Output = ()> + Send) {
    let mut stop = std::pin::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => return,
            () = tokio::time::sleep(Duration::from_secs(1)) => {}
        }
        gate.plane.load().upstreams.tidy_up();
    }
}
