package platform

import "kith/internal/web"

func (a *api) pictures(*web.Face) {}
