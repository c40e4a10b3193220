package platform

import "kith/internal/web"

func (a *api) adminContacts(*web.Face) {}
