//! What was to be reached, beside what was.

use crate::report::{Section, Table, flatness, rounded};
use serde_json::Value;

/// At how many connections a limit is looked at, where there are several.
const CONNECTIONS: u64 = 64;

/// A limit, and where the number is that has to keep it.
struct Limit {
    what: &'static str,
    section: &'static str,
    measured: fn(&Value) -> Option<f64>,
    most: Most,
}

/// How much it may be.
enum Most {
    /// This much.
    Fixed(f64),
    /// What the same section says of this machine.
    Own(fn(&Value) -> Option<f64>),
}

const LIMITS: [Limit; 27] = [
    Limit {
        what: "ES256, repeated tokens: CPU ÷ floor",
        section: "exchange-repeated",
        measured: |numbers| number(busy(numbers)?, "/fastest/cpu_per_floor"),
        most: Most::Fixed(0.7),
    },
    Limit {
        what: "ES256, cold tokens: CPU ÷ floor",
        section: "exchange-cold",
        measured: |numbers| number(busy(numbers)?, "/fastest/cpu_per_floor"),
        most: Most::Fixed(1.6),
    },
    Limit {
        what: "the same on PostgreSQL, repeated",
        section: "exchange-postgres-repeated",
        measured: |numbers| number(busy(numbers)?, "/fastest/cpu_per_floor"),
        most: Most::Fixed(0.84),
    },
    Limit {
        what: "the same on PostgreSQL, cold",
        section: "exchange-postgres-cold",
        measured: |numbers| number(busy(numbers)?, "/fastest/cpu_per_floor"),
        most: Most::Fixed(1.92),
    },
    Limit {
        what: "cold tokens at half the rate: p99, ms (2 × fsync p99 + 2 ms)",
        section: "exchange-cold",
        measured: |numbers| number(busy(numbers)?, "/paced/latency/p99_ms"),
        most: Most::Own(patience),
    },
    Limit {
        what: "repeated tokens at half the rate: p99, ms (2 × fsync p99 + 2 ms)",
        section: "exchange-repeated",
        measured: |numbers| number(busy(numbers)?, "/paced/latency/p99_ms"),
        most: Most::Own(patience),
    },
    Limit {
        what: "RSS after a million exchanges, MiB",
        section: "exchange-million",
        measured: |numbers| number(busy(numbers)?, "/resident_mib"),
        most: Most::Fixed(40.0),
    },
    Limit {
        what: "start with next to nothing on file: first answer, ms",
        section: "exchange-cold",
        measured: |numbers| number(numbers, "/starts/0/first_answer_ms"),
        most: Most::Fixed(50.0),
    },
    Limit {
        what: "start with 1,000,000 users and 10,000 applications: first answer, ms",
        section: "exchange-users",
        measured: |numbers| number(numbers, "/starts/2/first_answer_ms"),
        most: Most::Fixed(150.0),
    },
    Limit {
        what: "from one user to a million: dearest ÷ cheapest",
        section: "exchange-users",
        measured: spread_of_costs,
        most: Most::Fixed(1.2),
    },
    Limit {
        what: "with ever more records: dearest ÷ cheapest",
        section: "exchange-records",
        measured: spread_of_costs,
        most: Most::Fixed(1.2),
    },
    Limit {
        what: "the SDK verifies ES256 for the first time: CPU ÷ signature",
        section: "verify",
        measured: |numbers| number(numbers, "/0/cold_per_signature"),
        most: Most::Fixed(1.1),
    },
    Limit {
        what: "the SDK verifies EdDSA for the first time: CPU ÷ signature",
        section: "verify",
        measured: |numbers| number(numbers, "/1/cold_per_signature"),
        most: Most::Fixed(1.1),
    },
    Limit {
        what: "the SDK verifies RS256 for the first time: CPU ÷ signature",
        section: "verify",
        measured: |numbers| number(numbers, "/2/cold_per_signature"),
        most: Most::Fixed(1.1),
    },
    Limit {
        what: "the SDK verifies a token again, ns",
        section: "verify",
        measured: |numbers| number(numbers, "/0/repeated_ns"),
        most: Most::Fixed(1000.0),
    },
    Limit {
        what: "the SDK has acquired it before, 100 users, ns",
        section: "cache",
        measured: |numbers| number(numbers, "/1/kept_target_ns"),
        most: Most::Fixed(300.0),
    },
    Limit {
        what: "the SDK has acquired it before, 1,000,000 users, ns",
        section: "cache",
        measured: |numbers| number(numbers, "/3/kept_target_ns"),
        most: Most::Fixed(300.0),
    },
    Limit {
        what: "cold tokens: exchanges/s of npm oidc-provider ÷ ours (a fifth)",
        section: "peers-cold",
        measured: |numbers| {
            Some(number(numbers, "/1/pass/a_second")? / number(numbers, "/0/pass/a_second")?)
        },
        most: Most::Fixed(0.2),
    },
    Limit {
        what: "the gateway's CPU for a request ÷ nginx's",
        section: "gateway",
        measured: |numbers| number(numbers, "/beside/cpu"),
        most: Most::Fixed(1.5),
    },
    Limit {
        what: "requests/s of nginx ÷ the gateway's (1 ÷ 0.7)",
        section: "gateway",
        measured: |numbers| number(numbers, "/beside/a_second").map(|ratio| 1.0 / ratio),
        most: Most::Fixed(1.0 / 0.7),
    },
    Limit {
        what: "the gateway's p99 ÷ nginx's, as many as each can",
        section: "gateway",
        measured: |numbers| number(numbers, "/beside/p99"),
        most: Most::Fixed(2.0),
    },
    Limit {
        what: "the gateway's p99 ÷ nginx's, at the same rate",
        section: "gateway",
        measured: |numbers| number(numbers, "/beside/paced_p99"),
        most: Most::Fixed(2.0),
    },
    Limit {
        what: "requests/s of Envoy that asks the gateway ÷ the gateway's (a third)",
        section: "gateway",
        measured: |numbers| number(numbers, "/envoy/beside/a_second"),
        most: Most::Fixed(1.0 / 3.0),
    },
    Limit {
        what: "a kept token from the token API, µs apart (1 ÷ 38,900/s)",
        section: "gateway",
        measured: |numbers| {
            number(numbers, "/tokens/came/fastest/a_second").map(|a_second| 1e6 / a_second)
        },
        most: Most::Fixed(1e6 / 38_900.0),
    },
    Limit {
        what: "RSS of a gateway that is a token API alone, MiB",
        section: "gateway",
        measured: |numbers| number(numbers, "/tokens/came/resident_mib"),
        most: Most::Fixed(13.0),
    },
    Limit {
        what: "an idle gateway's RSS, MiB",
        section: "gateway",
        measured: |numbers| number(numbers, "/memory/idle_mib"),
        most: Most::Fixed(15.0),
    },
    Limit {
        what: "its RSS with 100,000 users' tokens, MiB",
        section: "gateway",
        measured: |numbers| {
            let users = number(numbers, "/memory/users")?;
            number(numbers, "/memory/remembering_mib").filter(|_| users >= 100_000.0)
        },
        most: Most::Fixed(40.0),
    },
];

