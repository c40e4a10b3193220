package picture

import (
	"image"

	"golang.org/x/image/draw"
)

// shrink makes an image that is no longer than Side on either side. The pixels of large ones are first
// averaged in squares, a few rows at a time: a scaler that looks at all of them at once would take more memory
// than the image itself, and one that does not would leave out most of them.
func shrink(src image.Image) *image.RGBA {
	size := src.Bounds().Size()
	longer := max(size.X, size.Y)
	coarse := average(src, max(1, longer/Side))
	if longer <= Side {
		return coarse
	}
	scaled := func(n int) int { return max(1, (n*Side+longer/2)/longer) }
	fine := image.NewRGBA(image.Rect(0, 0, scaled(size.X), scaled(size.Y)))
	draw.ApproxBiLinear.Scale(fine, fine.Bounds(), coarse, coarse.Bounds(), draw.Src, nil)
	return fine
}

// average makes one pixel of each square of n by n. Those at the right and lower edge may be of less.
func average(src image.Image, n int) *image.RGBA {
	b := src.Bounds()
	out := image.NewRGBA(image.Rect(0, 0, (b.Dx()+n-1)/n, (b.Dy()+n-1)/n))
	if n == 1 {
		draw.Draw(out, out.Bounds(), src, b.Min, draw.Src)
		return out
	}
	strip := image.NewRGBA(image.Rect(0, 0, b.Dx(), n))
	for y := range out.Rect.Dy() {
		rows := min(n, b.Dy()-y*n)
		draw.Draw(strip, image.Rect(0, 0, b.Dx(), rows), src, image.Pt(b.Min.X, b.Min.Y+y*n), draw.Src)
		for x := range out.Rect.Dx() {
			mean(out.Pix[out.PixOffset(x, y):][:4], strip, image.Rect(x*n, 0, min(x*n+n, b.Dx()), rows))
		}
	}
	return out
}

// mean writes the mean of an area's pixels. They hold colour times opacity, so what is transparent does not
// show in it.
func mean(pixel []byte, of *image.RGBA, area image.Rectangle) {
	var sum [4]int
	for y := area.Min.Y; y < area.Max.Y; y++ {
		row := of.Pix[of.PixOffset(area.Min.X, y) : of.PixOffset(area.Max.X-1, y)+4]
		for i := 0; i < len(row); i += 4 {
			sum[0] += int(row[i])
			sum[1] += int(row[i+1])
			sum[2] += int(row[i+2])
			sum[3] += int(row[i+3])
		}
	}
	count := area.Dx() * area.Dy()
	for i := range sum {
		pixel[i] = byte((sum[i] + count/2) / count)
	}
}

// turn makes an image upright that lies as EXIF says (Exif 2.32 §4.6.4, tag 274).
func turn(src *image.RGBA, orientation int) *image.RGBA {
	w, h := src.Rect.Dx(), src.Rect.Dy()
	var to func(x, y int) (int, int)
	switch orientation {
	case 2:
		to = func(x, y int) (int, int) { return w - 1 - x, y }
	case 3:
		to = func(x, y int) (int, int) { return w - 1 - x, h - 1 - y }
	case 4:
		to = func(x, y int) (int, int) { return x, h - 1 - y }
	case 5:
		to = func(x, y int) (int, int) { return y, x }
	case 6:
		to = func(x, y int) (int, int) { return h - 1 - y, x }
	case 7:
		to = func(x, y int) (int, int) { return h - 1 - y, w - 1 - x }
	case 8:
		to = func(x, y int) (int, int) { return y, w - 1 - x }
	default:
		return src
	}
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	if orientation >= 5 {
		out = image.NewRGBA(image.Rect(0, 0, h, w))
	}
	for y := range src.Rect.Dy() {
		for x := range src.Rect.Dx() {
			outX, outY := to(x, y)
			copy(out.Pix[out.PixOffset(outX, outY):][:4], src.Pix[src.PixOffset(x, y):][:4])
		}
	}
	return out
}
