package web

import (
	"bytes"
	"net/http"
	"strconv"
	"sync"
)

// mediaTypeJSON is what an answer is where neither route nor face says otherwise.
const mediaTypeJSON = "application/json; charset=utf-8"

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// maxPooled is the largest buffer kept for the next request.
const maxPooled = 256 << 10

func freeBuffer(b *bytes.Buffer) {
	if b.Cap() <= maxPooled {
		b.Reset()
		buffers.Put(b)
	}
}

// Write sends v as JSON under mediaType; "" is application/json. It marshals before it writes: when
// it fails, nothing has been sent. Nothing follows a status of 204.
func Write(w http.ResponseWriter, status int, mediaType string, v any) error {
	if mediaType == "" {
		mediaType = mediaTypeJSON
	}
	return write(w, status, []string{mediaType}, v)
}

func write(w http.ResponseWriter, status int, contentType []string, v any) error {
	if status == http.StatusNoContent {
		w.WriteHeader(status)
		return nil
	}
	body := buffers.Get().(*bytes.Buffer)
	defer freeBuffer(body)
	if err := marshal(body, v); err != nil {
		return err
	}
	h := w.Header()
	h["Content-Type"] = contentType
	h["Content-Length"] = []string{strconv.Itoa(body.Len())}
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes()) // the client has gone; there is nobody left to tell
	return nil
}
