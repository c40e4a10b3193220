package picture_test

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/color/palette"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kith"
	"kith/internal/picture"
)

var pool = picture.NewPool(1)

// remake makes a picture of content, which must be one, and decodes that.
func remake(t *testing.T, content []byte) (*picture.Image, image.Image) {
	t.Helper()
	made, err := pool.Read(t.Context(), int64(len(content)), bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	decode := map[kith.Media]func(io.Reader) (image.Image, error){kith.JPEG: jpeg.Decode, kith.PNG: png.Decode}[made.Media]
	shown, err := decode(bytes.NewReader(made.Content))
	if err != nil {
		t.Fatal(err)
	}
	return made, shown
}

// refused asserts that content is not taken, with that code.
func refused(t *testing.T, what string, content []byte, code string) {
	t.Helper()
	_, err := pool.Read(t.Context(), int64(len(content)), bytes.NewReader(content))
	if e, ok := errors.AsType[*kith.Error](err); !ok || e.Kind != kith.Invalid || e.Code != code {
		t.Errorf("%s: got %v, want %s", what, err, code)
	}
}

// quarters is an image whose four corners differ: red, green, blue, white in reading order.
func quarters(w, h int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := []color.RGBA{{255, 0, 0, 255}, {0, 255, 0, 255}, {0, 0, 255, 255}, {255, 255, 255, 255}}[x*2/w+y*2/h*2]
			m.SetRGBA(x, y, c)
		}
	}
	return m
}

// corners tells the colours of an image's four quarters by their first letters, in reading order.
func corners(m image.Image) string {
	b, text := m.Bounds(), ""
	for _, at := range []image.Point{{1, 1}, {3, 1}, {1, 3}, {3, 3}} {
		r, g, blue, a := m.At(b.Min.X+b.Dx()*at.X/4, b.Min.Y+b.Dy()*at.Y/4).RGBA()
		switch high := func(v uint32) bool { return v > 0x9000 }; {
		case a < 0x4000:
			text += "-"
		case high(r) && high(g) && high(blue):
			text += "w"
		case high(r):
			text += "r"
		case high(g):
			text += "g"
		case high(blue):
			text += "b"
		default:
			text += "?"
		}
	}
	return text
}

