//! The modules of a program that was given no file.

/// What people ask for most, under the names that the reference exporter's own example gives them. Nothing in it assumes
/// anything about the network. None has a timeout, so that the scrape's holds.
pub const BUILT_IN_MODULES: &str = "\
modules:
  http_2xx:
    prober: http
  http_post_2xx:
    prober: http
    http:
      method: POST
  tcp_connect:
    prober: tcp
  pop3s_banner:
    prober: tcp
    tcp:
      query_response:
        - expect: ^+OK
      tls: true
  ssh_banner:
    prober: tcp
    tcp:
      query_response:
        - expect: ^SSH-2.0-
        - send: SSH-2.0-probe-check
  grpc:
    prober: grpc
    grpc:
      tls: true
  grpc_plain:
    prober: grpc
    grpc: {}
  icmp:
    prober: icmp
  icmp_ttl5:
    prober: icmp
    icmp:
      ttl: 5
";
