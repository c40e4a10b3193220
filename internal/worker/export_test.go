package worker

import "context"

// Sweep is one turn of removing what is over.
func (w *Worker) Sweep(ctx context.Context) error { return w.sweep(ctx) }
