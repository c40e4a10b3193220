package signin

import (
	"errors"
	"testing"
	"time"

	"kith"
	"kith/internal/core/message"
)

// TestMobileActions: a number is registered, sent a code, sent another, and verified by the code of that very number.
func TestMobileActions(t *testing.T) {
	h := newHouse(t, Config{Limits: true}, false)
	h.unclaimed(kith.Production)
	ada := h.person("ada@x.example")
	by := h.actor(ada.Token)
	const second = "+27837654321"
	if err := h.SendMobileCode(t.Context(), by, ""); kith.AsError(err).Code != kith.CodeNotFound {
		t.Errorf("no number: %v", err)
	}
	h.must(h.RegisterMobile(t.Context(), by, "+27 83 123 4567"))
	first := h.code(number)
	h.clock.move(time.Second)                         // so that the newest code is the newest
	h.must(h.RegisterMobile(t.Context(), by, number)) // another code, and no conflict
	h.clock.move(time.Second)
	h.must(h.SendMobileCode(t.Context(), by, ""))
	if h.count(number, message.VerifyMobile) != 3 {
		t.Errorf("%d codes were sent", h.count(number, message.VerifyMobile))
	}
	newest := h.code(number)
	for newest == first { // one draw in a million
		h.clock.move(time.Second)
		h.must(h.SendMobileCode(t.Context(), by, ""))
		newest = h.code(number)
	}
	for _, bad := range []struct{ number, code string }{{number, first}, {second, newest}, {number, ""}} {
		if err := h.VerifyMobileNumber(t.Context(), by, bad.number, bad.code); !errors.Is(err, errCode) {
			t.Errorf("%v: %v", bad, err)
		}
	}
	if err := h.VerifyMobileNumber(t.Context(), by, "12", newest); kith.AsError(err).Field != "mobile" {
		t.Errorf("no number: %v", err)
	}
	h.must(h.VerifyMobileNumber(t.Context(), by, "+27 (83) 123-4567", newest))
	if by = h.actor(ada.Token); by.User.Mobile != number || !by.User.MobileVerified {
		t.Errorf("%+v", by.User)
	}
	for name, again := range map[string]error{"verifying": h.VerifyMobileNumber(t.Context(), by, number, newest), "sending": h.SendMobileCode(t.Context(), by, number),
		"registering": h.RegisterMobile(t.Context(), by, number), "another's code": h.SendMobileCode(t.Context(), by, second), "nonsense": h.RegisterMobile(t.Context(), by, "12")} {
		if kith.AsError(again).Kind != kith.Invalid {
			t.Errorf("%s once it is verified: %v", name, again)
		}
	}
	h.must(h.RegisterMobile(t.Context(), by, second))
	h.must(h.VerifyMobileNumber(t.Context(), by, "", h.code(second)))
	guest := h.guest("acme")
	for name, err := range map[string]error{"register": h.RegisterMobile(t.Context(), guest, number), "send": h.SendMobileCode(t.Context(), guest, number),
		"verify": h.VerifyMobileNumber(t.Context(), guest, number, first)} {
		if kith.AsError(err).Kind != kith.Unauthenticated {
			t.Errorf("a guest, %s: %v", name, err)
		}
	}
}

// TestMobileCodesAreCapped: no more goes to one number than to any, and of codes that are alike, as in test companies,
// one verifies the number that it was asked for.
func TestMobileCodesAreCapped(t *testing.T) {
	h := newHouse(t, Config{Limits: true}, false)
	h.company("acme")
	ada := h.person("ada@x.example")
	by := h.actor(ada.Token)
	h.must(h.RegisterMobile(t.Context(), by, number))
	h.must(h.RegisterMobile(t.Context(), by, "+27837654321"))
	for range sendsToOne - 1 {
		h.must(h.SendMobileCode(t.Context(), by, number))
	}
	if err := h.SendMobileCode(t.Context(), by, number); waits(err) == 0 {
		t.Errorf("one more: %v", err)
	}
	h.must(h.VerifyMobileNumber(t.Context(), by, number, testCode))
	if by = h.actor(ada.Token); by.User.Mobile != number || !by.User.MobileVerified {
		t.Errorf("%+v", by.User)
	}
}

// TestAnothersMobile: who has a number is told that somebody tried it, and whoever tries learns it where the company
// lets them.
func TestAnothersMobile(t *testing.T) {
	for _, disclosure := range []kith.Disclosure{kith.Visible, kith.Hidden} {
		h := newHouse(t, Config{}, false)
		acme := h.company("acme").Company
		bob := h.reached("bob@x.example", number)
		h.must(h.VerifyMobile(t.Context(), h.actor(bob.Token), testCode))
		ada := h.person("ada@x.example")
		h.changeCompany(acme, func(c *kith.Company) { c.Settings.Disclosure = disclosure })
		by := h.actor(ada.Token)
		for range 2 {
			err := h.RegisterMobile(t.Context(), by, number)
			if hidden := disclosure == kith.Hidden; hidden && err != nil || !hidden && kith.AsError(err).Kind != kith.Conflict {
				t.Errorf("%s: %v", disclosure, err)
			}
		}
		if want := map[kith.Disclosure]int{kith.Visible: 0, kith.Hidden: 2}[disclosure]; h.count(number, message.AlreadyHere) != want {
			t.Errorf("%s: the holder was told %d times", disclosure, h.count(number, message.AlreadyHere))
		}
		if err := h.VerifyMobileNumber(t.Context(), by, number, testCode); !errors.Is(err, errCode) {
			t.Errorf("%s: it verifies: %v", disclosure, err)
		}
	}
}
