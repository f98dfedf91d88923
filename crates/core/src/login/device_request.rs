//! A device asks for a sign-in elsewhere (RFC 8628 §3.1).

use crate::client_auth::{self, AuthenticatedClient};
use crate::commit::{Change, Commit, CommitError, Conflict};
use crate::denied::{Denied, Unproven};
use crate::error::{Stop, TokenError};
use crate::model::device::{DeviceGrant, DeviceState, INTERVAL};
use crate::moment::Moment;
use crate::ports::StoreError;
use crate::record::{Event, Outcome, Record};
use crate::sts::Sts;
use stead_proto::device::DeviceAuthorization;
use stead_proto::error::Dialect;
use stead_proto::form::Form;
use stead_proto::grants::{GrantKind, ParseError, Target};
use stead_proto::id::{Audience, ClientId};

/// How many user codes are tried before it must be that something is out of order.
const ATTEMPTS: u8 = 8;

/// What is known of who asks, for the record.
#[derive(Debug, Default)]
struct About {
    client: Option<ClientId>,
    resource: Option<Audience>,
}

impl About {
    fn event(&self) -> Event {
        let Self { client, resource } = self;
        Event::Device { client: client.clone(), subject: None, resource: resource.clone() }
    }
}

impl Sts {
    /// Answers a device authorization request. What no user could give the client is refused at once.
    pub async fn device_authorization(
        &self,
        authorization: Option<&str>,
        body: &[u8],
        moment: &Moment,
    ) -> Result<DeviceAuthorization, TokenError> {
        let mut about = About::default();
        match self.device_request(&mut about, (authorization, body), moment).await {
            Ok(given) => Ok(given),
            Err(stop) => Err(self.refuse_device_request(&about, stop, moment).await),
        }
    }

    async fn device_request(
        &self,
        about: &mut About,
        (authorization, body): (Option<&str>, &[u8]),
        moment: &Moment,
    ) -> Result<DeviceAuthorization, Stop> {
        let malformed = |error: ParseError| Denied::RequestMalformed(error);
        let form = Form::parse(body).map_err(|error| malformed(error.into()))?;
        let sent = (authorization, &form);
        let client = client_auth::authenticate_form(self, sent, &mut about.client, moment).await?;
        about.client = Some(client.id().clone());
        if !client.application().may_use(GrantKind::DeviceCode) {
            return Err(Denied::GrantNotAllowed.into());
        }
        let target = Target::read(&form).map_err(malformed)?;
        about.resource.clone_from(&target.resource);
        let aim = self.aim(client.application(), &target).await?;
        about.resource = aim.audience().cloned();
        let client_info = form.one("client_info").ok().flatten() == Some("1");
        self.put_device(&client, about, (target, client_info), moment).await
    }

    /// Puts the request on file under a user code that is nobody else's.
    async fn put_device(
        &self,
        client: &AuthenticatedClient,
        about: &About,
        (target, client_info): (Target, bool),
        moment: &Moment,
    ) -> Result<DeviceAuthorization, Stop> {
        let device_code = moment.device_code();
        let mut grant = DeviceGrant {
            user_code: moment.user_code(0),
            client: client.id().clone(),
            target,
            client_info,
            expires: moment.now + self.settings.device_code,
            interval: INTERVAL,
            polled: None,
            state: DeviceState::Pending,
        };
        for place in 0..ATTEMPTS {
            grant.user_code = moment.user_code(place);
            let once = client.once().cloned().map(Change::SpendOnce);
            let put = Change::PutDevice(device_code.hash(), Box::new(grant.clone()));
            let changes = [put].into_iter().chain(once).collect();
            let record = Record::new(about.event(), Outcome::Done, moment);
            match self.store.commit(Commit { changes, record }).await {
                Ok(_) => {
                    return Ok(DeviceAuthorization {
                        device_code,
                        user_code: grant.user_code,
                        verification_uri: self.endpoints.device_page(),
                        expires_in: self.settings.device_code,
                        interval: INTERVAL,
                    });
                }
                Err(CommitError::Conflict(Conflict::UserCodeTaken)) => {}
                Err(CommitError::Conflict(_)) => {
                    return Err(Denied::ClientUnproven(Unproven::AssertionReplayed).into());
                }
                Err(CommitError::Failed(error)) => return Err(error.into()),
            }
        }
        Err(StoreError::Unavailable("every user code drawn is another device's".to_owned()).into())
    }

    /// Puts a refusal on record and says it.
    async fn refuse_device_request(
        &self,
        about: &About,
        stop: Stop,
        moment: &Moment,
    ) -> TokenError {
        let denied = match stop {
            Stop::Denied(denied) => denied,
            Stop::Failed(error) => return error.into(),
        };
        let (event, outcome) = (about.event(), Outcome::from(&denied));
        match self.keep(vec![], event, outcome, moment).await {
            Err(error) => error.into(),
            Ok(()) => TokenError::Denied {
                denied: Box::new(denied),
                dialect: Dialect::Plain,
                trace: self.trace(moment),
            },
        }
    }
}
