"""The middle tier: reads company data for whoever asks, and holds no secret and knows no identity provider.

The gateway in front has verified the token of each request. What this service calls, it calls through the gateway as
well, with the header that it was sent: on the way the gateway trades the token for one that company data takes.

    PORT=9000 DATA=http://127.0.0.1:8080/data/rows python3 reports.py
"""

import json
import os
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.error import HTTPError

DATA = os.environ.get("DATA", "http://127.0.0.1:8080/data/rows")
WEB = urllib.request.build_opener(urllib.request.ProxyHandler({}))
ON = ["authorization", "traceparent"]  # goes on with a question
BACK = ["content-type", "www-authenticate", "retry-after"]  # comes back with a refusal


class Reports(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        onward = {name: self.headers[name] for name in ON if name in self.headers}
        try:
            with WEB.open(urllib.request.Request(DATA, headers=onward)) as data:
                report = {"report": json.load(data), "headers": sorted(map(str.lower, self.headers))}
                self.answer(200, json.dumps(report).encode(), [("content-type", "application/json")])
        except HTTPError as refused:  # a demand to sign in again is for the front end
            back = [(name, value) for name, value in refused.headers.items() if name.lower() in BACK]
            self.answer(refused.code, refused.read(), back)

    def answer(self, status, body, headers):
        self.send_response(status)
        for name, value in [*headers, ("content-length", str(len(body)))]:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "9000"))), Reports)
print(f"ready: http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
