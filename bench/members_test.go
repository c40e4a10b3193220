package bench

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"
)

// share is how many of a company's users its member may see: one in so many.
const share = 100

// memberLists asks both crowds for the list of 10 as a member who may see one row of a hundred, because these are linked to
// a group of theirs.
func memberLists(b *testing.B, on engine, many, few *crowd) {
	b.Helper()
	const rounds, probes = 9, 150
	large, small := watching(b, many), watching(b, few)
	for round := range rounds + 1 {
		first, second := large, small
		if round%2 == 1 {
			first, second = second, first
		}
		if round == 0 { // it warmed up
			first.probe(b, probes)
			second.probe(b, probes)
			large.forget()
			small.forget()
			continue
		}
		first.probe(b, probes)
		second.probe(b, probes)
	}
	slow, fast := millis(quantile(large.waits, 0.99)), millis(quantile(small.waits, 0.99))
	promise(b, figure{name: fmt.Sprintf("list of 10 as a member who sees 1 %%, %s, of %d users beside %d: p99", on.name, many.users, few.users),
		got: slow / fast, most: 3, detail: fmt.Sprintf("%.1f and %.1f ms; p50 %.1f and %.1f ms", slow, fast, millis(median(large.waits)), millis(median(small.waits)))})
}

// watching makes a group whose members may view one user of a hundred, and asks for the list as one of its members.
func watching(b *testing.B, c *crowd) *asking {
	b.Helper()
	type row struct{ ID string }
	group := table[row](b, c, "POST", "/api/usergroup", c.token, document("usergroup", map[string]any{"name": "watchers"}))
	type person struct {
		Token string
		User  row
	}
	member := once[person](b, c.kith.address, post("/3/auth/register/", map[string]any{"company": slug, "email": "watcher@watch.example", "password": password}))
	link := func(user string, permission int64) {
		table[row](b, c, "POST", "/api/"+joinTable, c.token, document(joinTable, map[string]any{"user_account_id": user, "usergroup_id": group.ID, "permission": permission}))
	}
	link(member.User.ID, 0)
	const groupView = 32768
	seen := 0
	for page := "/api/user_account?page[size]=500"; page != ""; {
		list := answered(b, c, tableRequest("GET", page, c.token, nil))
		var rows struct {
			Data  []row
			Links struct{ Next *string }
		}
		if err := json.Unmarshal(list, &rows); err != nil {
			b.Fatal(err)
		}
		for _, u := range rows.Data {
			if seen++; seen%share == 0 {
				link(u.ID, groupView)
			}
		}
		page = ""
		if rows.Links.Next != nil && len(rows.Data) > 0 {
			page = "/api/user_account?page[size]=500&page[after]=" + rows.Data[len(rows.Data)-1].ID
		}
	}
	w := wires(b, c.kith.address, tableRequest("GET", "/api/user_account?page[size]=10", member.Token, nil), 1)
	return &asking{side: side{process: c.kith, wires: w}, rows: 10}
}

const joinTable = "user_account_user_account_id_has_usergroup_usergroup_id"

func document(name string, attributes map[string]any) map[string]any {
	return map[string]any{"data": map[string]any{"type": name, "attributes": attributes}}
}

// tableRequest is a request of the table API.
func tableRequest(method, path, token string, body any) []byte {
	head := fmt.Sprintf("%s %s HTTP/1.1\r\nHost: localhost\r\nUser-Agent: bench\r\nAuthorization: Bearer %s\r\n", method, path, token)
	if body == nil {
		return []byte(head + "\r\n")
	}
	text, err := json.Marshal(body)
	if err != nil {
		panic(err) // ours are maps
	}
	return fmt.Appendf(nil, "%sContent-Type: application/vnd.api+json\r\nContent-Length: %d\r\n\r\n%s", head, len(text), text)
}

// answered sends one request and gives what came back, which has to be good.
func answered(b *testing.B, c *crowd, request []byte) []byte {
	b.Helper()
	w, err := dial(c.kith.address, request)
	if err != nil {
		b.Fatal(err)
	}
	defer w.close()
	for {
		got, err := w.send()
		switch {
		case err != nil:
			b.Fatal(err)
		case got.status == 429:
			time.Sleep(100 * time.Millisecond)
			continue
		case got.status >= 300:
			b.Fatalf("%d: %s\n%s", got.status, got.body, request)
		}
		return got.body
	}
}

// table sends a document and reads the row that came of it.
func table[Row any](b *testing.B, c *crowd, method, path, token string, body any) Row {
	b.Helper()
	var out struct{ Data Row }
	if err := json.Unmarshal(answered(b, c, tableRequest(method, path, token, body)), &out); err != nil {
		b.Fatal(err)
	}
	return out.Data
}
