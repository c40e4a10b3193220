package jsonapi

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"kith"
	"kith/internal/core/resource"
	"kith/internal/store/dbtest"
	"kith/internal/web"
)

// rival is an id or a name of another company, and one of the same shape that nobody has.
type rival struct{ theirs, nobodys string }

const stranger = "01890000-0000-7000-8000-000000000000"

// strangers are ids that nobody has, by table.
func strangers(t *resource.Table) string {
	switch {
	case t.Join:
		return strangersOf(t.Relations[0].Table) + "." + stranger
	default:
		return strangersOf(t.Name)
	}
}

func strangersOf(table string) string {
	if table == "email" || table == "mobile" {
		return "9000000000000000"
	}
	return stranger
}

// neighbour is a company, and what there is in it for others to ask about.
type neighbour struct {
	h     *house
	slug  string
	boss  someone
	staff map[string]someone // by role
	rows  belongings         // of ada's, who is one of them
	words []string           // that tell of it, wherever they are seen
	taken int                // names that it has, and others may have
}

func newNeighbour(h *house, slug string) *neighbour {
	h.t.Helper()
	n := &neighbour{h: h, slug: slug, boss: h.boss(slug), staff: map[string]someone{}}
	n.staff["owner"] = n.boss
	n.rows = h.settle(slug, n.boss, "ada-"+slug)
	n.staff["ada"] = n.rows.of
	for _, role := range []string{kith.GroupAdmin, kith.GroupManager, kith.GroupSupport} {
		p := h.member(slug, role+"-"+slug)
		n.boss.platform("POST", "/3/admin/users/"+p.id+"/groups/", fmt.Sprintf(`{"group":%q}`, role)).want(http.StatusCreated)
		n.staff[role] = p
	}
	n.words = append(slices.Collect(maps.Values(n.rows.ids)), slug, n.boss.id, n.rows.spare)
	return n
}

// others are rows of another company to ask about where one of a table is wanted.
func (n *neighbour) others(t *resource.Table, other *neighbour) []rival {
	nobodys := strangers(t)
	list := []rival{{other.rows.ids[t.Name], nobodys}}
	switch {
	case t.Join: // a link of one company's row to the other's group is neither's
		left := t.Relations[0].Table
		list = append(list, rival{n.rows.ids[left] + "." + other.rows.ids["usergroup"], n.rows.ids[left] + "." + stranger},
			rival{other.rows.ids[left] + "." + n.rows.ids["usergroup"], strangersOf(left) + "." + n.rows.ids["usergroup"]})
	case t.Name == "user_account":
		list = append(list, rival{other.boss.id, nobodys})
	case t.Name == "usergroup": // homes, too
		list = append(list, rival{other.rows.of.id, nobodys}, rival{other.rows.spare, nobodys})
	}
	return list
}

// called are values of a field of another company's rows; none where a field names nothing.
func (n *neighbour) called(f resource.Field, t *resource.Table, other *neighbour) []rival {
	named := func(name func(slug string) string) []rival { return []rival{{name(other.slug), name("zzzzz")}} }
	switch {
	case f.Name == resource.OwnerRelation:
		return []rival{{other.rows.of.id, stranger}, {other.boss.id, stranger}}
	case f.Name == resource.GroupRelation:
		return []rival{{other.rows.ids["usergroup"], stranger}}
	case f.Name == "reference_id":
		return n.others(t, other)
	case f.Type == resource.ID: // of a link
		return []rival{{other.rows.ids[strings.TrimSuffix(f.Name, "_id")], strangersOf(strings.TrimSuffix(f.Name, "_id"))}}
	case f.Type == resource.Email:
		return named(func(slug string) string { return "ada-" + slug + "@x.example" })
	case f.Type == resource.Mobile:
		return []rival{{other.h.mobileOf(other.rows), "+27830999999"}}
	case f.Name == "name" && t.Name == "usergroup":
		return append(named(func(slug string) string { return "circle of ada-" + slug }), named(func(slug string) string { return "Home group for ada-" + slug })...)
	case f.Name == "name":
		return named(func(slug string) string { return "ada-" + slug })
	default:
		return nil
	}
}

