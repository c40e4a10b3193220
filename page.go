package kith

// Page asks for one page of a list. Number counts from 1.
type Page struct {
	Number int
	Size   int
}

// DefaultPageSize is Page.Size where nobody says.
const DefaultPageSize = 15

// Offset is how many rows lie before the page.
func (p Page) Offset() int { return (p.Number - 1) * p.Size }

// List is one page of rows and how many there are in all.
type List[Row any] struct {
	Rows  []Row
	Total int
}
