package platform

import "kith/internal/web"

func (a *api) currencies(_ *web.Face) {}
