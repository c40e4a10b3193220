package web

import (
	"context"
	"net/url"

	"kith"
)

type contextKey int

const (
	actorKey contextKey = iota
	exchangeKey
)

// WithActor returns a context whose [Actor] is a. The request log names them too.
func WithActor(ctx context.Context, a *kith.Actor) context.Context {
	if x, ok := ctx.Value(exchangeKey).(*exchange); ok {
		x.actor = a
		return ctx
	}
	return context.WithValue(ctx, actorKey, a)
}

// Actor is who makes the request. It is never nil: where no admission has set one it is a guest.
func Actor(ctx context.Context) *kith.Actor {
	if x, ok := ctx.Value(exchangeKey).(*exchange); ok && x.actor != nil {
		return x.actor
	}
	if a, ok := ctx.Value(actorKey).(*kith.Actor); ok {
		return a
	}
	return &kith.Actor{Remote: Remote(ctx)}
}

// Remote is where the request came from. It is zero outside of [Wrap].
func Remote(ctx context.Context) kith.Remote {
	if x, ok := ctx.Value(exchangeKey).(*exchange); ok {
		return x.remote
	}
	return kith.Remote{}
}

// Address is the URL that the client asked for, at the host that it named. It is zero outside of [Wrap].
func Address(ctx context.Context) url.URL {
	x, ok := ctx.Value(exchangeKey).(*exchange)
	if !ok {
		return url.URL{}
	}
	u := *x.request.URL
	u.Scheme, u.Host = "http", x.request.Host
	if x.remote.Secure {
		u.Scheme = "https"
	}
	return u
}
