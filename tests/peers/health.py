"""The health service of gRPC, on the port that it prints; with a certificate and a key, over TLS."""

import sys
from concurrent import futures

import grpc

# grpc.health.v1.HealthCheckResponse: field 1 is the status.
STATUS = {b"": b"\x08\x01", b"good": b"\x08\x01", b"bad": b"\x08\x02", b"unsure": b""}


def check(request, context):
    """Answers by the name in field 1 of grpc.health.v1.HealthCheckRequest."""
    if request[2:] == b"secret" and ("token", "abc") not in context.invocation_metadata():
        context.abort(grpc.StatusCode.PERMISSION_DENIED, "no token")
    if request[2:] == b"secret":
        return b"\x08\x01"
    if request[2:] not in STATUS:
        context.abort(grpc.StatusCode.NOT_FOUND, "unknown service")
    return STATUS[request[2:]]


class Health(grpc.GenericRpcHandler):
    """The one method that is served."""

    def service(self, details):
        """Its handler."""
        if details.method == "/grpc.health.v1.Health/Check":
            return grpc.unary_unary_rpc_method_handler(check)
        return None


server = grpc.server(futures.ThreadPoolExecutor(2), handlers=[Health()])
address, identity = sys.argv[1], sys.argv[2:]
if identity:
    certificate, key = (open(file, "rb").read() for file in identity)
    server.add_secure_port(address, grpc.ssl_server_credentials([(key, certificate)]))
else:
    server.add_insecure_port(address)
server.start()
server.wait_for_termination()
