package platform

import "kith/internal/web"

func (a *api) closing(*web.Face) {}
