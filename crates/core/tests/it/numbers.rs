//! Entra's numbers and finer reasons, as its clients and runbooks know them: said once more beside the code.

use stead_core::denied::{Denied, Unproven};
use stead_proto::acr::{Acr, StepUp};
use stead_proto::error::{Dialect, Suberror};
use stead_proto::jwt::JwtError;
use stead_proto::scope::ScopeSet;

fn scopes() -> ScopeSet {
    ScopeSet::parse("Rows.Read").unwrap()
}

#[test]
fn the_reasons_that_clients_of_entra_meet_have_its_number_and_its_finer_reason() {
    let mfa = StepUp { acr: Some(Acr::MultiFactor), max_age: None };
    let unproven = Denied::ClientUnproven;
    let (consent, basic) = (Some(Suberror::ConsentRequired), Some(Suberror::BasicAction));
    let bad_token = Some(Suberror::BadToken);
    let table = [
        (Denied::ConsentMissing(scopes()), 65_001, consent),
        (Denied::SubjectTokenInvalid(JwtError::BadSignature), 50_013, None),
        (Denied::SubjectTokenIssuerUntrusted, 50_013, None),
        (Denied::SubjectTokenNotForClient, 500_131, None),
        (Denied::SubjectTokenInvalid(JwtError::Expired), 500_133, None),
        (Denied::SubjectTokenIsIdToken, 240_002, None),
        (Denied::SubjectTokenAppOnly, 7_000_114, None),
        (Denied::StepUpRequired(mfa), 50_076, basic),
        (Denied::EnrolmentRequired(mfa), 50_079, basic),
        (Denied::Blocked, 53_003, Some(Suberror::MessageOnly)),
        (Denied::ScopeNotAssigned(scopes()), 50_105, None),
        (Denied::TargetUnknown, 500_011, None),
        (Denied::ScopeUnknown(scopes()), 70_011, None),
        (unproven(Unproven::SecretWrong), 7_000_215, None),
        (unproven(Unproven::SecretExpired), 7_000_222, None),
        (unproven(Unproven::AssertionAudience), 700_027, None),
        (unproven(Unproven::AssertionInvalid(JwtError::Expired)), 700_024, None),
        (unproven(Unproven::ForeignIssuer), 70_021, None),
        (Denied::RefreshUnknown, 70_000, bad_token),
        (Denied::RefreshExpired, 70_008, bad_token),
        (Denied::SpaRefreshExpired, 700_084, bad_token),
        (Denied::UserDisabled, 50_057, None),
        (Denied::UserUnknown, 50_034, None),
        (Denied::TenantNotNamed, 9_001_023, None),
        (Denied::OriginNotClients, 9_002_327, None),
        (Denied::CrossOrigin, 9_002_326, None),
        (Denied::Throttled, 50_196, None),
        (Denied::DeviceCodePending, 70_016, None),
        (Denied::DeviceCodeExpired, 70_019, None),
        (Denied::LoginRequired, 50_058, None),
        (Denied::AccessDenied, 65_004, None),
    ];
    for (denied, number, suberror) in table {
        let refusal = denied.refusal(Dialect::Entra);
        let said = (refusal.aadsts, refusal.suberror);
        assert_eq!(said, (Some(number), suberror), "{}", denied.reason());
    }
}

#[test]
fn a_reason_that_entra_does_not_know_has_no_number() {
    assert_eq!(Denied::ChainTooDeep.refusal(Dialect::Entra).aadsts, None);
}
