package gate

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"

	"kith"
	"kith/internal/seal"
)

// useCursor is what the key of cursors is derived for.
const useCursor = "kith cursor"

var errCursor = kith.BadField("cursor", kith.CodeBadFormat,
	"This cursor is not one of this list. Follow the links as they are, or begin again without it.")

// SealCursor writes a place in a list for a client to bring back: what it says can be neither read nor
// made. purpose names the list and all that narrows it.
func (tx *Tx) SealCursor(ctx context.Context, purpose string, place []byte) (string, error) {
	key, err := tx.cursorKey(ctx)
	if err != nil {
		return "", err
	}
	return cursorText.EncodeToString(key.Seal(place, cursorPlace(tx, purpose))), nil
}

// OpenCursor reads what SealCursor wrote for the same purpose and company. It fails with Invalid for
// anything else.
func (tx *Tx) OpenCursor(ctx context.Context, purpose, cursor string) ([]byte, error) {
	sealed, err := cursorText.DecodeString(cursor)
	if err != nil || strings.ContainsAny(cursor, "\r\n") { // which base64 passes over
		return nil, errCursor
	}
	key, err := tx.cursorKey(ctx)
	if err != nil {
		return nil, err
	}
	place, err := key.Open(sealed, cursorPlace(tx, purpose))
	if err != nil {
		return nil, errCursor
	}
	return place, nil
}

// cursorText is strict, so that no cursor has two spellings.
var cursorText = base64.RawURLEncoding.Strict()

func (tx *Tx) cursorKey(ctx context.Context) (seal.Key, error) {
	root, err := tx.rootKey(ctx)
	if err != nil {
		return nil, err
	}
	return root.Derive(nil, useCursor), nil
}

func cursorPlace(tx *Tx, purpose string) string {
	return fmt.Sprintf("cursor/%d/%s", tx.By.CompanyID(), purpose)
}
