package platform

import (
	"context"
	"io"
	"log/slog"
	"strings"

	"kith"
	"kith/internal/core/directory"
	"kith/internal/picture"
	"kith/internal/web"
)

// maxPictureForm is how large a form with an image in it may be: the image, and what every form may have.
const maxPictureForm = picture.MaxBytes + 1<<20

// pictured lets the forms of a route hold an image.
func pictured(rt web.Route) web.Route {
	rt.Form, rt.MaxBody = true, maxPictureForm
	return rt
}

// picture is the address of a user's picture, for an hour; null without one.
func (a *api) picture(ctx context.Context, m kith.Member) *string {
	if m.User.Picture.IsZero() {
		return nil
	}
	company := m.Company
	if company == nil { // of those who stand beside a row, all of whom are in the actor's
		company = web.Actor(ctx).Company
	}
	address, err := a.core.Directory.FileURL(ctx, company, m.User.Picture)
	if err != nil { // the store was there a moment ago, when it gave the user
		a.log.WarnContext(ctx, "picture not shown", slog.Any("err", err))
	}
	return null(&address)
}

var errPictureText = kith.BadField("profile", kith.CodeNotAllowed,
	"Send the image itself, as a part of a form with a file name. kith fetches nothing.")

// pictureInput is what the field profile of a form, or of JSON, may say.
type pictureInput struct {
	Image web.Opt[*web.File] `json:"profile" doc:"A JPEG, PNG, WebP or GIF image of less than 5 MiB, in a form; null or empty takes it away."`
}

// change is what the input asks for; nil where the picture stays.
func (in pictureInput) change() *directory.Picture {
	file, given := in.Image.Get()
	switch {
	case !given && !in.Image.Null, given && file.Text != "":
		return nil
	case !given:
		return &directory.Picture{}
	}
	return &directory.Picture{Size: file.Size, Open: func() (io.ReadSeekCloser, error) { return file.Open() }}
}

// check refuses a text in the image's place, unless it is the address that is shown: clients send back whole
// objects. When that was signed does not matter.
func (in pictureInput) check(shown *string) error {
	file, given := in.Image.Get()
	if !given || file.Text == "" {
		return nil
	}
	if shown != nil {
		before, _, _ := strings.Cut(file.Text, "?")
		now, _, _ := strings.Cut(*shown, "?")
		if before == now {
			return nil
		}
	}
	return errPictureText
}
