package signin

import (
	"crypto/rand"
	"math"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"
)

// cheap is argon2id at a cost that tests can pay often.
var cheap = HashCost{Memory: 64, Passes: 1, Threads: 1}

func TestHash(t *testing.T) {
	h := NewHasher(cheap, rand.Reader)
	const password = "correct horse battery staple"
	first, second := h.Hash(password), h.Hash(password)
	if first == second {
		t.Error("the same password hashes alike twice: no salt")
	}
	if !strings.HasPrefix(first, "$argon2id$v=19$m=64,t=1,p=1$") {
		t.Errorf("the hash is %s; want PHC form at the hasher's cost", first)
	}
	for _, encoded := range []string{first, second} {
		if ok, rehash := h.Verify(encoded, password); !ok || rehash {
			t.Errorf("own hash: ok %t, rehash %t", ok, rehash)
		}
	}
	if ok, rehash := NewHasher(HashCost{128, 1, 1}, rand.Reader).Verify(first, password); !ok || !rehash {
		t.Errorf("at another cost: ok %t, rehash %t; want both", ok, rehash)
	}
}

func TestPasswordsAreComparedWholeAndComposed(t *testing.T) {
	h := NewHasher(cheap, rand.Reader)
	long := strings.Repeat("x", 72)
	for _, tt := range []struct {
		name, stored, typed string
		ok                  bool
	}{
		{"the same", "Correct Horse", "Correct Horse", true},
		{"another case", "Correct Horse", "correct horse", false},
		{"a space before", "secret", " secret", false},
		{"a space after", "secret", "secret ", false},
		{"cut short", "secret", "secre", false},
		{"nothing", "secret", "", false},
		{"the same 72 bytes first", long + "a", long + "b", false},
		{"only the first 72 bytes", long + "a", long, false},
		{"composed and decomposed", "Zoë", "Zoe\u0308", true},
		{"decomposed and composed", "Zoe\u0308", "Zoë", true},
		{"ligature", "ﬁne", "fine", false},
		{"fullwidth", "ｐass", "pass", false},
		{"a NUL after", "secret", "secret\x00", false},
		{"not UTF-8", "secret\ufffd", "secret\xff", false},
		{"endless", "secret", strings.Repeat("secret", 1_000_000), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if ok, _ := h.Verify(h.Hash(tt.stored), tt.typed); ok != tt.ok {
				t.Errorf("%.20q against the hash of %.20q: %t", tt.typed, tt.stored, ok)
			}
		})
	}
}

// imported holds hashes that others made: libxcrypt (bcrypt), OpenSSL by way of Python's hashlib
// (scrypt, PBKDF2), the argon2 reference implementation's own tests, and Firebase's published example.
var imported = []struct{ name, encoded, password string }{
	{"bcrypt 2a", "$2a$04$abcdefghijklmnopqrstuu7EJV7kdjBBQxyb0HjTh9KS7.Lah/6CG", "correct horse battery staple"},
	{"bcrypt 2b", "$2b$04$abcdefghijklmnopqrstuu7EJV7kdjBBQxyb0HjTh9KS7.Lah/6CG", "correct horse battery staple"},
	{"bcrypt 2y", "$2y$04$abcdefghijklmnopqrstuu7EJV7kdjBBQxyb0HjTh9KS7.Lah/6CG", "correct horse battery staple"},
	{"bcrypt, 72 bytes", "$2b$04$abcdefghijklmnopqrstuubzadhGtS2zEF.gu0yd0opP6cVzb.e0i", strings.Repeat("x", 72)},
	{"argon2id", "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4", "password"},
	{"argon2id, two lanes", "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc", "password"},
	{"argon2i", "$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8", "password"},
	{"scrypt", "$scrypt$ln=10,r=8,p=1$c2FsdHNhbHRzYWx0c2FsdA$bHXojks4sm1uMH4CDw9EcLZ/muyLxbYYc9xGzvNAnuQ", "correct horse battery staple"},
	{"PBKDF2-SHA-1", "$pbkdf2$1000$c2FsdHNhbHRzYWx0c2FsdA$XfAg5IAz304UvYgmglt9ZXw8wLc", "correct horse battery staple"},
	{"PBKDF2-SHA-256", "$pbkdf2-sha256$1000$c2FsdHNhbHRzYWx0c2FsdA$31ltvuXrbs8POP2F4tw9851NSNQCQpm0sCwu2eEvId8", "correct horse battery staple"},
	{"PBKDF2 with dots", "$pbkdf2-sha256$1000$.//..//..//..//..//..//.$a75wOUpprDpD0Vi8sXEwr9YAn6wEEUDQb4w/ORckLlU", "correct horse battery staple"},
	{"PBKDF2-SHA-512", "$pbkdf2-sha512$1000$c2FsdHNhbHRzYWx0c2FsdA$" +
		"ORxvnPF08mmTltUf/WSLS8FZ3yYanqBrD.km4rpMr07F2ze7/s1VLAjm.ry9RrSLc7aA5i7XxlkTGvDGO5vcpw", "correct horse battery staple"},
	{"of decomposed text", "$pbkdf2-sha256$1000$c2FsdHNhbHRzYWx0c2FsdA$bS5VefWrWrcMD4RaAHOAyijihTgVrS3vS82LL4WLym0", norm.NFD.String("Zoë Zoë Zoë Zoë")},
	{"of composed text", "$pbkdf2-sha256$1000$c2FsdHNhbHRzYWx0c2FsdA$Q/UDNlT4QIbRbuCUwUt8sfwZyOabt9N9TvagCnpSbcw", norm.NFD.String("Zoë Zoë Zoë Zoë")},
	{"Firebase scrypt", "$firebase-scrypt$ln=14,r=8$42xEC+ixf3L2lw$Bw$" +
		"jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA$" +
		"lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ", "user1password"},
}

