package platform

import "kith/internal/web"

func (a *api) adminUsers(_ *web.Face) {}
