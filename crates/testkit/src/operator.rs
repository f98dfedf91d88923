//! What an operator can do: write other resource files, and use the admin API.

use crate::fixture;
use crate::world::{World, tenant};
use reqwest::Method;
use serde_json::Value;
use stead_core::admin::Desired;
use stead_server::AdminAddress;

impl World {
    /// The resource files of `t1` now say the fixture with this change, and the server reads them again:
    /// what changed, line by line, or why nothing did.
    pub async fn files_say(
        &self,
        change: impl FnOnce(&mut Desired),
    ) -> Result<Vec<String>, String> {
        let mut t1 = fixture::t1();
        change(&mut t1);
        let tenants = vec![tenant("t1", 1, t1), tenant("t2", 2, fixture::t2())];
        self.running().reload(tenants).await.map_err(|error| error.to_string())
    }

    /// From now on the server serves `t1` and nobody else.
    pub async fn serves_t1_alone(&self) {
        self.running().reload(vec![tenant("t1", 1, fixture::t1())]).await.unwrap();
    }

    /// One request to the admin API below the path of `t1`: the status and the JSON of the answer.
    pub async fn admin(&self, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
        let AdminAddress::Tcp(address) = self.running().admin() else { panic!("it is TCP") };
        let token = std::fs::read_to_string(self.running().admin_token_file()).unwrap();
        let url = format!("http://{address}/admin/v1/t1{path}");
        let mut request = reqwest::Client::new().request(method, url).bearer_auth(token.trim());
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let text = response.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::Null))
    }
}
