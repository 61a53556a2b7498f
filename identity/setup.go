package identity

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"io"
	"strings"

	"citybrain/city"
)

// First is who makes the first administrator, with the one-time secret.
type First struct {
	Secret   string
	Account  city.AccountID
	Password string
	Address  string
}

const secretBytes = 20

// Setup is called when the program starts. If nobody can administer the city it
// stores a new one-time secret and returns it, to be shown to the person at the
// console and nowhere else; otherwise it returns "" and an older secret opens
// nothing any more.
func (o *Office) Setup(ctx context.Context, random io.Reader) (secret string, err error) {
	someone, err := o.otherAdministrator(ctx, "")
	if err != nil {
		return "", err
	}
	if someone {
		return "", o.Records.SetSetupSecret(ctx, nil)
	}
	raw := make([]byte, secretBytes)
	if err := read(random, raw); err != nil {
		return "", err
	}
	text := strings.ToLower(base32.StdEncoding.EncodeToString(raw)) // 32 letters and digits
	hash := secretHash(text)
	for i := 0; i < len(text); i += 8 {
		secret += "-" + text[i:i+8]
	}
	return secret[1:], o.Records.SetSetupSecret(ctx, &hash)
}

// secretHash is the hash of a secret as a person types it: hyphens, spaces and
// case do not matter.
func secretHash(secret string) SecretHash {
	secret = strings.Map(func(r rune) rune {
		if r == '-' || r == ' ' {
			return -1
		}
		return r
	}, strings.ToLower(secret))
	return sha256.Sum256([]byte(secret))
}

// SetupNeeded says whether the city waits for its first administrator.
func (o *Office) SetupNeeded(ctx context.Context) (bool, error) {
	stored, err := o.Records.SetupSecret(ctx)
	return stored != nil, err
}

// SetUp makes the first administrator, uses the secret up, and opens a session.
// Denied if the secret is wrong or used up; attempts are counted by address as
// in SignIn.
func (o *Office) SetUp(ctx context.Context, f First, now city.Instant, random io.Reader) (*Opened, error) {
	if err := o.patience.begin("", f.Address, now); err != nil {
		return nil, err
	}
	stored, err := o.Records.SetupSecret(ctx)
	if err != nil {
		o.patience.undo("", f.Address)
		return nil, err
	}
	given := secretHash(f.Secret)
	if stored == nil || subtle.ConstantTimeCompare(stored[:], given[:]) != 1 {
		return nil, city.Errorf(city.Denied, "identity", "the secret is wrong or used up: the program prints one when it starts and nobody can administer the city")
	}
	o.patience.undo("", f.Address)
	return o.first(ctx, f, given, now, random)
}

func (o *Office) first(ctx context.Context, f First, secret SecretHash, now city.Instant, random io.Reader) (*Opened, error) {
	o.changing.Lock()
	defer o.changing.Unlock()
	if err := CheckID(f.Account); err != nil {
		return nil, err
	}
	a := Account{ID: f.Account, Version: 1, CreatedAt: now, ChangedAt: now}
	for i := range o.Posts {
		if p := &o.Posts[i]; p.Duty == city.Administrator {
			a.Posts, a.Name = []city.PostID{p.ID}, p.Name
			break
		}
	}
	if a.Posts == nil {
		return nil, city.Errorf(city.Unavailable, "identity", "the city definition has no post with the duty administrator: add one to posts.yaml")
	}
	if err := o.setPassword(ctx, "password", &a, f.Password, random); err != nil {
		return nil, err
	}
	err := o.save(ctx, &a, "set-up", f.Account, Change{Secret: &secret})
	if city.KindOf(err) == city.Conflict {
		err = &city.Error{Kind: city.Conflict, Op: "identity", Field: "account", Detail: "there is an account " + string(f.Account) + " already: choose another name", Err: err}
	}
	if err != nil {
		return nil, err
	}
	return o.open(ctx, &a, WayPassword, now, random)
}
