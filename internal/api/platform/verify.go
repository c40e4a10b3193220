package platform

import "kith/internal/web"

func (a *api) verification(*web.Face) {}