// free is a value of a unique field that somebody in the company has, and that others may have as well: it tells of
// nobody. Nobody else is asked for it.
func (n *neighbour) free(f resource.Field) []rival {
	n.h.t.Helper()
	n.taken++
	switch f.Type {
	case resource.Email:
		n.h.member(n.slug, fmt.Sprint("taken", n.taken))
		return []rival{{fmt.Sprintf("taken%d@x.example", n.taken), fmt.Sprintf("free%d@x.example", n.taken)}}
	case resource.Mobile:
		theirs := fmt.Sprintf("+2783%07d", 5_000_000+n.taken)
		n.h.member(n.slug, fmt.Sprint("taken", n.taken)).makes(mobiles, row("mobile", "", fmt.Sprintf(`"mobile":%q`, theirs)))
		return []rival{{theirs, fmt.Sprintf("+2783%07d", 6_000_000+n.taken)}}
	default:
		n.boss.group(fmt.Sprint("taken ", n.taken))
		return []rival{{fmt.Sprint("taken ", n.taken), fmt.Sprint("free ", n.taken)}}
	}
}

// beside is an id next to another, where a list that goes on from there goes on alike.
func beside(id string) string {
	last := id[len(id)-1]
	next := map[byte]byte{'9': '8', 'f': 'e'}[last]
	if next == 0 {
		next = last + 1
	}
	return id[:len(id)-1] + string(next)
}

// places are ids of another company's rows as places in a list.
func places(ids []rival) []rival {
	var list []rival
	for _, id := range ids {
		list = append(list, rival{id.theirs, beside(id.theirs)})
	}
	return list
}

// mobileOf is the number of somebody's row of mobile.
func (h *house) mobileOf(b belongings) string {
	h.t.Helper()
	return b.of.do("GET", mobiles+"/"+b.ids["mobile"], "").want(http.StatusOK).text("data.attributes.mobile")
}

// probe is one request, made twice: with what is another company's, and with what is nobody's.
type probe struct {
	route web.Listing
	where string // that is put into
	who   string
	ids   []rival
	send  func(id string) errand
}

// What an answer says that is never twice the same.
var passing = []*regexp.Regexp{regexp.MustCompile(uuid), regexp.MustCompile(`\d{9,}`), regexp.MustCompile(`\d{4}-\d\d-\d\dT[\d:.]+Z`), regexp.MustCompile(`(?i)(new|another) ?\d+`)}

// compare makes a probe and wants to be told the same.
func (n *neighbour) compare(p probe, id rival, other *neighbour) {
	n.h.t.Helper()
	tell := func(id string) string {
		a := p.send(id).do(p.route)
		body := a.Body.String()
		for _, form := range []string{id, url.QueryEscape(id), url.QueryEscape(url.QueryEscape(id)), url.PathEscape(id)} {
			body = strings.ReplaceAll(body, form, "{sent}")
		}
		for _, word := range other.words {
			if strings.Contains(body, word) {
				n.h.t.Errorf("%s, %s, by %s: the answer tells of another company: %.600s", p.route, p.where, p.who, body)
			}
		}
		if a.Code >= http.StatusInternalServerError {
			n.h.t.Errorf("%s, %s, by %s: %d %s", p.route, p.where, p.who, a.Code, body)
		}
		for _, pattern := range passing {
			body = pattern.ReplaceAllString(body, "{passing}")
		}
		return fmt.Sprint(a.Code, " ", len(a.Header()), " ", body)
	}
	if theirs, nobodys := tell(id.theirs), tell(id.nobodys); theirs != nobodys {
		from := 0
		for from < min(len(theirs), len(nobodys)) && theirs[from] == nobodys[from] {
			from++
		}
		from = max(0, from-100)
		n.h.t.Errorf("%s, %s, by %s: what is another company's gets\n%.400s\nwant, as for what is nobody's,\n%.400s", p.route, p.where, p.who, theirs[from:], nobodys[from:])
	}
}

// asking asks with a query that a list takes.
func asking(e errand, query url.Values) errand {
	path, _, _ := strings.Cut(e.path, "?")
	e.path = path + "?" + query.Encode()
	return e
}

// where is a condition.
func where(column, operator, value string) url.Values {
	return url.Values{"query": {fmt.Sprintf(`[{"column":%q,"operator":%q,"value":%q}]`, column, operator, value)}}
}

