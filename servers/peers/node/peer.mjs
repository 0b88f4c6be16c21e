// A service traced by OpenTelemetry for Node: see ../README.md.
import http from 'node:http';
import { ROOT_CONTEXT, SpanKind, TraceFlags, defaultTextMapGetter, defaultTextMapSetter, trace } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { B3InjectEncoding, B3Propagator } from '@opentelemetry/propagator-b3';
import { JaegerPropagator } from '@opentelemetry/propagator-jaeger';
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';

const formats = {
  b3: new B3Propagator({ injectEncoding: B3InjectEncoding.SINGLE_HEADER }),
  b3multi: new B3Propagator({ injectEncoding: B3InjectEncoding.MULTI_HEADER }),
  tracecontext: new W3CTraceContextPropagator(),
  jaeger: new JaegerPropagator(),
};
const tracer = new BasicTracerProvider().getTracer('peer');

function ids(span) {
  const { traceId, spanId } = span.spanContext();
  const parent = span.parentSpanContext?.spanId ?? span.parentSpanId;
  return { trace: traceId, span: spanId, ...(parent ? { parent } : {}) };
}

http.createServer(async (request, response) => {
  const query = new URL(request.url, 'http://peer').searchParams;
  if (!query.has('next')) return response.end('{}');
  const propagator = formats[query.get('format')];
  const caller = propagator.extract(ROOT_CONTEXT, request.headers, defaultTextMapGetter);
  const server = tracer.startSpan('GET /hop', { kind: SpanKind.SERVER }, caller);
  const inside = trace.setSpan(caller, server);
  const client = tracer.startSpan('GET', { kind: SpanKind.CLIENT }, inside);
  const headers = {};
  propagator.inject(trace.setSpan(inside, client), headers, defaultTextMapSetter);
  await (await fetch(query.get('next'), { headers })).text();
  client.end();
  server.end();
  const sampled = (server.spanContext().traceFlags & TraceFlags.SAMPLED) !== 0;
  response.end(JSON.stringify({ server: ids(server), client: ids(client), sampled }));
}).listen(Number(process.argv[2]), '127.0.0.1');
