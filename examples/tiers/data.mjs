// The API behind: rows of company data, for the user that the token speaks of.
//
// Nobody reaches it but the gateway on this machine, which has verified the token and asked for the scope. So it is only
// read here: `sub` says whose rows these are, `act` who acts for them, the last in front.
//
//     PORT=9100 node data.mjs

import { createServer } from "node:http";

const ROWS = {
  alice: [{ month: "October", sales: 1200 }, { month: "November", sales: 1350 }],
  carol: [{ month: "October", payroll: 98000 }],
};

const server = createServer((request, response) => {
  const claims = read(request.headers.authorization);
  if (claims === undefined) return answer(response, 401, { error: "invalid_token" });
  const user = (claims.preferred_username ?? claims.sub).split("@")[0];
  answer(response, 200, {
    rows: ROWS[user] ?? [],
    for: user,
    audience: claims.aud,
    actors: [...chain(claims.act)],
    headers: Object.keys(request.headers).sort(),
  });
});

function read(authorization = "") {
  const payload = authorization.match(/^Bearer [^.]+\.([^.]+)\.[^.]+$/)?.[1];
  return payload && JSON.parse(Buffer.from(payload, "base64url"));
}

function* chain(actor) {
  for (; actor !== undefined; actor = actor.act) yield actor.sub;
}

function answer(response, status, body) {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

server.listen(Number(process.env.PORT ?? 9100), "127.0.0.1", () => {
  console.log(`ready: http://127.0.0.1:${server.address().port}`);
});
