"""A Flask service that knows nothing of telemetry but how to look at it.

Prints its port. Ends, in order, when its standard input does.
"""

import sys
import threading

import requests
from flask import Flask, jsonify, request
from opentelemetry import baggage, trace
from werkzeug.serving import make_server

app = Flask(__name__)


def view():
    """What this service was sent, and what its own telemetry makes of that."""
    context = trace.get_current_span().get_span_context()
    return {
        "trace_id": trace.format_trace_id(context.trace_id),
        "sampled": context.trace_flags.sampled,
        "tracestate": context.trace_state.to_header(),
        "baggage": dict(baggage.get_all()),
        "received": {name: request.headers.get(name) for name in ("traceparent", "tracestate", "baggage")},
    }


@app.get("/echo")
def echo():
    return jsonify([view()])


@app.get("/call")
def call():
    answer = requests.get(request.args["next"], timeout=10)
    answer.raise_for_status()
    return jsonify([view(), *answer.json()])


server = make_server("127.0.0.1", 0, app, threaded=True)
threading.Thread(target=lambda: (sys.stdin.read(), server.shutdown()), daemon=True).start()
print(server.server_port, flush=True)
server.serve_forever()
