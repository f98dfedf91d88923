//! Egress: requests of the application to other services. The handle in a request is replaced by a token for the service.
//!
//! Requests go only to hosts that the configuration names, and only with a handle. A request with a token is refused: the
//! application is not supposed to have one.

use crate::admit::Admitted;
use crate::config::{EgressTarget, Route};
use crate::errors::{Code, Fault};
use crate::handles::is_handle;
use crate::plane::Plane;
use http::uri::{Authority, Scheme};
use http::{HeaderMap, Uri};
use stead::verify::bearer;
use stead_telemetry::Trace;

/// The port of `http`.
const PORT: u16 = 80;

impl Plane {
    /// Where a request may go.
    pub(crate) fn way_out(&self, uri: &Uri) -> Result<&Route, Fault> {
        let named = uri.authority().filter(|_| uri.scheme() == Some(&Scheme::HTTP));
        let target = named.and_then(|named| self.egress.iter().find(|it| it.is(named)));
        target.map(|target| &target.route).ok_or(Code::NoWayOut.into())
    }

    /// Lets it go there, for whoever its handle stands for.
    pub(crate) async fn let_out(
        &self,
        route: &Route,
        headers: &HeaderMap,
        trace: &Trace,
    ) -> Result<Admitted, Fault> {
        let shown = bearer::read(headers).map_err(|_| Fault::plain(Code::NoHandle))?;
        if !is_handle(shown.expose()) {
            return Err(Code::NoHandle.into());
        }
        let caller = self.caller(&shown).await?;
        self.admit_known(route, caller, trace).await
    }
}

impl EgressTarget {
    fn is(&self, named: &Authority) -> bool {
        let host = self.route.matching.host.as_deref();
        host.is_some_and(|host| host.eq_ignore_ascii_case(named.host()))
            && named.port_u16().unwrap_or(PORT) == self.port
            && !named.as_str().contains('@')
    }
}
