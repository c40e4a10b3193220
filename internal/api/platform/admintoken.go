package platform

import "kith/internal/web"

func (a *api) adminTokens(_ *web.Face) {}
