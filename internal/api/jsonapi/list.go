package jsonapi

import (
	"context"
	"strconv"

	"kith"
	"kith/internal/core/resource"
	"kith/internal/web"
)

// oneView is a document about one row, or none.
type oneView struct {
	Data     web.Raw   `json:"data"`
	Included []web.Raw `json:"included,omitzero"`
	Links    selfLink  `json:"links"`
}

// listView is a document about a part of a list.
type listView struct {
	Links    listLinks `json:"links"`
	Data     any       `json:"data"` // resource objects or identifiers
	Included []web.Raw `json:"included,omitzero"`
	Meta     listMeta  `json:"meta"`
}

// listLinks are the links of JSON:API, and what the original says about the page in their place.
type listLinks struct {
	Self  string  `json:"self"`
	First string  `json:"first"`
	Last  *string `json:"last"`
	Prev  *string `json:"prev"`
	Next  *string `json:"next"`

	CurrentPage *int    `json:"current_page,omitzero"` // not where pages are asked for by cursor
	From        *int    `json:"from,omitzero"`         // how many rows lie before the page
	To          *int    `json:"to,omitzero"`           // and before the one after it
	PerPage     int     `json:"per_page"`
	Total       int     `json:"total"`
	LastPage    int     `json:"last_page"`
	FirstURL    string  `json:"first_page_url"`
	PrevURL     *string `json:"prev_page_url"`
	NextURL     *string `json:"next_page_url"`
	LastURL     *string `json:"last_page_url"`
}

type listMeta struct {
	Total      int  `json:"total"`
	Capped     bool `json:"capped"`
	Incomplete bool `json:"incomplete"`
}

// list shows a part of a list.
func (a *api) list(ctx context.Context, q *asked, p *resource.Page) listView {
	data := make([]web.Raw, len(p.Rows))
	for i, r := range p.Rows {
		data[i] = a.row(q.view, r)
	}
	out := a.pageOf(ctx, q, p)
	out.Data, out.Included = data, a.included(q.view, p.Included)
	return out
}

// included are the rows that came along; nil if none were asked for.
func (a *api) included(v view, rows []*resource.Row) []web.Raw {
	if len(v.include) == 0 {
		return nil
	}
	v.attributed = nil // those are relations of the primary rows
	out := make([]web.Raw, len(rows))
	for i, r := range rows {
		out[i] = a.row(v, r)
	}
	return out
}

// pageOf is a document about a page, without the rows.
func (a *api) pageOf(ctx context.Context, q *asked, p *resource.Page) listView {
	before := q.Page.Offset()
	total := p.Total
	if !q.byCursor() && len(p.Rows) > 0 {
		total = max(total, before+len(p.Rows)) // a capped count may be passed by
	}
	out := listView{Meta: listMeta{total, p.Capped, p.Incomplete}}
	l := &out.Links
	l.Self = q.link(ctx, nil)
	l.PerPage, l.Total, l.LastPage = q.Page.Size, total, max(1, (total+q.Page.Size-1)/q.Page.Size)
	l.First = q.link(ctx, pairs{{"page[number]", "1"}})
	if !p.Capped && !p.Incomplete && q.reaches(l.LastPage) {
		l.Last = q.numbered(ctx, l.LastPage)
	}
	if q.byCursor() {
		l.Next, l.Prev = q.cursor(ctx, "page[after]", p.Next), q.cursor(ctx, "page[before]", p.Previous)
	} else {
		number, to := q.Page.Number, min(before+len(p.Rows), total)
		from := min(before, to)
		l.CurrentPage, l.From, l.To = &number, &from, &to
		switch more := number < l.LastPage || p.Capped && p.Next != ""; {
		case p.Incomplete, more && !q.reaches(number+1):
			l.Next = q.cursor(ctx, "page[after]", p.Next)
		case more:
			l.Next = q.numbered(ctx, number+1)
		}
		if number > 1 {
			l.Prev = q.numbered(ctx, min(number-1, l.LastPage))
		}
	}
	l.FirstURL, l.PrevURL, l.NextURL, l.LastURL = l.First, l.Prev, l.Next, l.Last
	return out
}

// numbered is the link to a page by its number.
func (q *asked) numbered(ctx context.Context, number int) *string {
	link := q.link(ctx, pairs{{"page[number]", strconv.Itoa(number)}})
	return &link
}

// reaches reports whether a page may be asked for by its number.
func (q *asked) reaches(number int) bool {
	return kith.Page{Number: number, Size: q.Page.Size}.Offset() <= resource.MaxByNumber
}

// cursor is the link to the page before or after a place; nil where there is none.
func (q *asked) cursor(ctx context.Context, parameter, place string) *string {
	if place == "" {
		return nil
	}
	link := q.link(ctx, pairs{{parameter, place}})
	return &link
}

// paging are the parameters of which one place in a list is told by one.
var paging = []string{"page[number]", "page[after]", "page[before]"}

// link is the address of another page of the list that is asked for; of this one where none is set.
func (q *asked) link(ctx context.Context, page pairs) string {
	u := web.Address(ctx)
	if page != nil {
		u.RawQuery = q.pairs.with(page, paging...)
	}
	return u.String()
}
