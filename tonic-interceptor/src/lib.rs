//! gRPC tracing for tonic: server and client layers and a propagate-only interceptor.
