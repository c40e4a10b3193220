package jsonapi

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// BenchmarkGet reads one's own row by this face, and by the platform's.
func BenchmarkGet(b *testing.B) {
	h := newHouse(b)
	token := h.company("acme")
	for name, path := range map[string]string{"jsonapi": "/api/user_account/mine", "platform": "/3/user/", "list": "/api/user_account"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				in := httptest.NewRequestWithContext(b.Context(), "GET", path, http.NoBody)
				in.Header.Set("Authorization", "Bearer "+token)
				recorder := httptest.NewRecorder()
				h.handler.ServeHTTP(recorder, in)
				if recorder.Code != http.StatusOK {
					b.Fatal(recorder.Code, recorder.Body)
				}
			}
		})
	}
}
