"""A FastAPI app that OpenTelemetry instruments. /spans gives the spans that have ended, and forgets them."""

from fastapi import FastAPI
from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind

exporter = InMemorySpanExporter()
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(exporter))

app = FastAPI()


@app.get("/buy/{item}")
async def buy(item: str):
    with provider.get_tracer("shop").start_as_current_span("look into the store"):
        return {"bought": item}


@app.get("/spans")
async def spans():
    ended = exporter.get_finished_spans()
    exporter.clear()
    return [
        {
            "name": span.name,
            "kind": span.kind.name,
            "trace": f"{span.context.trace_id:032x}",
            "id": f"{span.context.span_id:016x}",
            "parent": span.parent and f"{span.parent.span_id:016x}",
        }
        for span in ended
        # Of each request there are spans for its ASGI messages, too.
        if span.kind is SpanKind.SERVER or span.name == "look into the store"
    ]


FastAPIInstrumentor.instrument_app(app, tracer_provider=provider, excluded_urls="/spans")
