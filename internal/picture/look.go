package picture

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"

	"golang.org/x/image/webp"
)

// survey is what an image says of itself, before any of it is decoded.
type survey struct {
	decode      decoder
	memory      int // that decoding takes, in bytes, about
	orientation int // as EXIF numbers them, 1 to 8
}

// look finds out what content is, by what stands in it, and whether it can be taken.
func look(content []byte) (*survey, error) {
	var s survey
	var config image.Config
	var err error
	var bytesPerPixel float64
	switch {
	case bytes.HasPrefix(content, []byte("\xff\xd8\xff")):
		config, err = jpeg.DecodeConfig(bytes.NewReader(content))
		frame := walkJPEG(content)
		if frame.scans > maxScans {
			return nil, errBroken
		}
		bytesPerPixel, s.orientation, s.decode = frame.bytesPerPixel(), frame.orientation, jpeg.Decode
	case bytes.HasPrefix(content, []byte("\x89PNG\r\n\x1a\n")):
		config, err = png.DecodeConfig(bytes.NewReader(content))
		bytesPerPixel = 1.5 * pixelSize(config.ColorModel) // interlaced ones are put together of parts
		s.orientation, s.decode = exifOfPNG(content), png.Decode
	case bytes.HasPrefix(content, []byte("GIF87a")), bytes.HasPrefix(content, []byte("GIF89a")):
		config, err = gif.DecodeConfig(bytes.NewReader(content))
		bytesPerPixel, s.decode = 1, gif.Decode // the first frame
	case len(content) > 12 && string(content[:4]) == "RIFF" && string(content[8:12]) == "WEBP":
		config, err = webp.DecodeConfig(bytes.NewReader(content))
		bytesPerPixel = 8 // lossless ones are decoded in several steps
		s.orientation, s.decode = exifOfWebP(content), webp.Decode
	default:
		return nil, errMedia
	}
	if err != nil {
		return nil, errBroken.Because(err)
	}
	if !fits(config.Width, config.Height) {
		return nil, errSize
	}
	s.memory = int(bytesPerPixel * float64(config.Width*config.Height))
	if s.memory > maxMemory {
		return nil, errMemory
	}
	return &s, nil
}

// pixelSize is how many bytes a decoded pixel takes.
func pixelSize(m color.Model) float64 {
	switch m {
	case color.GrayModel:
		return 1
	case color.Gray16Model:
		return 2
	case color.RGBA64Model, color.NRGBA64Model:
		return 8
	}
	if _, ok := m.(color.Palette); ok {
		return 1
	}
	return 4
}

// maxScans is how many passes over the image a JPEG may have. Encoders make about ten; each takes time that
// has nothing to do with how many bytes it has.
const maxScans = 64

// jpegFrame is what the markers of a JPEG tell (ITU-T T.81, annex B).
type jpegFrame struct {
	progressive bool
	samples     float64 // for each pixel
	components  int
	scans       int
	orientation int
}

// bytesPerPixel is what decoding takes: the samples, what is put together of them where there are four
// components and, where the image comes in passes, four bytes for each sample in between.
func (f *jpegFrame) bytesPerPixel() float64 {
	n := f.samples
	if f.components == 4 {
		n += 4
	}
	if f.progressive {
		n += 4 * f.samples
	}
	return max(n, 1)
}

// walkJPEG goes from marker to marker. What is no JPEG any more is left to the decoder to say.
func walkJPEG(b []byte) jpegFrame {
	f := jpegFrame{orientation: 1}
	for at := 2; at+4 <= len(b); {
		marker := b[at+1]
		switch {
		case b[at] != 0xff || marker == 0 || marker >= 0xd0 && marker <= 0xd7: // within a scan
			next := bytes.IndexByte(b[at+1:], 0xff)
			if next < 0 {
				return f
			}
			at += 1 + next
			continue
		case marker == 0xff || marker == 0x01: // fill, and a marker without a segment
			at++
			continue
		case marker == 0xd9: // the end
			return f
		}
		end := at + 2 + int(binary.BigEndian.Uint16(b[at+2:]))
		if end > len(b) {
			return f
		}
		f.segment(marker, b[min(at+4, end):end])
		at = end
	}
	return f
}

func (f *jpegFrame) segment(marker byte, b []byte) {
	switch {
	case marker == 0xda:
		f.scans++
	case marker == 0xe1 && f.orientation == 1:
		if tiff, ok := bytes.CutPrefix(b, []byte("Exif\x00\x00")); ok {
			f.orientation = orientationOf(tiff)
		}
	case marker >= 0xc0 && marker <= 0xc2 && len(b) >= 6: // the frames that are decoded
		f.progressive = marker == 0xc2
		f.components = int(b[5])
		most, sum := 1, 0
		for i := 6; i+3 <= len(b); i += 3 {
			h, v := int(b[i+1]>>4), int(b[i+1]&15)
			most, sum = max(most, h*v), sum+h*v
		}
		f.samples = float64(sum) / float64(most)
	}
}

// exifOfPNG finds the orientation in a chunk of type eXIf (PNG, third edition, §11.3.3.5).
func exifOfPNG(b []byte) int {
	for at := 8; at+12 <= len(b); {
		size := int(binary.BigEndian.Uint32(b[at:]))
		if size > len(b)-at-12 {
			break
		}
		if string(b[at+4:at+8]) == "eXIf" {
			return orientationOf(b[at+8 : at+8+size])
		}
		at += 12 + size
	}
	return 1
}

// exifOfWebP finds the orientation in a chunk of type EXIF (RFC 9649 §2.7.1.5).
func exifOfWebP(b []byte) int {
	for at := 12; at+8 <= len(b); {
		size := int(binary.LittleEndian.Uint32(b[at+4:]))
		if size > len(b)-at-8 {
			break
		}
		if string(b[at:at+4]) == "EXIF" {
			return orientationOf(bytes.TrimPrefix(b[at+8:at+8+size], []byte("Exif\x00\x00")))
		}
		at += 8 + size + size&1
	}
	return 1
}

// orientationOf reads the tag Orientation of the first directory of a TIFF header (TIFF 6.0 §2); 1, which is
// upright, where there is none.
func orientationOf(tiff []byte) int {
	const tag, short = 0x0112, 3
	if len(tiff) < 8 {
		return 1
	}
	var order binary.ByteOrder = binary.BigEndian
	if tiff[0] == 'I' {
		order = binary.LittleEndian
	}
	at := int(order.Uint32(tiff[4:]))
	if at < 8 || at > len(tiff)-2 {
		return 1
	}
	count := int(order.Uint16(tiff[at:]))
	for entry := at + 2; count > 0 && entry+12 <= len(tiff); count, entry = count-1, entry+12 {
		if order.Uint16(tiff[entry:]) == tag && order.Uint16(tiff[entry+2:]) == short {
			if o := int(order.Uint16(tiff[entry+8:])); o >= 1 && o <= 8 {
				return o
			}
			return 1
		}
	}
	return 1
}
