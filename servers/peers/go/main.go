// A service traced by OpenTelemetry for Go: see ../README.md.
package main

import (
	"encoding/json"
	"log"
	"net/http"
	"os"

	"go.opentelemetry.io/contrib/propagators/b3"
	"go.opentelemetry.io/contrib/propagators/jaeger"
	"go.opentelemetry.io/otel/propagation"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

var formats = map[string]propagation.TextMapPropagator{
	"b3":           b3.New(b3.WithInjectEncoding(b3.B3SingleHeader)),
	"b3multi":      b3.New(b3.WithInjectEncoding(b3.B3MultipleHeader)),
	"tracecontext": propagation.TraceContext{},
	"jaeger":       jaeger.Jaeger{},
}

func ids(span trace.Span) map[string]string {
	context := span.SpanContext()
	told := map[string]string{"trace": context.TraceID().String(), "span": context.SpanID().String()}
	// What is not sampled tells no parent.
	if recorded, ok := span.(sdk.ReadOnlySpan); ok && recorded.Parent().HasSpanID() {
		told["parent"] = recorded.Parent().SpanID().String()
	}
	return told
}

func main() {
	tracer := sdk.NewTracerProvider().Tracer("peer")
	hop := func(w http.ResponseWriter, r *http.Request) {
		next := r.URL.Query().Get("next")
		if next == "" {
			w.Write([]byte("{}"))
			return
		}
		format := formats[r.URL.Query().Get("format")]
		caller := format.Extract(r.Context(), propagation.HeaderCarrier(r.Header))
		inside, server := tracer.Start(caller, "GET /hop", trace.WithSpanKind(trace.SpanKindServer))
		called, client := tracer.Start(inside, "GET", trace.WithSpanKind(trace.SpanKindClient))
		request, err := http.NewRequestWithContext(called, "GET", next, nil)
		if err == nil {
			format.Inject(called, propagation.HeaderCarrier(request.Header))
			var response *http.Response
			if response, err = http.DefaultClient.Do(request); err == nil {
				response.Body.Close()
			}
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		client.End()
		server.End()
		json.NewEncoder(w).Encode(map[string]any{
			"server": ids(server), "client": ids(client), "sampled": server.SpanContext().IsSampled(),
		})
	}
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Args[1], http.HandlerFunc(hop)))
}
