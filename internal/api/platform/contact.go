package platform

import "kith/internal/web"

func (a *api) contacts(*web.Face) {}
