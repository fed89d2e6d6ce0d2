"""What is counted, for Prometheus."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """INVARIANT: values of labels come from lists of ours, never from requests."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.requests = Counter(
            "netpol_admission_requests",
            "Requests answered, by what was ruled and whether they were let through.",
            ("why", "allowed"),
            registry=self._registry,
        )
        self.seconds = Histogram(
            "netpol_admission_seconds",
            "Seconds from a request's arrival to its answer.",
            buckets=_SECONDS,
            registry=self._registry,
        )
        self.refused = Counter(
            "netpol_admission_refused",
            "Connections' requests that were no reviews, too large, too slow, or too many.",
            ("why",),
            registry=self._registry,
        )
        self.waiting = Gauge("netpol_admission_waiting", "Requests that wait to be judged.", registry=self._registry)
        self.unseen = Gauge(
            "netpol_admission_unseen", "Allowed requests not seen to be stored yet.", registry=self._registry
        )
        self.ready = Gauge("netpol_ready", "1 iff requests are judged.", registry=self._registry)
        self.objects = Gauge("netpol_objects", "Objects that are held.", registry=self._registry)
        self.lost = Counter("netpol_watch_lost", "Times that a watch was lost.", registry=self._registry)

    def text(self) -> bytes:
        return generate_latest(self._registry)
