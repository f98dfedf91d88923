//! The decision as a table: what was asked, who is signed in, what they did; what happens next.

use super::*;
use crate::login::ConsentLine;
use crate::login::agreement::Ask;
use crate::model::factors::{Sealed, Totp};
use crate::model::managed::Managed;
use stead_proto::acr::Amr;
use stead_proto::authorize::{AuthorizeRequest, ReturnAddress};
use stead_proto::form::Form;
use stead_proto::id::{Audience, ClientId, SessionId, Subject, Username};
use stead_proto::scope::ScopeSet;
use stead_proto::secret::SessionSecret;

const NOON: i64 = 1_795_348_800;

fn user(name: &str) -> User {
    User {
        id: Subject::parse(format!("id-of-{name}")).unwrap(),
        username: Username::parse(name).unwrap(),
        name: name.to_owned(),
        enabled: true,
        groups: [].into(),
        password: None,
        email: Some(format!("{name}@example.com")),
        email_verified: false,
        address: None,
        phone: None,
        managed: Managed::Api,
    }
}

/// Alice, who signed in ten minutes before noon.
fn alice() -> Present {
    let user = user("alice");
    let at = Timestamp::from_secs(NOON - 600);
    let session = Session {
        id: SessionId::parse("s-1").unwrap(),
        user: user.id.clone(),
        secret: SessionSecret::new("cookie").hash(),
        started: at,
        auth_time: at,
        acr: Acr::Password,
        amr: vec![Amr::Pwd],
        expires: at + Seconds(43_200),
    };
    let (factors, agreement) = (Factors::default(), Ok(Agreement::default()));
    Present { signed_in: SignedIn { session, user }, factors, agreement }
}

fn lacking(scopes: &str, through: Option<&str>) -> Ask {
    Ask {
        client: ClientId::parse("c").unwrap(),
        line: ConsentLine {
            resource_name: "Reports".into(),
            audience: Audience::parse("api://reports").unwrap(),
            through: through.map(str::to_owned),
            scopes: vec![],
        },
        lacks: ScopeSet::parse(scopes).unwrap(),
    }
}

struct Case {
    extra: &'static str,
    at_device: bool,
    rule: SecondFactorRule,
    halfway: Option<Claimant>,
    progress: Progress,
    agreed: bool,
    meant: Meant,
    present: Option<Present>,
}

fn case(extra: &'static str) -> Case {
    let progress = Progress::default();
    Case {
        extra,
        at_device: false,
        rule: SecondFactorRule::WhenEnrolled,
        halfway: None,
        progress,
        agreed: false,
        meant: Meant::Anybody,
        present: Some(alice()),
    }
}

impl Case {
    fn nobody(mut self) -> Self {
        self.present = None;
        self
    }

    fn agreement(mut self, agreement: Result<Agreement, Denied>) -> Self {
        self.present.as_mut().unwrap().agreement = agreement;
        self
    }

    fn rule(mut self, rule: SecondFactorRule) -> Self {
        self.rule = rule;
        self
    }

    /// Alice has an app that shows one-time codes.
    fn enrolled(mut self) -> Self {
        self.present.as_mut().unwrap().factors = with_app();
        self
    }

    /// Alice's password was right a moment ago.
    fn halfway(mut self, factors: Factors) -> Self {
        self.halfway = Some(Claimant { user: user("alice"), factors });
        self
    }

    fn strength(mut self, acr: Acr) -> Self {
        self.present.as_mut().unwrap().signed_in.session.acr = acr;
        self
    }

    /// Alice proved who she is for this request, a minute ago.
    fn proved(self) -> Self {
        self.proved_ago(60)
    }

    fn proved_ago(mut self, seconds: i64) -> Self {
        let session = &mut self.present.as_mut().unwrap().signed_in.session;
        session.auth_time = Timestamp::from_secs(NOON - seconds);
        self.progress.signed_in = Some(session.id.clone());
        self
    }

    fn choosing(mut self, account: AccountChoice) -> Self {
        self.progress.account = account;
        self
    }

    fn meaning(mut self, meant: Meant) -> Self {
        self.meant = meant;
        self
    }

    fn agreed(mut self) -> Self {
        self.agreed = true;
        self
    }

    /// What happens next, in a word.
    fn next(&self) -> String {
        let form = format!(
            "client_id=c&response_type=code&scope=openid&code_challenge_method=S256\
             &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&{}",
            self.extra
        );
        let form = Form::parse(form.as_bytes()).unwrap();
        let request = AuthorizeRequest::read(&form, ReturnAddress::read(&form).unwrap()).unwrap();
        let facts = Facts {
            request: &request.sign_in,
            at_device: self.at_device,
            rule: self.rule,
            halfway: self.halfway.as_ref(),
            progress: &self.progress,
            agreed: self.agreed,
            meant: &self.meant,
            present: self.present.as_ref(),
            now: Timestamp::from_secs(NOON),
        };
        match next(&facts) {
            Next::Refuse(denied) => denied.reason().to_owned(),
            Next::SignIn(WhySignIn::First) => "sign in".to_owned(),
            Next::SignIn(WhySignIn::Again) => "sign in again".to_owned(),
            Next::SecondFactor(_) => "second factor".to_owned(),
            Next::Enrol(_) => "enrol".to_owned(),
            Next::ChooseAccount(_) => "choose account".to_owned(),
            Next::ConfirmDevice(..) => "confirm device".to_owned(),
            Next::Consent(..) => "consent".to_owned(),
            Next::Grant(..) => "grant".to_owned(),
        }
    }
}

