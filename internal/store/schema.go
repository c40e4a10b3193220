package store

import (
	"context"
	"encoding/json"

	"kith"
)

type schemas struct{ tx *Tx }

// attributeSchema is the JSON column of a company that holds the schema in force.
type attributeSchema struct {
	Version    int                     `json:"version"`
	CreatedAt  int64                   `json:"created_at"`
	Attributes map[string]ownAttribute `json:"attributes,omitempty"`
	Numbers    int                     `json:"numbers,omitempty"`
	Building   []int                   `json:"building,omitempty"`
	Dropping   []int                   `json:"dropping,omitempty"`
	Document   json.RawMessage         `json:"document"`
}

type ownAttribute struct {
	Read   uint8 `json:"read"`
	Write  uint8 `json:"write"`
	Number int   `json:"number,omitempty"`
	Form   uint8 `json:"form,omitempty"`
}

func readAttributes(text string) (kith.AttributeSchema, error) {
	if text == "" {
		return kith.AttributeSchema{}, nil
	}
	var row attributeSchema
	err := undocument(text, &row)
	s := kith.AttributeSchema{Version: row.Version, Document: string(row.Document), CreatedAt: at(row.CreatedAt),
		Numbers: row.Numbers, Building: row.Building, Dropping: row.Dropping}
	for key, a := range row.Attributes {
		if s.Attributes == nil {
			s.Attributes = make(map[string]kith.OwnAttribute, len(row.Attributes))
		}
		s.Attributes[key] = kith.OwnAttribute{Read: kith.Sections(a.Read), Write: kith.Sections(a.Write),
			Number: a.Number, Form: kith.TermForm(a.Form)}
	}
	return s, err
}

func writeAttributes(s *kith.AttributeSchema) string {
	if s.Version == 0 {
		return ""
	}
	row := attributeSchema{Version: s.Version, CreatedAt: stamp(s.CreatedAt), Numbers: s.Numbers,
		Building: s.Building, Dropping: s.Dropping, Document: json.RawMessage(s.Document)}
	for key, a := range s.Attributes {
		if row.Attributes == nil {
			row.Attributes = make(map[string]ownAttribute, len(s.Attributes))
		}
		row.Attributes[key] = ownAttribute{uint8(a.Read), uint8(a.Write), a.Number, uint8(a.Form)}
	}
	return document(row, false)
}

// indexing reports whether the worker still has terms to write or remove.
func indexing(s *kith.AttributeSchema) bool { return len(s.Building)+len(s.Dropping) > 0 }

// Insert keeps a version of the company's schema for good. It fails with ErrExists if there is one of
// that number.
func (ss schemas) Insert(ctx context.Context, s *kith.AttributeSchema) error {
	_, err := ss.tx.exec(ctx, `INSERT INTO attribute_schemas (company_id, version, body, created_at)
		VALUES ($1, $2, $3, $4)`, s.Version, s.Document, stamp(s.CreatedAt))
	return err
}

func scanSchema(row rowScanner) (*kith.AttributeSchema, error) {
	s := new(kith.AttributeSchema)
	var created int64
	err := row.Scan(&s.Version, &s.Document, &created)
	s.CreatedAt = at(created)
	return s, err
}

// Get reads one version: its number, document and time.
func (ss schemas) Get(ctx context.Context, version int) (*kith.AttributeSchema, error) {
	return scanSchema(ss.tx.row(ctx, `SELECT version, body, created_at FROM attribute_schemas
		WHERE company_id = $1 AND version = $2`, version))
}

// List reads versions from one downwards, as Get does.
func (ss schemas) List(ctx context.Context, from, limit int) ([]*kith.AttributeSchema, error) {
	var list []*kith.AttributeSchema
	err := each(ctx, ss.tx, `SELECT version, body, created_at FROM attribute_schemas
		WHERE company_id = $1 AND version <= $2 ORDER BY version DESC LIMIT 0 + $3`, []any{from, limit}, func(row rowScanner) error {
		s, err := scanSchema(row)
		list = append(list, s)
		return err
	})
	return list, err
}

// UserTerm is a term and the user who is found by it.
type UserTerm struct {
	Term
	User kith.UserID
}

// Terms reads terms of a field, in their order: at most limit of them.
func (ss schemas) Terms(ctx context.Context, field, limit int) ([]UserTerm, error) {
	var list []UserTerm
	err := each(ctx, ss.tx, `SELECT value, user_id FROM user_terms WHERE company_id = $1 AND field = $2
		ORDER BY value, user_id LIMIT 0 + $3`, []any{field, limit}, func(row rowScanner) error {
		t := UserTerm{Term: Term{Field: field}}
		err := row.Scan(&t.Value, idDest(&t.User))
		list = append(list, t)
		return err
	})
	return list, err
}

// Described reads the ids of the next users after one: of those of them who have metadata, and of the
// last of them all, which is zero if there are none.
func (ss schemas) Described(ctx context.Context, after kith.UserID, limit int) (ids []kith.UserID, last kith.UserID, err error) {
	err = each(ctx, ss.tx, `SELECT id, metadata <> '' FROM users WHERE company_id = $1 AND id > $2
		ORDER BY id LIMIT 0 + $3`, []any{after[:], limit}, func(row rowScanner) error {
		var described bool
		if err := row.Scan(idDest(&last), &described); err != nil {
			return err
		}
		if described {
			ids = append(ids, last)
		}
		return nil
	})
	return ids, last, err
}