func TestImportedHashes(t *testing.T) {
	h := NewHasher(cheap, rand.Reader)
	for _, tt := range imported {
		t.Run(tt.name, func(t *testing.T) {
			if ok, rehash := h.Verify(tt.encoded, tt.password); !ok || !rehash {
				t.Errorf("the right password: ok %t, rehash %t; want both", ok, rehash)
			}
			for _, wrong := range []string{"", tt.password + "x", tt.password[1:], strings.ToUpper(tt.password), tt.password + "\x00"} {
				if ok, rehash := h.Verify(tt.encoded, wrong); ok || rehash {
					t.Errorf("%q: ok %t, rehash %t; want neither", wrong, ok, rehash)
				}
			}
		})
	}
}

// TestHostileHashes: a stored hash may not cost more than an honest one, whatever it says. Each of
// these would take minutes, gigabytes or a panic if it were believed.
func TestHostileHashes(t *testing.T) {
	const salt, key = "c29tZXNhbHRzb21lc2FsdA", "CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	h := NewHasher(cheap, rand.Reader)
	own := h.Hash("password")
	for _, encoded := range []string{
		"", "$", "password", strings.Repeat("$", 1_000_000),
		"$argon2id$v=19$m=4294967295,t=1,p=1$" + salt + "$" + key,
		"$argon2id$v=19$m=9999999,t=1,p=1$" + salt + "$" + key,
		"$argon2id$v=19$m=131072,t=9999,p=1$" + salt + "$" + key,
		"$argon2id$v=19$m=64,t=0,p=1$" + salt + "$" + key,
		"$argon2id$v=19$m=64,t=1,p=0$" + salt + "$" + key,
		"$argon2id$v=19$m=9999,t=1,p=256$" + salt + "$" + key,
		"$argon2id$v=19$m=64,t=1,p=1,m=4194304$" + salt + "$" + key,
		"$argon2id$v=19$t=1,p=1,m=64$" + salt + "$" + key,
		"$argon2id$v=19$m=-1,t=1,p=1$" + salt + "$" + key,
		"$argon2id$v=16$m=64,t=1,p=1$" + salt + "$" + key,
		"$argon2d$v=19$m=64,t=1,p=1$" + salt + "$" + key,
		"$argon2id$v=19$m=64,t=1,p=1$" + salt + "$",
		"$argon2id$v=19$m=64,t=1,p=1$" + salt + "$" + key[:8],
		"$argon2id$v=19$m=64,t=1,p=1$" + salt + "$" + strings.Repeat("A", 100_000),
		"$scrypt$ln=62,r=8,p=1$" + salt + "$" + key,
		"$scrypt$ln=20,r=999,p=1$" + salt + "$" + key,
		"$scrypt$ln=14,r=8,p=999$" + salt + "$" + key,
		"$scrypt$ln=14,r=0,p=1$" + salt + "$" + key,
		"$pbkdf2-sha256$99999999$" + salt + "$" + key,
		"$pbkdf2-sha256$0$" + salt + "$" + key,
		"$firebase-scrypt$ln=30,r=8$" + salt + "$Bw$" + key + "$" + key,
		"$2b$31$abcdefghijklmnopqrstuu7EJV7kdjBBQxyb0HjTh9KS7.Lah/6CG",
		"$2x$04$abcdefghijklmnopqrstuu7EJV7kdjBBQxyb0HjTh9KS7.Lah/6CG",
		own + "\n", " " + own, own[:len(own)-1] + "=",
	} {
		if ok, rehash := h.Verify(encoded, "password"); ok || rehash {
			t.Errorf("%.60q: ok %t, rehash %t", encoded, ok, rehash)
		}
		if _, known := parseHash(encoded); known {
			t.Errorf("%.60q is taken for an honest hash", encoded)
		}
	}
}

