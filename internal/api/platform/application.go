package platform

import (
	"context"
	"net/http"
	"time"

	"kith"
	"kith/internal/core/directory"
	"kith/internal/web"
)

type applicationView struct {
	ID        int64    `json:"id"`
	Name      string   `json:"name" maxLength:"100"`
	Origins   []string `json:"origins" maxItems:"50" doc:"Web origins whose pages may call the API for the company."`
	Redirects []string `json:"redirects" maxItems:"50" doc:"URLs that sign-ins may lead back to."`
	Audience  *string  `json:"audience" maxLength:"200" doc:"Whom tokens for others are meant for."`
	TokenLife *int64   `json:"token_life" doc:"Seconds that its access tokens live; null as the company has it."`
	Created   int64    `json:"created" doc:"Unix milliseconds."`
	Updated   int64    `json:"updated" doc:"Unix milliseconds."`
}

func applicationOf(app *kith.Application) applicationView {
	view := applicationView{ID: int64(app.ID), Name: app.Name, Origins: app.Origins, Redirects: app.Redirects,
		Audience: null(&app.Audience), Created: app.CreatedAt.UnixMilli(), Updated: app.UpdatedAt.UnixMilli()}
	if app.TokenLife > 0 {
		seconds := int64(app.TokenLife / time.Second)
		view.TokenLife = &seconds
	}
	return view
}

func (a *api) applications(f *web.Face) {
	const list, one = "/3/admin/applications/", "/3/admin/applications/{application_id}/"
	web.Handle(f, route("GET", list, directory.OpViewApplications, "List the company's own apps"), a.listApplications)
	add := route("POST", list, directory.OpAddApplication, "Add an app")
	add.Status = http.StatusCreated
	web.Handle(f, add, a.addApplication)
	web.Handle(f, route("GET", one, directory.OpViewApplications, "One of the company's own apps"), a.getApplication)
	for _, method := range []string{"PATCH", "PUT"} {
		web.Handle(f, route(method, one, directory.OpChangeApplication, "Change an app"), a.changeApplication)
	}
	web.Handle(f, route("DELETE", one, directory.OpDeleteApplication, "Delete an app and end its sessions"), a.deleteApplication)
}

func (a *api) listApplications(ctx context.Context, in pageInput) (ok[page[applicationView]], error) {
	list, err := a.core.Directory.ApplicationPage(ctx, web.Actor(ctx), in.page())
	if err != nil {
		return ok[page[applicationView]]{}, err
	}
	return pageOf(ctx, in.page(), list, applicationOf)
}

type applicationFieldsInput struct {
	Name      *string         `json:"name" maxLength:"100"`
	Origins   *[]string       `json:"origins" maxItems:"50" maxLength:"200" doc:"As browsers send them, such as https://app.example.com."`
	Redirects *[]string       `json:"redirects" maxItems:"50" maxLength:"2000" doc:"https URLs, http ones on this machine, or ones of an app's own scheme."`
	Audience  web.Opt[string] `json:"audience" maxLength:"200"`
	TokenLife web.Opt[int64]  `json:"token_life" minimum:"1" maximum:"2678400" doc:"Seconds; null as the company has it."`
}

func (in applicationFieldsInput) change() directory.ApplicationChange {
	change := directory.ApplicationChange{Name: in.Name, Audience: given(in.Audience), Origins: in.Origins, Redirects: in.Redirects}
	if in.TokenLife.Set {
		life := time.Duration(in.TokenLife.Value) * time.Second
		change.TokenLife = &life
	}
	return change
}

type addApplicationInput struct {
	Body struct{ applicationFieldsInput }
}

func (a *api) addApplication(ctx context.Context, in addApplicationInput) (ok[applicationView], error) {
	app, err := a.core.Directory.AddApplication(ctx, web.Actor(ctx), in.Body.change())
	if err != nil {
		return ok[applicationView]{}, err
	}
	return show(applicationOf(app), nil)
}

type applicationInput struct {
	ID int64 `path:"application_id" minimum:"1"`
}

func (a *api) getApplication(ctx context.Context, in applicationInput) (ok[applicationView], error) {
	app, err := a.core.Directory.Application(ctx, web.Actor(ctx), kith.Serial(in.ID))
	if err != nil {
		return ok[applicationView]{}, err
	}
	return show(applicationOf(app), nil)
}

type changeApplicationInput struct {
	applicationInput
	Body struct {
		applicationFieldsInput
		ReadOnly web.Extra `json:"-"`
	}
}

func (a *api) changeApplication(ctx context.Context, in changeApplicationInput) (ok[applicationView], error) {
	change := in.Body.change()
	change.Check = func(app *kith.Application) error { return unchanged(in.Body.ReadOnly, applicationOf(app)) }
	app, err := a.core.Directory.ChangeApplication(ctx, web.Actor(ctx), kith.Serial(in.ID), change)
	if err != nil {
		return ok[applicationView]{}, err
	}
	return show(applicationOf(app), nil)
}

func (a *api) deleteApplication(ctx context.Context, in applicationInput) (done, error) {
	return success, a.core.Directory.DeleteApplication(ctx, web.Actor(ctx), kith.Serial(in.ID))
}
