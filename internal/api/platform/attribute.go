package platform

import "kith/internal/web"

func (a *api) attributes(_ *web.Face) {}
