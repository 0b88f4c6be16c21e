// A service traced by Brave: see ../README.md.

import brave.Span;
import brave.Tracer;
import brave.Tracing;
import brave.propagation.B3Propagation;
import brave.propagation.Propagation;
import brave.propagation.TraceContext;
import brave.propagation.TraceContextOrSamplingFlags;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

public final class Peer {
  static final HttpClient HTTP = HttpClient.newHttpClient();
  static final Map<String, Tracing> FORMATS = new HashMap<>();

  static Tracing tracing(B3Propagation.Format format) {
    Propagation.Factory factory = B3Propagation.newFactoryBuilder()
        .injectFormat(Span.Kind.CLIENT, format)
        .build();
    return Tracing.newBuilder().localServiceName("peer").propagationFactory(factory).build();
  }

  static String ids(TraceContext context) {
    String parent = context.parentIdString();
    return "{\"trace\":\"" + context.traceIdString() + "\",\"span\":\"" + context.spanIdString() + "\""
        + (parent == null ? "" : ",\"parent\":\"" + parent + "\"") + "}";
  }

  static Map<String, String> query(URI uri) {
    Map<String, String> query = new HashMap<>();
    if (uri.getRawQuery() == null) return query;
    for (String pair : uri.getRawQuery().split("&")) {
      String[] parts = pair.split("=", 2);
      query.put(parts[0], URLDecoder.decode(parts[1], StandardCharsets.UTF_8));
    }
    return query;
  }

  static void hop(HttpExchange exchange) {
    try {
      Map<String, String> query = query(exchange.getRequestURI());
      if (!query.containsKey("next")) {
        answer(exchange, "{}");
        return;
      }
      Tracing tracing = FORMATS.get(query.get("format"));
      Tracer tracer = tracing.tracer();
      TraceContextOrSamplingFlags caller = tracing.propagation()
          .extractor((HttpExchange from, String name) -> from.getRequestHeaders().getFirst(name))
          .extract(exchange);
      // As Brave's own HttpServerHandler: both halves of a call share an id.
      Span server = caller.context() == null ? tracer.nextSpan(caller) : tracer.joinSpan(caller.context());
      server.kind(Span.Kind.SERVER).start();
      Span client = tracer.newChild(server.context()).kind(Span.Kind.CLIENT).start();
      HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(query.get("next")));
      tracing.propagation()
          .injector((HttpRequest.Builder to, String name, String value) -> to.setHeader(name, value))
          .inject(client.context(), request);
      HTTP.send(request.build(), HttpResponse.BodyHandlers.discarding());
      client.finish();
      server.finish();
      answer(exchange, "{\"server\":" + ids(server.context()) + ",\"client\":" + ids(client.context())
          + ",\"sampled\":" + server.context().sampled() + "}");
    } catch (Exception failed) {
      failed.printStackTrace();
      exchange.close();
    }
  }

  static void answer(HttpExchange exchange, String text) throws java.io.IOException {
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(200, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  public static void main(String[] arguments) throws Exception {
    FORMATS.put("b3", tracing(B3Propagation.Format.SINGLE));
    FORMATS.put("b3multi", tracing(B3Propagation.Format.MULTI));
    int port = Integer.parseInt(arguments[0]);
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 0);
    server.createContext("/", Peer::hop);
    server.start();
  }
}
