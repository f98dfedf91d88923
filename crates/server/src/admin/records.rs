//! `/records`.

use crate::admin::desk::{Asked, Desk, answer};
use crate::admin::refusal::Refusal;
use crate::admin::types::{Page, RecordList, RecordView, VerificationView, limit_of};
use axum::response::Response;
use stead_core::chain::{Chain, Place, RecordQuery};

/// Lists records: the newest first, or those after a number in the order of a chain.
#[utoipa::path(get, path = "/admin/v1/{tenant}/records", tag = "records",
    operation_id = "list_records", params(RecordList),
    responses((status = 200, description = "Records", body = Page<RecordView>)))]
pub(crate) async fn list(desk: Desk, Asked(asked): Asked<RecordList>) -> Result<Response, Refusal> {
    let limit = limit_of(asked.limit)?;
    let chain = asked.chain.map_or(Chain::FIRST, Chain);
    let after = asked.after.map(|seq| Place { chain, seq });
    let query = RecordQuery {
        trace_id: asked.trace_id,
        subject: asked.subject,
        client: asked.client,
        denied_only: asked.denied,
        after,
        limit,
    };
    let records = desk.admin().records(&query).await?;
    let full = after.is_some() && records.len() == limit;
    let next = records.last().filter(|_| full).map(|record| record.seq.to_string());
    Ok(answer(Page { items: records.into_iter().map(RecordView::from).collect(), next }))
}

/// Walks the chains of records and says whether one was edited or taken away.
#[utoipa::path(get, path = "/admin/v1/{tenant}/records/verify", tag = "records",
    operation_id = "verify_records",
    responses((status = 200, description = "What was found", body = VerificationView)))]
pub(crate) async fn verify(desk: Desk) -> Result<Response, Refusal> {
    Ok(answer(VerificationView::from(desk.admin().verify_records().await?)))
}
