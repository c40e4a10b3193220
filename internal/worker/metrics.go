package worker

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"kith"
	"kith/internal/core/message"
)

// metrics counts deliveries. Its labels have few values: no company and no address is among them.
type metrics struct {
	ends     *prometheus.CounterVec
	duration *prometheus.HistogramVec
	waiting  prometheus.Gauge
	dead     prometheus.Gauge
	open     *prometheus.GaugeVec
}

func newMetrics(registry prometheus.Registerer) *metrics {
	m := &metrics{
		ends: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "kith_messages_total", Help: "Attempts to deliver messages, by how they ended.",
		}, []string{"channel", "result"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "kith_message_delivery_duration_seconds", Help: "Time that a provider takes for one message.",
			Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 90},
		}, []string{"channel"}),
		waiting: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "kith_messages_waiting", Help: "Messages that wait to be delivered, counted up to 10000.",
		}),
		dead: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "kith_messages_dead", Help: "Messages that nobody tries to deliver any more and that have not expired, counted up to 10000.",
		}),
		open: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "kith_message_provider_down", Help: "1 while a provider is left alone because it does not work.",
		}, []string{"channel"}),
	}
	if registry != nil {
		registry.MustRegister(m.ends, m.duration, m.waiting, m.dead, m.open)
	}
	return m
}

func (m *metrics) ended(c kith.Channel, r message.Result) {
	m.ends.WithLabelValues(c.String(), string(r)).Inc()
}

func (m *metrics) took(c kith.Channel, d time.Duration) {
	m.duration.WithLabelValues(c.String()).Observe(d.Seconds())
}

func (m *metrics) down(c kith.Channel, down bool) {
	value := 0.0
	if down {
		value = 1
	}
	m.open.WithLabelValues(c.String()).Set(value)
}
