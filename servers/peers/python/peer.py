"""A service traced by OpenTelemetry for Python: see ../README.md."""

import json
import sys
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from opentelemetry import trace
from opentelemetry.propagators.b3 import B3MultiFormat, B3SingleFormat
from opentelemetry.propagators.jaeger import JaegerPropagator
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

FORMATS = {
    "b3": B3SingleFormat(),
    "b3multi": B3MultiFormat(),
    "tracecontext": TraceContextTextMapPropagator(),
    "jaeger": JaegerPropagator(),
}
tracer = TracerProvider().get_tracer("peer")


def ids(span):
    context = span.get_span_context()
    told = {"trace": f"{context.trace_id:032x}", "span": f"{context.span_id:016x}"}
    parent = getattr(span, "parent", None)
    if parent is not None:
        told["parent"] = f"{parent.span_id:016x}"
    return told


class Peer(BaseHTTPRequestHandler):
    def do_GET(self):
        query = parse_qs(urlsplit(self.path).query)
        if "next" not in query:
            self.answer({})
            return
        propagator = FORMATS[query["format"][0]]
        headers = {name.lower(): value for name, value in self.headers.items()}
        caller = propagator.extract(headers)
        with tracer.start_as_current_span("GET /hop", caller, SpanKind.SERVER) as server:
            with tracer.start_as_current_span("GET", kind=SpanKind.CLIENT) as client:
                carrier = {}
                propagator.inject(carrier)
                request = urllib.request.Request(query["next"][0], headers=carrier)
                urllib.request.urlopen(request, timeout=10).read()
            told = {"server": ids(server), "client": ids(client)}
            told["sampled"] = server.get_span_context().trace_flags.sampled
        self.answer(told)

    def answer(self, told):
        body = json.dumps(told).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Peer).serve_forever()
