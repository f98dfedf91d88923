//! What goes in and out of the admin API, apart from the model: no secret has a field to leave by.
//!
//! The words are those of the resource files.

mod application;
mod directory;
mod factors;
mod fault;
mod federated;
mod happenings;
mod keys;
mod page;
mod permission;

pub use application::{
    ApplicationBody, ApplicationView, AssertionAudienceForm, CredentialView, KindForm,
    NewSecretView, SecretBody, SubjectKindForm, TokensForm,
};
pub use directory::{
    ConsentBody, ConsentView, GivenByForm, GroupBody, GroupView, ManagedView, PasswordBody,
    SessionView, UserBody, UserView, WhomForm,
};
pub use factors::{FactorsView, PasskeyView, TotpView};
pub use fault::{FaultBody, FaultForm, FaultView};
pub use federated::FederatedForm;
pub use happenings::{
    AnswerForm, BreakView, ExplainBody, ExplanationView, HeadView, HealthView, RecordView,
    RevocationBody, RevocationKind, RevocationView, RuleView, VerificationView,
};
pub use keys::{AlgorithmForm, KeyChangeView, KeyView, RotationBody, StageForm, WhyBody};
pub use page::{
    ConsentList, Detail, ErrorBody, LimitOnly, Page, PageList, RecordList, SessionList, UserList,
};
pub(crate) use page::{limit_of, page_of};
pub use permission::{
    AssignmentForm, BoundedByForm, ConsentRuleForm, EdgeForm, PermissionForm, PreauthorizedForm,
    WhoseForm,
};

/// Says how an enum of the API and its twin in the model turn into each other.
macro_rules! twins {
    ($form:ident = $model:ty { $($variant:ident),+ }) => {
        impl From<$model> for $form {
            fn from(model: $model) -> Self {
                match model { $(<$model>::$variant => Self::$variant),+ }
            }
        }

        impl From<$form> for $model {
            fn from(form: $form) -> Self {
                match form { $($form::$variant => Self::$variant),+ }
            }
        }
    };
}
pub(crate) use twins;
