package wording_test

import (
	"testing"

	"kith"
	"kith/internal/core/wording"
)

func TestCheckURL(t *testing.T) {
	if err := wording.CheckURL("", 5); err != nil {
		t.Errorf("empty is refused: %v", err)
	}
	if err := wording.CheckURL("https://é.example", 17); err != nil {
		t.Errorf("17 code points of 17 are refused: %v", err)
	}
	if err := wording.CheckURL("https://é.example", 16); kith.AsError(err).Code != kith.CodeTooLong {
		t.Errorf("17 code points of 16: %v", err)
	}
	if err := wording.CheckURL("ftp://example.org", 50); kith.AsError(err).Code != kith.CodeBadFormat {
		t.Errorf("ftp: %v", err)
	}
}
