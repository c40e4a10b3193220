package jsonapi

import (
	"slices"
	"testing"
)

// TestGroupsAreLinkedToGroups: a group is linked to the group that is named, not to itself, and what that link says is
// what the members of that group may do with it.
func TestGroupsAreLinkedToGroups(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	boss, ada, ben := h.boss("acme"), h.member("acme", "ada"), h.member("acme", "ben")
	row, readers := ada.group("row"), ada.group("readers")
	boss.join("user_account", ben.id, readers, "").want(201)
	links := groups + "/" + row + "/relationships/usergroup_id"
	ben.do("GET", groups+"/"+row, "").want(404)
	ada.do("POST", links, refs("usergroup", readers)).want(204)
	for _, who := range []someone{ada, boss} {
		if list := who.ids(groups + "/" + row + "/usergroup_id"); !slices.Equal(list, []string{readers}) {
			t.Errorf("the group is linked to %v, want %s", list, readers)
		}
		if list := who.ids(groups + "/" + readers + "/usergroup_id"); len(list) != 0 {
			t.Errorf("the other group is linked to %v", list)
		}
	}
	ben.do("GET", groups+"/"+row, "").want(200)
	ben.do("DELETE", links, refs("usergroup", readers)).want(204) // he does not see the link, which stays
	ben.do("GET", groups+"/"+row, "").want(200)
	ada.do("PATCH", links, refs("usergroup")).want(204)
	ben.do("GET", groups+"/"+row, "").want(404)
	ada.do("POST", links, refs("usergroup", ben.id)).want(400) // nobody links to the home of another
}
