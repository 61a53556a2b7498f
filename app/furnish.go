package app

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"strings"

	"citybrain/city"
	"citybrain/identity"
)

// Furnished is an account made for a post, with the password it was given.
type Furnished struct {
	Post     city.Post
	Password string
}

// Furnish makes an account for every post of the city, named like its post, with
// a random password; an account that is there gets a new password and is enabled.
// It is for demonstrations and tests; a city in use begins with the one-time
// secret instead. The passwords are not kept anywhere but in the answer.
func (a *App) Furnish(ctx context.Context) ([]Furnished, error) {
	var out []Furnished
	program := city.Actor{Program: "demo"}
	for _, post := range a.City.Posts() {
		password, err := randomPassword()
		if err != nil {
			return out, err
		}
		draft := identity.Draft{ID: city.AccountID(post.ID), Name: post.Name, Posts: []city.PostID{post.ID}, Password: password}
		_, err = a.office.Create(ctx, program, draft, a.wall.Now(), rand.Reader)
		if city.KindOf(err) == city.Conflict { // a demo that is started again on its folder
			enabled := false
			_, err = a.office.Amend(ctx, program, draft.ID, identity.Amendment{Password: &password, Disabled: &enabled}, a.wall.Now(), rand.Reader)
		}
		if err != nil {
			return out, err
		}
		out = append(out, Furnished{post, password})
	}
	// The secret for a first administrator is not needed any more.
	_, err := a.office.Setup(ctx, rand.Reader)
	return out, err
}

const passwordBytes = 10

// randomPassword is 16 letters and digits in four groups.
func randomPassword() (string, error) {
	raw := make([]byte, passwordBytes)
	if _, err := rand.Read(raw); err != nil {
		return "", &city.Error{Kind: city.Internal, Op: "app.Furnish", Err: err}
	}
	text := strings.ToLower(base32.StdEncoding.EncodeToString(raw))
	return strings.Join([]string{text[:4], text[4:8], text[8:12], text[12:]}, "-"), nil
}
