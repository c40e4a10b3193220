package platform

import "kith/internal/web"

func (a *api) resetting(*web.Face) {}
