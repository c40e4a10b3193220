package platform

import "kith/internal/web"

func (a *api) accounts(_ *web.Face) {}
