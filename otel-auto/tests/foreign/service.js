// An Express service that knows nothing of telemetry but how to look at it.
//
// Prints its port. Ends, in order, when its standard input does.
"use strict";

const { propagation, context, trace, TraceFlags } = require("@opentelemetry/api");
const express = require("express");

// What this service was sent, and what its own telemetry makes of that.
function view(request) {
  const span = trace.getActiveSpan().spanContext();
  const baggage = propagation.getBaggage(context.active())?.getAllEntries() ?? [];
  return {
    trace_id: span.traceId,
    sampled: (span.traceFlags & TraceFlags.SAMPLED) !== 0,
    tracestate: span.traceState?.serialize() ?? "",
    baggage: Object.fromEntries(baggage.map(([key, entry]) => [key, entry.value])),
    received: Object.fromEntries(
      ["traceparent", "tracestate", "baggage"].map((name) => [name, request.get(name) ?? null]),
    ),
  };
}

const app = express();

app.get("/echo", (request, response) => {
  response.json([view(request)]);
});

app.get("/call", async (request, response) => {
  const answer = await fetch(request.query.next, { signal: AbortSignal.timeout(10_000) });
  if (!answer.ok) throw new Error(`${answer.status} from ${request.query.next}`);
  response.json([view(request), ...(await answer.json())]);
});

const server = app.listen(0, "127.0.0.1", () => console.log(server.address().port));
process.stdin.resume().on("end", () => {
  server.close();
  server.closeAllConnections();
});
