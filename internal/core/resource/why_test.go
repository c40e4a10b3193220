package resource_test

import (
	"strings"
	"testing"

	"kith"
)

// TestWhyKeepsAddresses: whoever may ask about access, and may not see users, names the actor by id and is told no more.
func TestWhyKeepsAddresses(t *testing.T) {
	c := newCast(t)
	asker := *c.actors[strangerActor]
	u := *asker.User
	u.Permissions = u.Permissions.With(kith.Permission{Section: kith.SectionAdmin, Noun: kith.NounPermission, Level: kith.LevelView})
	asker.User = &u
	mia := c.actors[memberActor].User
	for _, email := range []string{mia.Email, "nobody@x.example"} {
		_, err := c.Resources.Why(t.Context(), &asker, c.table("usergroup"), c.target.String(), email)
		if err == nil || !strings.Contains(err.Error(), "give an id") {
			t.Errorf("%q is told of: %v", email, err)
		}
	}
	w, err := c.Resources.Why(t.Context(), &asker, c.table("usergroup"), c.target.String(), mia.ID.String())
	if err != nil || w.Actor.ID != mia.ID || w.Actor.Email != "" || w.Idle != "" || len(w.Verbs) != 7 {
		t.Errorf("by id: %+v, %v", w, err)
	}
}
