package main

import (
	"context"

	"kith"
	"kith/internal/core/signin"
	"kith/internal/pages"
	"kith/internal/web"
)

// pages gives the pages that mails lead to what they ask of the core.
func (n *node) pages() pages.Core {
	in := n.core.Signin
	return pages.Core{
		Company: func(ctx context.Context, slug string) (*kith.Company, error) {
			return n.core.Directory.PublicCompany(ctx, web.Actor(ctx), slug)
		},
		Shortest: signin.ShortestPassword,
		VerifyEmail: func(ctx context.Context, key string) error {
			return in.VerifyEmail(ctx, web.Remote(ctx), key)
		},
		Disown: func(ctx context.Context, key string) (user, secret string, err error) {
			return in.Disown(ctx, web.Remote(ctx), key)
		},
		SetPassword: func(ctx context.Context, user, secret, password string) error {
			return in.SetPassword(ctx, web.Remote(ctx), signin.PasswordSetting{User: user, Secret: secret, Password: password})
		},
		Deactivate: func(ctx context.Context, key string) error {
			return in.Deactivate(ctx, web.Remote(ctx), key)
		},
		RequestDeletion: func(ctx context.Context, key string) error {
			return in.RequestDeletion(ctx, web.Remote(ctx), key)
		},
	}
}