// probes are all requests of a route into which an id can be put, with the ids.
func (n *neighbour) probes(r web.Listing, other *neighbour) []probe {
	h, s := n.h, n.h.siteOf(r)
	var all []probe
	add := func(who, where string, ids []rival, send func(e errand, id string) errand) {
		all = append(all, probe{r, where, who, ids, func(id string) errand { return send(h.errand(r, n.staff[who], n.rows), id) }})
	}
	switch {
	case s.action != nil:
		n.intoAction(s.action, other, add)
	case s.table == nil:
	case s.id:
		for _, who := range slices.Sorted(maps.Keys(n.staff)) {
			add(who, "path", n.others(s.table, other), func(e errand, id string) errand {
				e.path = strings.Replace(r.Path, "{id}", id, 1)
				if strings.HasSuffix(r.Path, "/why") {
					e.path += "?actor=" + n.rows.of.id
				}
				return e
			})
		}
	}
	if s.table == nil {
		return all
	}
	if strings.HasSuffix(r.Path, "/why") {
		people := []rival{{other.rows.of.id, stranger}, {"ada-" + other.slug + "@x.example", "ada-zzzzz@x.example"}, {h.mobileOf(other.rows), "+27830999999"}}
		add("owner", "actor", people, func(e errand, id string) errand { return asking(e, url.Values{"actor": {id}}) })
	}
	if r.Method == "GET" && (!s.id || s.relation != "") {
		n.intoList(s, other, add)
	}
	if s.linkage && r.Method != "GET" {
		relation, _ := s.table.Relation(s.relation)
		to := h.core.Resources.Table(relation.Table)
		for _, who := range []string{"owner", "ada"} {
			add(who, "linkage", n.others(to, other), func(e errand, id string) errand {
				e.body = refs(to.Name, id)
				return e
			})
		}
	}
	if !s.linkage && (r.Method == "POST" || r.Method == "PATCH") {
		n.intoRow(r, s, other, add)
	}
	return all
}

type adder func(who, where string, ids []rival, send func(e errand, id string) errand)

// intoAction puts into each input, and the id of the row, what may be another company's. What anybody may call themself
// has its own name each time.
func (n *neighbour) intoAction(a *resource.Action, other *neighbour, add adder) {
	inputs := a.In
	if a.Instance {
		inputs = append(slices.Clone(inputs), resource.Parameter{Field: resource.Field{Name: a.Table + "_id", Type: resource.ID}})
	}
	for _, p := range inputs {
		ids := n.called(p.Field, n.h.core.Resources.Table("user_account"), other)
		switch p.Name {
		case "otp": // the link that the other company's ada was mailed
			n.h.guest(other.slug).quiet("POST", "/action/user_account/reset-password", fmt.Sprintf(`{"email":"ada-%s@x.example"}`, other.slug))
			if list := n.h.letters("ada-" + other.slug + "@x.example"); len(list) > 0 {
				if found := resetLink.FindStringSubmatch(list[0].Text); found != nil {
					ids = []rival{{found[2], strings.Repeat("0", len(found[2]))}}
				}
			}
		case "name":
			ids = nil
		}
		if a.Name == "signup" || a.Name == "register_otp" && p.Type == resource.Mobile {
			if ids != nil {
				ids = other.free(p.Field)
			}
		}
		if a.Name == "signin" && p.Name == "email" {
			ids = append(ids, rival{"owner@" + other.slug + ".example", "owner@zzzzz.example"})
		}
		add("ada", "input "+p.Name, ids, func(e errand, id string) errand {
			was := regexp.MustCompile(fmt.Sprintf(`%q:"[^"]*"`, p.Name))
			e.body = was.ReplaceAllLiteralString(e.body, fmt.Sprintf("%q:%q", p.Name, id))
			return e
		})
	}
}

// intoList puts into conditions, searches and places of pages what is another company's.
func (n *neighbour) intoList(s site, other *neighbour, add adder) {
	t := s.table
	if relation, is := t.Relation(s.relation); is {
		if !relation.Many {
			return
		}
		t = n.h.core.Resources.Table(relation.Table)
	}
	add("owner", "page[after]", places(n.others(t, other)), func(e errand, id string) errand { return asking(e, url.Values{"page[after]": {id}}) })
	add("owner", "page[before]", places(n.others(t, other)), func(e errand, id string) errand { return asking(e, url.Values{"page[before]": {id}}) })
	if s.linkage {
		return
	}
	for _, f := range columnsOf(t) {
		ids := n.called(f.Field, t, other)
		if f.Secret {
			continue
		}
		for _, operator := range []string{"is", "in", "is not", "begins with"} {
			for _, who := range []string{"owner", "ada"} {
				add(who, operator+" "+f.Name, ids, func(e errand, id string) errand { return asking(e, where(f.Name, operator, id)) })
			}
		}
		if f.Type != resource.ID {
			add("owner", "filter by "+f.Name, ids, func(e errand, id string) errand { return asking(e, url.Values{"filter": {id}}) })
		}
	}
}

