package jsonapi

import (
	"net/http"
	"strings"

	"kith"
	"kith/internal/core/resource"
	"kith/internal/web"
)

// setupHeader carries what proves the right to set a company up.
const (
	setupHeader = "X-Setup-Token"
	setupInput  = "setup_token"
)

// isAction reports whether a request runs an action, whose answers have a shape of their own.
func isAction(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/action/") }

// responseView tells the client what to do next.
type responseView struct {
	ResponseType string         `json:"ResponseType"`
	Attributes   map[string]any `json:"Attributes"`
}

// notify is what an action answers that failed.
func notify(message string) []responseView {
	return []responseView{{"client.notify", map[string]any{"message": message, "title": "failed", "type": "error"}}}
}

// actions adds the routes that run actions, and the list of them.
func (a *api) actions(f *web.Face) {
	for _, action := range a.Resources.Actions() {
		serve(f, web.Route{Method: "POST", Path: "/action/" + action.Table + "/" + action.Name, MediaType: "application/json; charset=utf-8",
			Permission: action.Table + "." + kith.Execute.String(), Summary: action.Label},
			web.Spec{Body: inputSchema(action), BodyType: "application/json", Answer: refTo(responsesSchema), Failure: refTo(responsesSchema)}, a.run(action))
	}
	serve(f, web.Route{Method: "GET", Path: "/actions", MediaType: "application/json; charset=utf-8", Permission: "action." + kith.View.String(),
		Summary: "The actions that the caller may run"}, web.Spec{Answer: refTo(actionsSchema)}, a.offered)
}

func (a *api) run(action *resource.Action) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		if _, err := a.noQuery(r); err != nil {
			return err
		}
		body, err := object(r)
		if err != nil {
			return err
		}
		in, err := parseInputs(action, body)
		if err != nil {
			return err
		}
		if token := r.Header.Get(setupHeader); token != "" && in[setupInput] == nil && takes(action, setupInput) {
			in[setupInput] = token
		}
		responses, err := a.Resources.Run(r.Context(), web.Actor(r.Context()), action, in)
		if err != nil {
			return err
		}
		out := make([]responseView, len(responses))
		for i, response := range responses {
			out[i] = responseView{response.Type, response.Attributes}
		}
		return web.Write(w, http.StatusOK, "", out)
	}
}

func takes(action *resource.Action, input string) bool {
	for _, p := range action.In {
		if p.Name == input {
			return true
		}
	}
	return false
}

// actionView is an action as the original describes it.
type actionView struct {
	Name             string       `json:"Name"`
	Label            string       `json:"Label"`
	OnType           string       `json:"OnType"`
	InstanceOptional bool         `json:"InstanceOptional"`
	InFields         []columnView `json:"InFields"`
	OutFields        []any        `json:"OutFields"`
}

func viewAction(action *resource.Action) actionView {
	out := actionView{Name: action.Name, Label: action.Label, OnType: action.Table, InstanceOptional: !action.Instance,
		InFields: []columnView{}, OutFields: []any{}}
	for _, p := range action.In {
		p.Write = resource.Always // inputs are
		out.InFields = append(out.InFields, viewColumn(p.Field))
	}
	return out
}

// offered lists actions by table and name. The original's key of user_account is user.
func (a *api) offered(w http.ResponseWriter, r *http.Request) error {
	if _, err := a.noQuery(r); err != nil {
		return err
	}
	list, err := a.Resources.Offered(r.Context(), web.Actor(r.Context()))
	if err != nil {
		return err
	}
	out := map[string]actionView{}
	for _, action := range list {
		out[strings.TrimSuffix(action.Table, "_account")+":"+action.Name] = viewAction(action)
	}
	return web.Write(w, http.StatusOK, "", out)
}