fn this() -> AccountChoice {
    AccountChoice::This(SessionId::parse("s-1").unwrap())
}

fn client_lacks() -> Agreement {
    Agreement { own: Some(lacking("Reports.Read", None)), ..Agreement::default() }
}

fn middle_tier_lacks() -> Agreement {
    let behind = vec![lacking("Rows.Read", Some("Reports"))];
    Agreement { behind, ..Agreement::default() }
}

fn meant(name: &str) -> Meant {
    Meant::User(Box::new(user(name)))
}

#[test]
fn nobody_signed_in_signs_in_and_somebody_signed_in_does_not() {
    assert_eq!(case("").nobody().next(), "sign in");
    assert_eq!(case("prompt=select_account").nobody().next(), "sign in");
    assert_eq!(case("").next(), "grant");
}

#[test]
fn a_device_is_confirmed_in_this_session_before_anything_is_granted_there() {
    let at_device = || Case { at_device: true, ..case("") };
    let confirmed_in = |session: &str| {
        let mut case = at_device();
        case.progress.confirmed = Some(SessionId::parse(session).unwrap());
        case
    };
    assert_eq!(at_device().nobody().next(), "sign in");
    assert_eq!(at_device().next(), "confirm device");
    assert_eq!(at_device().agreement(Ok(client_lacks())).next(), "confirm device");
    assert_eq!(confirmed_in("another").next(), "confirm device");
    assert_eq!(confirmed_in("s-1").next(), "grant");
    assert_eq!(confirmed_in("s-1").agreement(Ok(client_lacks())).next(), "consent");
    let hopeless = at_device().agreement(Err(Denied::TargetUnknown));
    assert_eq!(hopeless.next(), "target-unknown");
}

#[test]
fn where_nothing_may_be_asked_the_question_becomes_its_refusal() {
    assert_eq!(case("prompt=none").next(), "grant");
    assert_eq!(case("prompt=none").nobody().next(), "login-required");
    assert_eq!(case("prompt=none&max_age=60").next(), "login-required");
    assert_eq!(case("prompt=none&login_hint=bob").next(), "interaction-required");
    assert_eq!(case("prompt=none").agreement(Ok(client_lacks())).next(), "consent-required");
}

#[test]
fn what_only_the_middle_tier_needs_is_asked_but_keeps_nobody_from_a_silent_sign_in() {
    assert_eq!(case("").agreement(Ok(middle_tier_lacks())).next(), "consent");
    assert_eq!(case("prompt=none").agreement(Ok(middle_tier_lacks())).next(), "grant");
}

#[test]
fn a_prompt_for_login_is_answered_by_signing_in_for_this_request() {
    assert_eq!(case("prompt=login").next(), "sign in again");
    assert_eq!(case("prompt=login").proved().next(), "grant");
}

#[test]
fn a_sign_in_older_than_max_age_is_repeated() {
    assert_eq!(case("max_age=600").next(), "grant");
    assert_eq!(case("max_age=599").next(), "sign in again");
    assert_eq!(case("max_age=0").next(), "sign in again");
    assert_eq!(case("max_age=0").proved().next(), "grant");
    assert_eq!(case("max_age=0").proved_ago(300).next(), "grant");
    assert_eq!(case("max_age=0").proved_ago(301).next(), "sign in again");
    assert_eq!(case("max_age=600").proved_ago(301).next(), "grant");
}

#[test]
fn a_stronger_sign_in_is_reached_by_signing_in_again_or_not_at_all() {
    let reauth = "acr_values=urn:stead:acr:reauth";
    assert_eq!(case(reauth).next(), "sign in again");
    assert_eq!(case(reauth).strength(Acr::Reauthenticated).next(), "grant");
    assert_eq!(case(reauth).proved().next(), "acr-unreachable");
    assert_eq!(case("acr_values=urn:stead:acr:password").next(), "grant");
}

fn with_app() -> Factors {
    let secret = Sealed::new(vec![1]);
    let enrolled = Timestamp::from_secs(NOON);
    let name = "Phone".into();
    Factors { totp: Some(Totp { name, secret, enrolled, last_step: 0 }), ..Factors::default() }
}

const MFA: &str = "acr_values=urn:stead:acr:mfa";

#[test]
fn two_factors_are_reached_by_the_second_one_and_who_has_none_proves_the_first_again() {
    assert_eq!(case(MFA).enrolled().next(), "second factor");
    assert_eq!(case(MFA).enrolled().strength(Acr::MultiFactor).next(), "grant");
    assert_eq!(case(MFA).next(), "sign in again");
    assert_eq!(case(MFA).proved().next(), "sign in again");
    assert_eq!(case(MFA).nobody().next(), "sign in");
    assert_eq!(case("").strength(Acr::MultiFactor).next(), "grant");
    assert_eq!(case("acr_values=urn:stead:acr:reauth").enrolled().next(), "second factor");
}

