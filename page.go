package kith

// Page asks for one page of a list. Number counts from 1.
type Page struct {
	Number int
	Size   int
}

// Bounds of Page.Size on the platform face; the store takes any.
const (
	DefaultPageSize = 15
	MaxPageSize     = 250
)

// Offset is how many rows lie before the page.
func (p Page) Offset() int { return (p.Number - 1) * p.Size }

// List is one page of rows and how many there are in all.
type List[Row any] struct {
	Rows  []Row
	Total int
}
