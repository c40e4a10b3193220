package platform

import (
	"context"
	"strconv"

	"kith"
	"kith/internal/web"
)

// pageInput asks for a page of a list.
type pageInput struct {
	Page     *int64 `query:"page" minimum:"1" maximum:"100000" doc:"From 1."`
	PageSize *int64 `query:"page_size" minimum:"1" maximum:"250" doc:"15 if not given."`
}

func (in pageInput) page() kith.Page {
	p := kith.Page{Number: 1, Size: kith.DefaultPageSize}
	if in.Page != nil {
		p.Number = int(*in.Page)
	}
	if in.PageSize != nil {
		p.Size = int(*in.PageSize)
	}
	return p
}

// page is one page of a list.
type page[T any] struct {
	Count    int64   `json:"count" minimum:"0" doc:"Rows in all."`
	Next     *string `json:"next" maxLength:"8192" doc:"URL of the next page."`
	Previous *string `json:"previous" maxLength:"8192" doc:"URL of the page before."`
	Results  []T     `json:"results" maxItems:"250"`
}

// pageOf shows a page. One that lies beyond the list's end is not there.
func pageOf[Row, View any](ctx context.Context, asked kith.Page, list kith.List[Row], view func(Row) View) (ok[page[View]], error) {
	if asked.Number > 1 && asked.Offset() >= list.Total {
		return ok[page[View]]{}, errNoPage
	}
	p := page[View]{Count: int64(list.Total), Results: make([]View, len(list.Rows))}
	for i, row := range list.Rows {
		p.Results[i] = view(row)
	}
	if asked.Offset()+asked.Size < list.Total {
		p.Next = link(ctx, asked.Number+1)
	}
	if asked.Number > 1 {
		p.Previous = link(ctx, asked.Number-1)
	}
	return show(p, nil)
}

var errNoPage = &kith.Error{Kind: kith.NotFound, Code: kith.CodeNotFound, Message: "There is no such page."}

// link is the URL of another page of the list that is asked for, as the client itself would write it.
func link(ctx context.Context, number int) *string {
	u := web.Address(ctx)
	query := u.Query()
	query.Set("page", strconv.Itoa(number))
	u.RawQuery = query.Encode()
	text := u.String()
	return &text
}