#[test]
fn a_password_alone_is_half_the_way_wherever_more_is_owed() {
    assert_eq!(case(MFA).nobody().halfway(with_app()).next(), "second factor");
    assert_eq!(case(MFA).nobody().halfway(Factors::default()).next(), "enrol");
    assert_eq!(case("").halfway(with_app()).next(), "second factor");
    assert_eq!(case("prompt=login").enrolled().next(), "sign in again");
    assert_eq!(case("max_age=60&acr_values=urn:stead:acr:mfa").enrolled().next(), "sign in again");
}

#[test]
fn the_tenants_rule_says_when_a_second_factor_is_asked_for_without_a_demand() {
    let (asked, always) = (SecondFactorRule::WhenAsked, SecondFactorRule::Always);
    assert_eq!(case("").enrolled().next(), "second factor");
    assert_eq!(case("").enrolled().rule(asked).next(), "grant");
    assert_eq!(case(MFA).enrolled().rule(asked).next(), "second factor");
    assert_eq!(case("").rule(always).next(), "sign in again");
    assert_eq!(case("").rule(always).strength(Acr::MultiFactor).next(), "grant");
}

#[test]
fn where_nothing_may_be_asked_a_second_factor_is_a_step_up() {
    assert_eq!(case("prompt=none").enrolled().next(), "step-up-required");
    assert_eq!(case("prompt=none&acr_values=urn:stead:acr:mfa").next(), "login-required");
    assert_eq!(case("prompt=none").enrolled().strength(Acr::MultiFactor).next(), "grant");
}

#[test]
fn a_strength_nobody_knows_is_refused_at_once() {
    for extra in ["acr_values=gold", "prompt=none&acr_values=gold"] {
        assert_eq!(case(extra).next(), "acr-unreachable", "{extra}");
        assert_eq!(case(extra).nobody().next(), "acr-unreachable", "{extra}");
    }
}

#[test]
fn the_user_an_earlier_id_token_names_is_the_one_who_signs_in() {
    assert_eq!(case("").meaning(meant("alice")).next(), "grant");
    assert_eq!(case("").meaning(meant("bob")).next(), "sign in");
    assert_eq!(case("").meaning(meant("bob")).proved().next(), "login-required");
    assert_eq!(case("prompt=none").meaning(meant("alice")).next(), "grant");
    assert_eq!(case("prompt=none").meaning(meant("bob")).next(), "login-required");
}

#[test]
fn an_id_token_that_names_nobody_is_in_nobodys_way_unless_nothing_may_be_asked() {
    assert_eq!(case("").meaning(Meant::Unreadable).next(), "grant");
    assert_eq!(case("prompt=none").meaning(Meant::Unreadable).next(), "login-required");
}

#[test]
fn a_hint_at_another_user_asks_which_account_is_meant() {
    for hint in ["alice", "ALICE", "alice@example.com", "id-of-alice"] {
        assert_eq!(with_hint(hint).next(), "grant", "{hint}");
    }
    assert_eq!(with_hint("bob").next(), "choose account");
    assert_eq!(with_hint("bob").choosing(this()).next(), "grant");
    assert_eq!(with_hint("bob").proved().next(), "grant");
}

fn with_hint(hint: &str) -> Case {
    let extra: &'static str = Box::leak(format!("login_hint={hint}").into_boxed_str());
    case(extra)
}

#[test]
fn an_account_is_chosen_for_the_session_that_was_shown_and_no_other() {
    let other = AccountChoice::This(SessionId::parse("s-2").unwrap());
    assert_eq!(case("prompt=select_account").next(), "choose account");
    assert_eq!(case("prompt=select_account").choosing(this()).next(), "grant");
    assert_eq!(case("prompt=select_account").choosing(other).next(), "choose account");
}

#[test]
fn whoever_wants_another_account_signs_in_with_it() {
    let another = || case("prompt=select_account").choosing(AccountChoice::Another);
    assert_eq!(another().next(), "sign in");
    assert_eq!(another().proved().next(), "grant");
}

#[test]
fn consent_is_asked_when_it_lacks_or_when_asked_for_and_then_once() {
    assert_eq!(case("").agreement(Ok(client_lacks())).next(), "consent");
    assert_eq!(case("prompt=consent").next(), "consent");
    assert_eq!(case("prompt=consent").agreed().next(), "grant");
    // Agreeing to one question is not agreeing to the next.
    assert_eq!(case("").agreement(Ok(client_lacks())).agreed().next(), "consent");
}

#[test]
fn what_cannot_be_granted_is_refused_after_the_user_could_change_the_account() {
    let none = || Err(Denied::ScopeEmpty);
    assert_eq!(case("").agreement(none()).next(), "scope-empty");
    assert_eq!(case("prompt=select_account").agreement(none()).next(), "choose account");
}
