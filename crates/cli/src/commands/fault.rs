//! `stead fault`: what goes wrong in an emulator, on purpose.

use super::listing::{self, done};
use crate::admin_client::AdminClient;
use crate::args::{Fault, SetFault};
use crate::member::Member;
use clap::ValueEnum;
use serde_json::{Map, Value, json};
use std::process::ExitCode;

pub(super) async fn run(client: &AdminClient, what: Fault) -> anyhow::Result<ExitCode> {
    match what {
        Fault::Set(fault) => set(client, &fault).await,
        Fault::List => {
            let columns = [
                ("id", "id"),
                ("kind", "kind"),
                ("user", "user"),
                ("client", "client"),
                ("resource", "resource"),
                ("times", "times"),
                ("delay", "delay_ms"),
            ];
            let answer = client.get(&["faults"], &[]).await?;
            let items = answer.member("items").as_array().cloned().unwrap_or_default();
            listing::show(client, &items, &columns)
        }
        Fault::Clear { id: Some(id) } => {
            let answer = client.delete(&["faults", &id.to_string()]).await?;
            done(client, &answer, &format!("fault {id} is taken back"))
        }
        Fault::Clear { id: None } => {
            let answer = client.delete(&["faults"]).await?;
            done(client, &answer, "nothing goes wrong on purpose any more")
        }
    }
}

async fn set(client: &AdminClient, fault: &SetFault) -> anyhow::Result<ExitCode> {
    let kind = fault.kind.to_possible_value();
    let kind = kind.as_ref().map_or("", |kind| kind.get_name());
    let said = [
        ("kind", json!(kind)),
        ("user", json!(fault.user)),
        ("client", json!(fault.client)),
        ("resource", json!(fault.resource)),
        ("times", json!(fault.times)),
        ("delay_ms", json!(fault.delay)),
        ("retry_after", json!(fault.retry_after)),
    ];
    let said = said.into_iter().filter(|(_, value)| !value.is_null());
    let body: Map<String, Value> = said.map(|(key, value)| (key.to_owned(), value)).collect();
    let made = client.post(&["faults"], &Value::Object(body)).await?;
    let sentence = match made.member("id").as_u64() {
        Some(id) => format!("{kind} from now on; to take it back: stead fault clear {id}"),
        None => format!("{kind}: done"),
    };
    done(client, &made, &sentence)
}
