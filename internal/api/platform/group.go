package platform

import "kith/internal/web"

func (a *api) adminGroups(_ *web.Face) {}
