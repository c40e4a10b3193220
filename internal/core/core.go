// Package core assembles the rules: one service for each area, over one door to the store. It has no
// rules of its own.
package core

import (
	"context"

	"kith"
	"kith/internal/blob"
	"kith/internal/core/access"
	"kith/internal/core/audit"
	"kith/internal/core/directory"
	"kith/internal/core/gate"
	"kith/internal/core/message"
	"kith/internal/core/resource"
	"kith/internal/core/signin"
	"kith/internal/picture"
	"kith/internal/seal"
	"kith/internal/store"
)

// Core is what the faces and the worker call.
type Core struct {
	Gate      *gate.Gate
	Access    *access.Access
	Audit     *audit.Audit
	Directory *directory.Directory
	Signin    *signin.Signin
	Outbox    *message.Outbox
	Resources *resource.Resources // what the table faces show
}

// Config is what the core needs of its surroundings.
type Config struct {
	Master    seal.Key
	Clock     kith.Clock
	AllowTest bool // serve test companies on every listener
	Hasher    *signin.Hasher
	Pool      *signin.Pool
	Signin    signin.Config
	Blobs     blob.Store // where files lie; nil keeps them in memory
	Readers   int        // images that are read at once; 0 is 1
}

// New builds the services over a migrated store.
func New(ctx context.Context, db *store.DB, c Config) (*Core, error) {
	g := gate.New(db, c.Master)
	if c.Blobs == nil {
		c.Blobs = blob.NewMemory()
	}
	d := directory.New(g, c.Clock, c.AllowTest)
	d.KeepPictures(c.Blobs, picture.NewPool(max(1, c.Readers)), c.Signin.Issuer)
	s, err := signin.New(ctx, g, d, c.Clock, c.Hasher, c.Pool, c.Signin)
	if err != nil {
		return nil, err
	}
	a := access.New(g)
	return &Core{Gate: g, Access: a, Audit: audit.New(g, Operations()), Directory: d, Signin: s,
		Outbox: message.NewOutbox(g), Resources: resource.New(g, a, d, s, c.Clock)}, nil
}
