package platform

import "kith/internal/web"

func (a *api) applications(_ *web.Face) {}
