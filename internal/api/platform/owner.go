package platform

import "kith/internal/web"

func (a *api) owner(_ *web.Face) {}
