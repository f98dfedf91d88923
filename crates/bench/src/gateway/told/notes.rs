//! How it was measured, and what to know about it.

use super::Told;
use crate::args::Gateway;

/// One sentence or more each.
pub(super) fn of(told: &Told, args: &Gateway, apart: bool) -> Vec<String> {
    let (coming, going) = told.memory.token_bytes;
    let mut notes = vec![
        format!(
            "GET of 1 KiB over {} connections that stay open, plain HTTP/1.1 on both sides, one upstream; medians of {} \
             rounds of {} s, in turns. {} users ask in turns, each with a token of {coming} bytes.",
            args.connections,
            args.extent.rounds,
            args.extent.seconds.as_secs_f64(),
            args.users,
        ),
        "nginx passes on what comes. The gateway verifies the token (remembered), looks at scope and chain, puts in its place \
         the one that the provider gave for the upstream (kept), and takes out what may not be said from outside; the \
         upstream checks which one it got."
            .to_owned(),
    ];
    notes.push(format!(
        "One more gateway tells a collector of every request and of every token it gets for one (`[telemetry]`, all traces \
         kept). The collector is a stub on the thread of those who ask, which takes everything and reads none of it; {} spans \
         were dropped, in all rounds.",
        told.race.spans_dropped,
    ));
    if told.race.envoy.is_some() {
        notes.push(
            "Envoy asks the same gateway for each request, by gRPC, with the settings of `examples/envoy.yaml`, and passes \
             the request on with the token it is told. Its row is both processes together, on the same core."
                .to_owned(),
        );
    }
    notes.push(cores(apart).to_owned());
    notes.push(format!(
        "Idle is a gateway that has answered one request. Then each user calls once: both tokens are kept, the one that came \
         ({coming} bytes) and the one for the upstream ({going} bytes)."
    ));
    notes.push(format!(
        "The token API is asked on loopback, over {} connections that stay open, for the tokens of the same users, by the \
         path and the JSON of nais/texas; each question carries the user's token, which is verified (remembered). It is a \
         gateway of its own, which answers nothing else. A release build of nais/texas, elsewhere on a machine of two cores \
         with ab beside it, gave 38,900 kept tokens a second and held 12.9 MB.",
        told.tokens.connections,
    ));
    notes
}

fn cores(apart: bool) -> &'static str {
    if apart {
        "Each proxy has one worker and the last core of the machine to itself. Who asks and who answers are one thread on \
         another core, which never sleeps while it asks as fast as it can, so that waking it is in nobody's cost; a proxy that \
         is not busy all the time waited for it."
    } else {
        "Each proxy has one worker; it shares the machine's one core with who asks and who answers."
    }
}