func encoded(t *testing.T, encode func(io.Writer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := encode(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asJPEG(t *testing.T, m image.Image) []byte {
	t.Helper()
	return encoded(t, func(w io.Writer) error { return jpeg.Encode(w, m, &jpeg.Options{Quality: 90}) })
}

func asPNG(t *testing.T, m image.Image) []byte {
	t.Helper()
	return encoded(t, func(w io.Writer) error { return png.Encode(w, m) })
}

// TestKinds: what is taken is told by content, comes out upright and whole, and is JPEG unless one can see
// through it.
func TestKinds(t *testing.T) {
	clear := quarters(40, 20)
	for y := range 10 {
		for x := range 20 {
			clear.SetRGBA(x, y, color.RGBA{})
		}
	}
	deep := image.NewNRGBA64(image.Rect(0, 0, 40, 20))
	paletted := image.NewPaletted(image.Rect(0, 0, 40, 20), palette.WebSafe)
	for y := range 20 {
		for x := range 40 {
			deep.Set(x, y, quarters(40, 20).At(x, y))
			paletted.Set(x, y, quarters(40, 20).At(x, y))
		}
	}
	black := image.NewPaletted(image.Rect(0, 0, 40, 20), palette.WebSafe)
	for _, tt := range []struct {
		name    string
		content []byte
		media   kith.Media
		corners string
	}{
		{"jpeg", asJPEG(t, quarters(40, 20)), kith.JPEG, "rgbw"},
		{"png", asPNG(t, quarters(40, 20)), kith.JPEG, "rgbw"},
		{"png one sees through", asPNG(t, clear), kith.PNG, "-gbw"},
		{"png of 16 bits", asPNG(t, deep), kith.JPEG, "rgbw"},
		{"gif", encoded(t, func(w io.Writer) error { return gif.Encode(w, paletted, nil) }), kith.JPEG, "rgbw"},
		{"gif that moves", encoded(t, func(w io.Writer) error {
			return gif.EncodeAll(w, &gif.GIF{Image: []*image.Paletted{paletted, black}, Delay: []int{1, 1}})
		}), kith.JPEG, "rgbw"},
		{"webp", unbase64(t, webpQuarters), kith.JPEG, "rgbw"},
		{"jpeg of four inks", fourInks(), kith.JPEG, "????"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			made, shown := remake(t, tt.content)
			if made.Media != tt.media || corners(shown) != tt.corners {
				t.Errorf("media %d showing %s, want %d showing %s", made.Media, corners(shown), tt.media, tt.corners)
			}
		})
	}
}

// TestSizes: what is large becomes small in proportion, what is small stays, and thin lines keep their pixel.
func TestSizes(t *testing.T) {
	for _, tt := range []struct{ w, h, wantW, wantH int }{
		{1, 1, 1, 1}, {1024, 1024, 1024, 1024}, {1025, 500, 1024, 500}, {2500, 1000, 1024, 410}, {700, 3100, 231, 1024}, {8000, 1, 1024, 1},
	} {
		_, shown := remake(t, asPNG(t, quarters(tt.w, tt.h)))
		if got := shown.Bounds().Size(); got != image.Pt(tt.wantW, tt.wantH) {
			t.Errorf("%d × %d became %v, want %d × %d", tt.w, tt.h, got, tt.wantW, tt.wantH)
		}
		if tt.w > 1 && tt.h > 1 && corners(shown) != "rgbw" {
			t.Errorf("%d × %d shows %s", tt.w, tt.h, corners(shown))
		}
	}
}

// tiffOf is a TIFF header with an orientation and a place on earth.
func tiffOf(order binary.AppendByteOrder, orientation int) []byte {
	b := []byte("MM\x00\x2a\x00\x00\x00\x08")
	if order == binary.AppendByteOrder(binary.LittleEndian) {
		b = []byte("II\x2a\x00\x08\x00\x00\x00")
	}
	b = order.AppendUint16(b, 2)
	for _, entry := range [][3]int{{0x010f, 2, 0}, {0x0112, 3, orientation}} {
		b = order.AppendUint16(order.AppendUint16(b, uint16(entry[0])), uint16(entry[1]))
		b = order.AppendUint16(order.AppendUint32(b, 1), uint16(entry[2]))
		b = append(b, 0, 0)
	}
	return append(b, secret...)
}

// secret stands for where somebody lives, or for a script.
const secret = "GPS 52.5163N 13.3777E <script>alert(1)</script>"

// segment is a segment of a JPEG.
func segment(marker byte, content []byte) []byte {
	return append(binary.BigEndian.AppendUint16([]byte{0xff, marker}, uint16(len(content)+2)), content...)
}

func chunk(kind string, content []byte) []byte {
	b := append(binary.BigEndian.AppendUint32(nil, uint32(len(content))), kind+string(content)...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

// TestOrientation: all eight are applied, whichever way round the bytes are, and nothing of EXIF stays.
func TestOrientation(t *testing.T) {
	// What an upright image of red, green, blue and white is stored as, by how it says it lies.
	for orientation, want := range map[int]string{1: "rgbw", 2: "grwb", 3: "wbgr", 4: "bwrg", 5: "rbgw", 6: "brwg", 7: "wgbr", 8: "gwrb", 0: "rgbw", 9: "rgbw"} {
		for _, order := range []binary.AppendByteOrder{binary.BigEndian, binary.LittleEndian} {
			plain, tiff := asJPEG(t, quarters(40, 20)), tiffOf(order, orientation)
			exif := append([]byte("Exif\x00\x00"), tiff...)
			drawn := asPNG(t, quarters(40, 20))
			for name, content := range map[string][]byte{
				"jpeg": append(append(plain[:2:2], segment(0xe1, exif)...), plain[2:]...),
				"png":  append(append(drawn[:33:33], chunk("eXIf", tiff)...), drawn[33:]...),
			} {
				made, shown := remake(t, content)
				if got := corners(shown); got != want {
					t.Errorf("%s, orientation %d, %v: %s, want %s", name, orientation, order, got, want)
				}
				if turned := orientation >= 5 && orientation <= 8; turned != (shown.Bounds().Dy() > shown.Bounds().Dx()) {
					t.Errorf("%s, orientation %d: %v", name, orientation, shown.Bounds())
				}
				clean(t, name, made)
			}
		}
	}
}

func clean(t *testing.T, what string, made *picture.Image) {
	t.Helper()
	for _, word := range []string{"GPS", "script", "Exif", "eXIf", "alert"} {
		if bytes.Contains(made.Content, []byte(word)) {
			t.Errorf("%s: the picture holds %q", what, word)
		}
	}
}

// TestNothingStays: comments, trailing archives and second meanings are gone.
func TestNothingStays(t *testing.T) {
	plain, drawn := asJPEG(t, quarters(40, 20)), asPNG(t, quarters(40, 20))
	for name, content := range map[string][]byte{
		"jpeg with a script as its comment": append(append(plain[:2:2], segment(0xfe, []byte(secret))...), plain[2:]...),
		"jpeg with a page behind it":        append(plain[:len(plain):len(plain)], secret...),
		"png with a text":                   append(append(drawn[:33:33], chunk("tEXt", []byte("Comment\x00"+secret))...), drawn[33:]...),
		"png with a page behind it":         append(drawn[:len(drawn):len(drawn)], secret...),
		"gif that is a script too":          scriptGIF(t),
	} {
		made, _ := remake(t, content)
		clean(t, name, made)
	}
}

// scriptGIF is an image with a comment block, and what a JavaScript engine would read behind it.
func scriptGIF(t *testing.T) []byte {
	t.Helper()
	plain := encoded(t, func(w io.Writer) error {
		return gif.Encode(w, image.NewPaletted(image.Rect(0, 0, 40, 20), palette.WebSafe), nil)
	})
	comment := append([]byte{0x21, 0xfe, byte(len(secret))}, secret+"\x00"...)
	at := 13 + 3*256
	return append(append(append(plain[:at:at], comment...), plain[at:]...), "*/=1;alert(1)//"...)
}

// header is a PNG that says how large it is and has nothing else.
func header(w, h uint32) []byte {
	ihdr := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)
	return append([]byte("\x89PNG\r\n\x1a\n"), chunk("IHDR", append(ihdr, 8, 6, 0, 0, 0))...)
}

// TestRefused: what is no image, is cut short, or says it is huge.
func TestRefused(t *testing.T) {
	plain, drawn := asJPEG(t, quarters(40, 20)), asPNG(t, quarters(40, 20))
	moved := encoded(t, func(w io.Writer) error {
		return gif.Encode(w, image.NewPaletted(image.Rect(0, 0, 40, 20), palette.WebSafe), nil)
	})
	refused(t, "nothing", nil, kith.CodeRequired)
	refused(t, "5 MiB", append(plain, make([]byte, picture.MaxBytes-len(plain))...), kith.CodeTooLong)
	for what, content := range map[string]string{
		"a page":             "<!doctype html><script>alert(1)</script>",
		"a drawing":          `<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`,
		"a document":         "%PDF-1.7\n%\xe2\xe3\xcf\xd3",
		"an archive":         "PK\x03\x04",
		"a bitmap":           "BM\x00\x00\x00\x00",
		"a tiff":             "II\x2a\x00\x08\x00\x00\x00",
		"a page, then a png": "<b>" + string(drawn),
		"zeros":              strings.Repeat("\x00", 1000),
		"a webp of sound":    "RIFF\x10\x00\x00\x00WAVEfmt ",
	} {
		refused(t, what, []byte(content), kith.CodeBadFormat)
	}
	for what, content := range map[string][]byte{"jpeg": plain, "png": drawn, "gif": moved, "webp": unbase64(t, webpQuarters)} {
		for _, part := range []int{12, len(content) / 2, len(content) - 6} {
			if what != "gif" || part < len(content)-6 { // whose last bytes say nothing
				refused(t, what+" cut short", content[:part], kith.CodeBadFormat)
			}
		}
	}
	for what, content := range map[string][]byte{
		"png of 50,000 a side":  header(50_000, 50_000),
		"png too wide":          header(8001, 1),
		"png too high":          header(1, 8001),
		"png of 41 megapixels":  header(8000, 5125),
		"gif of 65,535 a side":  []byte("GIF89a\xff\xff\xff\xff\x00\x00\x00;"),
		"webp of 16,384 a side": []byte("RIFF\x20\x00\x00\x00WEBPVP8L\x0a\x00\x00\x00\x2f\xff\xff\xff\x0f\x00\x00\x00\x00\x00"),
		"jpeg of 65,535 a side": slices.Concat([]byte{0xff, 0xd8}, segment(0xc0, []byte{8, 0xff, 0xff, 0xff, 0xff, 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0}),
			segment(0xda, []byte{3, 1, 0, 2, 0, 3, 0, 0, 63, 0})),
	} {
		refused(t, what, content, kith.CodeOutOfRange)
	}
	deep := header(7000, 5700)
	deep[24] = 16 // bits a sample: eight bytes a pixel
	copy(deep[29:], binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE(deep[12:29])))
	refused(t, "png as large as can be said", header(1<<31-1, 1<<31-1), kith.CodeBadFormat)
	refused(t, "png that takes 500 MB", deep, kith.CodeOutOfRange)
	refused(t, "jpeg of 1,000 passes", append(plain[:2:2], append(bytes.Repeat(segment(0xda, []byte{1, 1, 0, 0, 63, 0}), 1000), plain[2:]...)...), kith.CodeBadFormat)
}

// bomb is a PNG of few bytes and many pixels.
func bomb(t *testing.T, w, h int) []byte {
	t.Helper()
	var data bytes.Buffer
	z, err := zlib.NewWriterLevel(&data, zlib.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	row := make([]byte, 1+4*w)
	for range h {
		if _, err := z.Write(row); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return append(append(header(uint32(w), uint32(h)), chunk("IDAT", data.Bytes())...), chunk("IEND", nil)...)
}

// TestManyAtOnce: a hundred who send an image that inflates a thousandfold take no more memory than one.
func TestManyAtOnce(t *testing.T) {
	const side = 1000 // 4 MB each, 400 MB in all
	content := bomb(t, side, side)
	if len(content) > 20_000 {
		t.Fatalf("the bomb has %d bytes", len(content))
	}
	crowd := picture.NewPool(2)
	stop, most := make(chan struct{}), make(chan uint64)
	go func() {
		var peak uint64
		for {
			select {
			case <-stop:
				most <- peak
				return
			case <-time.After(5 * time.Millisecond):
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				peak = max(peak, m.HeapInuse)
			}
		}
	}()
	var all sync.WaitGroup
	var mu sync.Mutex
	read := 0
	for range 100 {
		all.Go(func() {
			_, err := crowd.Read(t.Context(), int64(len(content)), bytes.NewReader(content))
			mu.Lock()
			defer mu.Unlock()
			if e, ok := errors.AsType[*kith.Error](err); ok && e.Kind == kith.Unavailable {
				return
			} else if err != nil {
				t.Error(err)
			}
			read++
		})
	}
	all.Wait()
	close(stop)
	if peak := <-most; peak > 120<<20 {
		t.Errorf("the heap grew to %d MB", peak>>20)
	} else {
		t.Logf("%d of 100 read, heap at most %d MB", read, peak>>20)
	}
	if read == 0 {
		t.Error("nobody's image was read")
	}
}

// TestQueueEnds: of 300 whose turn never comes 200 wait, and the others are told at once to come back.
func TestQueueEnds(t *testing.T) {
	shut, content := picture.NewPool(0), asPNG(t, quarters(4, 4))
	crowd, leave := context.WithCancel(t.Context())
	defer leave()
	answers := make(chan error, 300)
	for range 300 {
		go func() {
			_, err := shut.Read(crowd, int64(len(content)), bytes.NewReader(content))
			answers <- err
		}()
	}
	for i := range 300 {
		if i == 100 {
			leave()
		}
		err := <-answers
		if e, ok := errors.AsType[*kith.Error](err); !ok || e.Kind != kith.Unavailable || e.RetryAfter == 0 {
			t.Fatalf("got %v", err)
		}
		if waited := errors.Is(err, context.Canceled); waited != (i >= 100) {
			t.Fatalf("number %d waited: %v", i, waited)
		}
	}
}

// webpQuarters is quarters(40, 20), as Chromium writes WebP.
const webpQuarters = "UklGRtIAAABXRUJQVlA4IMYAAAAwBwCdASooABQAPi0Sh0KhoQ1SAAwBYlkAINy8B+IH6V0oDzAfwD8AMUA/kHt/7irvAH8z6iUE" +
	"bzKY7/Y4UX5JWAAA/vvZnvN2/IwfSQ///2s0frOZEJ6mFH//U8Gd/Mq3///IfQovcSyhBa80Zr+y5bnqP/6uT/+r/+/+pF/wfNDj" +
	"brg/HX9LD/O8nWG+eZf25Dc7+ep5OLMdH9B3auQHq35/X4hyPLQ3f/9E3Bab8O2W4ZXTtCj4Ee1UdH1dsPZvYkFAAAA="

func unbase64(t *testing.T, text string) []byte {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// fourInks is a JPEG of eight by eight pixels in cyan, magenta, yellow and black, all of them half.
func fourInks() []byte {
	b := append([]byte{0xff, 0xd8}, segment(0xee, []byte("Adobe\x00\x64\x00\x00\x00\x00\x00"))...)
	b = append(b, segment(0xdb, append([]byte{0}, bytes.Repeat([]byte{1}, 64)...))...)
	b = append(b, segment(0xc0, []byte{8, 0, 8, 0, 8, 4, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0, 4, 0x11, 0})...)
	one := append([]byte{1}, make([]byte, 15)...) // one code, of one bit, for 0
	b = append(b, segment(0xc4, append(append([]byte{0x00}, one...), 0))...)
	b = append(b, segment(0xc4, append(append([]byte{0x10}, one...), 0))...)
	b = append(b, segment(0xda, []byte{4, 1, 0, 2, 0, 3, 0, 4, 0, 0, 63, 0})...)
	return append(b, 0x00, 0xff, 0xd9) // eight times the code for nothing
}

func FuzzRead(f *testing.F) {
	for _, seed := range []string{"\xff\xd8\xff", "\x89PNG\r\n\x1a\n", "GIF89a", "RIFF\x00\x00\x00\x00WEBP"} {
		f.Add([]byte(seed))
	}
	f.Add(header(3, 3))
	f.Add(fourInks())
	f.Fuzz(func(t *testing.T, content []byte) {
		made, err := pool.Read(t.Context(), int64(len(content)), bytes.NewReader(content))
		if err != nil {
			if e, ok := errors.AsType[*kith.Error](err); !ok || e.Kind == kith.Internal {
				t.Fatal(err)
			}
			return
		}
		if made.Media != kith.JPEG && made.Media != kith.PNG || len(made.Content) == 0 {
			t.Fatalf("made %+v", made)
		}
	})
}
