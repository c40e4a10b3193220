package platform

import "kith/internal/web"

func (a *api) jwts(*web.Face) {}