/// A table of those that were measured; nothing if none was.
pub(super) fn table(sections: &[Section]) -> Option<Table> {
    let mut table =
        Table::new("What was to be reached", &["what", "at most", "measured", "reached"]);
    for limit in LIMITS {
        let of_it = sections.iter().find(|section| section.id == limit.section);
        table.rows.extend(of_it.and_then(|section| limit.row(&section.numbers)));
    }
    (!table.rows.is_empty()).then_some(table)
}

impl Limit {
    fn row(&self, numbers: &Value) -> Option<Vec<String>> {
        let measured = (self.measured)(numbers)?;
        let most = match self.most {
            Most::Fixed(most) => most,
            Most::Own(most) => most(numbers)?,
        };
        let reached = if measured <= most { "yes" } else { "no" };
        Some(vec![self.what.to_owned(), rounded(most), rounded(measured), reached.to_owned()])
    }
}

fn points(numbers: &Value) -> impl Iterator<Item = &Value> {
    numbers.get("points").and_then(Value::as_array).into_iter().flatten()
}

/// The point that is busy enough and not too much.
fn busy(numbers: &Value) -> Option<&Value> {
    points(numbers).find(|point| point.get("connections") == Some(&CONNECTIONS.into()))
}

fn number(value: &Value, pointer: &str) -> Option<f64> {
    value.pointer(pointer)?.as_f64()
}

fn patience(numbers: &Value) -> Option<f64> {
    Some(2.0 * number(busy(numbers)?, "/fsync/p99_ms")? + 2.0)
}

fn spread_of_costs(numbers: &Value) -> Option<f64> {
    let costs: Vec<f64> =
        points(numbers).filter_map(|point| number(point, "/fastest/cpu_per_floor")).collect();
    (costs.len() > 1).then(|| flatness(&costs))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn row(what: &str, numbers: &Value) -> Option<Vec<String>> {
        LIMITS.iter().find(|limit| limit.what.starts_with(what)).unwrap().row(numbers)
    }

    #[test]
    fn a_limit_is_reached_by_what_is_not_more_at_sixty_four_connections() {
        let at = |connections: u64, ratio: f64| {
            json!({ "connections": connections, "fastest": { "cpu_per_floor": ratio },
                    "paced": { "latency": { "p99_ms": 3.0 } }, "fsync": { "p99_ms": 0.5 } })
        };
        let numbers = json!({ "points": [at(1, 9.0), at(64, 1.6)] });
        assert_eq!(row("ES256, cold", &numbers).unwrap()[1..], ["1.60", "1.60", "yes"]);
        assert_eq!(row("ES256, repeated", &numbers).unwrap()[1..], ["0.700", "1.60", "no"]);
        // Twice 0.5 ms and 2 ms.
        assert_eq!(row("cold tokens at half", &numbers).unwrap()[1..], ["3.00", "3.00", "yes"]);
        assert_eq!(row("from one user", &numbers).unwrap()[1..], ["1.20", "5.62", "no"]);
    }

    #[test]
    fn a_peer_is_held_against_us_and_the_sdk_against_each_signature() {
        let came = |a_second: u32| json!({ "pass": { "a_second": a_second } });
        let numbers = json!([came(5000), came(1000)]);
        assert_eq!(row("cold tokens: exch", &numbers).unwrap()[1..], ["0.200", "0.200", "yes"]);
        let cost = |ratio: f64| json!({ "cold_per_signature": ratio });
        let numbers = json!([cost(1.0), cost(1.05), cost(1.2)]);
        assert_eq!(row("the SDK verifies EdDSA", &numbers).unwrap()[1..], ["1.10", "1.05", "yes"]);
        assert_eq!(row("the SDK verifies RS256", &numbers).unwrap()[1..], ["1.10", "1.20", "no"]);
    }

    #[test]
    fn what_was_not_measured_is_not_told() {
        assert_eq!(row("ES256, cold", &json!({ "points": [] })), None);
        assert_eq!(row("RSS", &Value::Null), None);
        assert_eq!(table(&[]), None);
    }
}
