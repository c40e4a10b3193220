package web

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics counts requests. Its labels have few values: no company, user or raw path is among them.
type Metrics struct {
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	inFlight prometheus.Gauge
}

// NewMetrics makes the metrics and registers them. It panics if they are registered there already.
func NewMetrics(registry prometheus.Registerer) *Metrics {
	labels := []string{"face", "route", "method", "status"}
	m := &Metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "kith_http_requests_total", Help: "Requests answered.",
		}, labels),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "kith_http_request_duration_seconds", Help: "Time from a request's header to the end of its answer.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, labels),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "kith_http_requests_in_flight", Help: "Requests being answered now.",
		}),
	}
	registry.MustRegister(m.requests, m.duration, m.inFlight)
	return m
}

var statusClasses = [...]string{"1xx", "2xx", "3xx", "4xx", "5xx"}

func (m *Metrics) observe(face, route, method string, status int, took time.Duration) {
	class := statusClasses[min(max(status/100, 1), 5)-1]
	m.requests.WithLabelValues(face, route, method, class).Inc()
	m.duration.WithLabelValues(face, route, method, class).Observe(took.Seconds())
}
