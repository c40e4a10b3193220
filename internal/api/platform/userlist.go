package platform

import "kith/internal/web"

func (a *api) userList(_ *web.Face) {}
