package gate

import (
	"crypto/rand"
	"fmt"
	"math/big"
	"time"

	"kith"
)

// NewUserID makes an id for a user added now.
func (tx *Tx) NewUserID() kith.UserID { return kith.NewID[kith.User](tx.Now, tx.gate.Random) }

// NewGroupID makes an id for a group added now.
func (tx *Tx) NewGroupID() kith.GroupID { return kith.NewID[kith.Group](tx.Now, tx.gate.Random) }

// NewSessionID makes an id for a session begun now.
func (tx *Tx) NewSessionID() kith.SessionID { return kith.NewID[kith.Session](tx.Now, tx.gate.Random) }

// NewFileID makes an id for a file written now.
func (g *Gate) NewFileID(now time.Time) kith.FileID { return kith.NewID[kith.File](now, g.Random) }

// NewSerial makes a number for a sub-resource added now.
func (tx *Tx) NewSerial() kith.Serial { return kith.NewSerial(tx.Now, tx.gate.Random) }

// Digits draws a decimal number of n digits, the first of them not 0.
func (tx *Tx) Digits(n int) (string, error) {
	low := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n-1)), nil)
	drawn, err := rand.Int(tx.gate.Random, new(big.Int).Mul(low, big.NewInt(9)))
	if err != nil {
		return "", fmt.Errorf("draw %d digits: %w", n, err)
	}
	return drawn.Add(drawn, low).String(), nil
}