// intoRow puts into each attribute and relationship of a row what is another company's.
func (n *neighbour) intoRow(r web.Listing, s site, other *neighbour, add adder) {
	t := s.table
	fields := append(slices.Clone(t.Fields), resource.Standard...)
	if t.Owned && !slices.ContainsFunc(fields, func(f resource.Field) bool { return f.Name == resource.OwnerRelation }) {
		fields = append(fields, resource.Field{Name: resource.OwnerRelation, Type: resource.ID})
	}
	for _, f := range fields {
		if f.Secret {
			continue
		}
		who, ids := "owner", n.called(f, t, other)
		switch {
		case f.Unique && f.Write != resource.Never: // what another company has is free here
			who, ids = "ada", other.free(f) // staff's change would end her session
		case f.Name == "name":
			continue // which is no name for kith
		}
		add(who, "attribute "+f.Name, ids, func(e errand, id string) errand {
			text := regexp.MustCompile(fmt.Sprintf(`%q:"[^"]*",?`, f.Name)).ReplaceAllString(e.body, "")
			e.body = strings.Replace(text, `"attributes":{`, fmt.Sprintf(`"attributes":{%q:%q,`, f.Name, id), 1)
			e.body = strings.ReplaceAll(e.body, ",}", "}")
			return e
		})
	}
	for _, relation := range t.AllRelations() {
		to := n.h.core.Resources.Table(relation.Table)
		add("owner", "relationship "+relation.Name, n.others(to, other), func(e errand, id string) errand {
			named := refs(to.Name, id)
			if !relation.Many {
				named = strings.NewReplacer("[", "", "]", "").Replace(named)
			}
			e.body = strings.Replace(e.body, `"attributes":{`, fmt.Sprintf(`"relationships":{%q:%s},"attributes":{`, relation.Name, named), 1)
			return e
		})
	}
	add("owner", "id in the body", n.others(t, other), func(e errand, id string) errand {
		e.body = regexp.MustCompile(`"id":"[^"]*",`).ReplaceAllString(e.body, "")
		e.body = strings.Replace(e.body, `"attributes":{`, fmt.Sprintf(`"id":%q,"attributes":{`, id), 1)
		return e
	})
}

// TestRowIsolation: whatever id or name of another company a caller sends, wherever one can be put, the answer is the
// one to what nobody has; it tells nothing of that company, and nothing happens in it (T60, T61).
func TestRowIsolation(t *testing.T) {
	bothEngines(t, func(t *testing.T, h *house) {
		h.t = t
		mine, other := newNeighbour(h, "miner"), newNeighbour(h, "theirs")
		mine.own(t)
		tried := 0
		for _, r := range h.face.Routes() {
			probes := mine.probes(r, other)
			before := dbtest.Dump(t, h.db).Of(other.slug)
			for _, p := range probes {
				for _, id := range p.ids {
					tried++
					mine.compare(p, id, other)
				}
			}
			if len(probes) == 0 {
				continue
			}
			if got := dbtest.Changed(before, dbtest.Dump(t, h.db).Of(other.slug)); len(got) > 0 {
				t.Errorf("%s wrote in another company: %v", r, got)
			}
		}
		if t.Logf("%d foreign ids tried", tried); tried < 1000 {
			t.Errorf("only %d foreign ids were tried", tried)
		}
	})
}

// own is the control: what is one's own is found by the same conditions.
func (n *neighbour) own(t *testing.T) {
	t.Helper()
	for _, table := range n.h.core.Resources.Tables() {
		for _, f := range columnsOf(table) {
			ids := n.called(f.Field, table, n)
			unowned := f.Name == resource.OwnerRelation && !table.Owned && table.Name != linkTable("user_account")
			other := f.Name == "mobile" && table.Name == "user_account" // the number is that of ada's other one
			if f.Secret || len(ids) == 0 || unowned || other {
				continue
			}
			if list := n.boss.ids("/api/" + table.Name + "?" + where(f.Name, "is", ids[0].theirs).Encode()); len(list) == 0 {
				t.Errorf("%s: one's own %s %q finds nothing", table.Name, f.Name, ids[0].theirs)
			}
		}
	}
}
