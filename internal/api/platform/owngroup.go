package platform

import "kith/internal/web"

func (a *api) ownGroups(_ *web.Face) {}