// TestUnknownUsersCostTheSame counts memory, which argon2id takes by its cost: time is too rough to
// assert. The benchmark below shows the time.
func TestUnknownUsersCostTheSame(t *testing.T) {
	h := NewHasher(HashCost{Memory: 4096, Passes: 1, Threads: 1}, rand.Reader)
	stored := h.Hash("correct horse battery staple")
	// The least of some runs: whatever else allocates in the process meanwhile only adds.
	measure := func(f func()) int64 {
		var before, after runtime.MemStats
		least := int64(math.MaxInt64)
		for range 7 {
			runtime.ReadMemStats(&before)
			f()
			runtime.ReadMemStats(&after)
			least = min(least, int64(after.TotalAlloc-before.TotalAlloc))
		}
		return least
	}
	want := measure(func() { h.Verify(stored, "wrong") })
	if want < 4<<20 {
		t.Fatalf("a wrong password takes %d bytes; argon2id takes 4 MiB", want)
	}
	for name, f := range map[string]func(){
		"unknown user":                 func() { h.Unknown("wrong") },
		"unknown user, empty":          func() { h.Unknown("") },
		"unknown user, over-long":      func() { h.Unknown(strings.Repeat("x", 2000)) },
		"unknown user, not UTF-8":      func() { h.Unknown("\xff") },
		"known user, empty":            func() { h.Verify(stored, "") },
		"known user, over-long":        func() { h.Verify(stored, strings.Repeat("x", 2000)) },
		"known user, not UTF-8":        func() { h.Verify(stored, "\xff") },
		"known user with a broken row": func() { h.Verify("?", "wrong") },
	} {
		if got := measure(f); got < want*97/100 || got > want*103/100 {
			t.Errorf("%s takes %d bytes, a wrong password %d", name, got, want)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	h := NewHasher(DefaultHashCost, rand.Reader)
	stored := h.Hash("correct horse battery staple")
	for _, tt := range []struct {
		name string
		f    func()
	}{
		{"right", func() { h.Verify(stored, "correct horse battery staple") }},
		{"wrong", func() { h.Verify(stored, "wrong") }},
		{"unknown", func() { h.Unknown("wrong") }},
		{"overlong", func() { h.Verify(stored, strings.Repeat("x", 2000)) }},
	} {
		b.Run(tt.name, func(b *testing.B) {
			for b.Loop() {
				tt.f()
			}
		})
	}
}

// FuzzHash holds that every password that can be hashed matches its own hash and no neighbour's.
func FuzzHash(f *testing.F) {
	for _, tt := range imported {
		f.Add(tt.password)
	}
	h := NewHasher(cheap, rand.Reader)
	f.Fuzz(func(t *testing.T, password string) {
		encoded := h.Hash(password)
		if ok, rehash := h.Verify(encoded, password); ok != hashable(norm.NFC.String(password)) || rehash {
			t.Errorf("%q against its own hash: ok %t, rehash %t", password, ok, rehash)
		}
		for _, other := range []string{password + "x", password + " ", password + "\x00", "x" + password} {
			if ok, _ := h.Verify(encoded, other); ok {
				t.Errorf("%q matches the hash of %q", other, password)
			}
		}
	})
}

// FuzzParseHash holds that what is read as a hash is within the bounds of an honest one.
func FuzzParseHash(f *testing.F) {
	for _, tt := range imported {
		f.Add(tt.encoded)
	}
	f.Fuzz(func(t *testing.T, encoded string) {
		h, known := parseHash(encoded)
		if !known || h.scheme == nil {
			return
		}
		work := 1
		for _, n := range h.numbers {
			if n < 1 {
				t.Errorf("%q has the number %d", encoded, n)
			}
			work *= n
		}
		if key := h.parts[len(h.parts)-1]; len(key) < 16 || len(key) > 192 || work > 16<<20 {
			t.Errorf("%q: a key of %d bytes for the work of %d", encoded, len(key), work)
		}
	})
}
