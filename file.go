package kith

import "time"

// File is something that a company keeps outside the database, where its bytes lie under the file's id.
type File struct {
	ID        FileID
	Media     Media
	Size      int64 // bytes
	CreatedAt time.Time
}

// Media is what kind of thing a file is. The numbers are stored.
type Media uint8

// The media that are kept.
const (
	JPEG Media = iota + 1
	PNG
)

// Type is the media type (RFC 6838) that a file of this kind is served as.
func (m Media) Type() string { return [...]string{JPEG: "image/jpeg", PNG: "image/png"}[m] }

// Suffix is how names of such files end.
func (m Media) Suffix() string { return [...]string{JPEG: ".jpg", PNG: ".png"}[m] }
