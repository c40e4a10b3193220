package platform

import "kith/internal/web"

func (a *api) audit(_ *web.Face) {}
