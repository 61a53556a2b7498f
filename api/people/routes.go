package people

import (
	"context"
	"crypto/rand"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"citybrain/api/caller"
	"citybrain/api/form"
	"citybrain/api/operation"
	"citybrain/city"
	"citybrain/identity"
	"citybrain/internal/clock"
)

// Options are what the operations work with.
type Options struct {
	// Office keeps accounts and sessions; nil: there are none, as with --auth
	// open on a city without records of people.
	Office *identity.Office
	// City is its name, and Simulated says that it is made up: both are shown
	// to whoever comes to sign in.
	City      city.Names
	Simulated bool
	// Posts are the city's.
	Posts []city.Post
	// Wall is the time that sessions run by: people sign in by the clock on the
	// wall, even where the city replays another year.
	Wall  clock.Clock
	Proxy caller.Proxy
}

// Routes registers the operations on an interface.
func Routes(api huma.API, o Options) {
	if o.Wall == nil {
		o.Wall = &clock.Wall{}
	}
	d := &desk{o}
	d.sessions(api)
	d.setup(api)
	d.accounts(api)
	posts := PostList{form.PostsOf(o.Posts)}
	huma.Register(api, operation.New("list-posts", http.MethodGet, "/api/v1/posts", "people", "The posts of the city, as its definition has them"),
		func(context.Context, *struct{}) (*operation.Reply[PostList], error) {
			return operation.Answer(posts), nil
		})
}

// desk serves people.
type desk struct{ Options }

func (d *desk) office() (*identity.Office, error) {
	if d.Office == nil {
		return nil, city.Errorf(city.Unavailable, "people", "this server keeps no accounts: it runs with --auth open")
	}
	return d.Office, nil
}

// visit is a session that an answer opens.
type visit struct {
	SetCookie http.Cookie `header:"Set-Cookie" doc:"The session's token; HttpOnly, SameSite=Strict"`
	Body      SessionBody
}

// opened answers with a session that was just opened.
func (d *desk) opened(ctx context.Context, o *identity.Opened) *visit {
	r := operation.Request(ctx)
	c := caller.Caller{Actor: o.Actor, Key: o.Session.Key, ExpiresAt: o.ExpiresAt}
	return &visit{caller.Cookie(o.Token, o.ExpiresAt, d.Wall.Now(), d.Proxy.Secure(r)), sessionBody(c)}
}

type signInInput struct{ Body SignInRequest }

type passwordInput struct{ Body PasswordRequest }

func (d *desk) sessions(api huma.API) {
	const path = "/api/v1/session"
	op := operation.New("sign-in", http.MethodPost, path, "people", "Sign in with a password")
	op.Description = "The answer sets the cookie " + caller.CookieName + ". A wrong password and an unknown account are answered alike. " +
		"Who guesses is slowed down: 429 with Retry-After."
	huma.Register(api, op, d.signIn)
	huma.Register(api, operation.New("get-session", http.MethodGet, path, "people", "Who is signed in"), getSession)
	out := operation.New("sign-out", http.MethodDelete, path, "people", "Sign out: the session ends at once")
	out.DefaultStatus = http.StatusNoContent
	huma.Register(api, out, d.signOut)
	change := operation.New("change-password", http.MethodPut, path+"/password", "people", "Change the password of who is signed in", http.StatusForbidden)
	change.Description = "Every session of the account ends; the answer opens a new one."
	huma.Register(api, change, d.changePassword)
}

func getSession(ctx context.Context, _ *struct{}) (*operation.Reply[SessionBody], error) {
	c, err := caller.Signed(ctx)
	if err != nil {
		return nil, operation.Fail(ctx, err)
	}
	return operation.Answer(sessionBody(c)), nil
}

func (d *desk) signIn(ctx context.Context, in *signInInput) (*visit, error) {
	office, err := d.office()
	if err != nil {
		return nil, operation.Fail(ctx, err)
	}
	opened, err := office.SignIn(ctx, identity.Attempt{Account: city.AccountID(in.Body.Account), Password: in.Body.Password,
		Address: d.Proxy.Address(operation.Request(ctx))}, d.Wall.Now(), rand.Reader)
	if err != nil {
		return nil, operation.Fail(ctx, caller.Unknown(err))
	}
	d.endEarlier(ctx)
	return d.opened(ctx, opened), nil
}

// endEarlier ends the session whose cookie came with a sign-in: the browser
// forgets it now, and nobody could end it any more. It opens nothing that the
// caller could not open before, so that it could not be ended is no fault of the
// sign-in.
func (d *desk) endEarlier(ctx context.Context) {
	if c, err := caller.Signed(ctx); err == nil && !c.Open {
		_ = d.Office.SignOut(ctx, c.Key)
	}
}

// gone takes the cookie from the browser, and what it keeps of what its holder saw.
type gone struct {
	SetCookie     http.Cookie `header:"Set-Cookie"`
	ClearSiteData string      `header:"Clear-Site-Data" doc:"The browser forgets files that were shown"`
}

func (d *desk) signOut(ctx context.Context, _ *struct{}) (*gone, error) {
	c, err := caller.Signed(ctx)
	if err == nil && !c.Open {
		err = d.Office.SignOut(ctx, c.Key)
	}
	if err != nil {
		return nil, operation.Fail(ctx, err)
	}
	return &gone{caller.NoCookie(d.Proxy.Secure(operation.Request(ctx))), `"cache"`}, nil
}

func (d *desk) changePassword(ctx context.Context, in *passwordInput) (*visit, error) {
	c, err := caller.Signed(ctx)
	if err == nil && c.Open {
		err = city.Errorf(city.Denied, "people", "with --auth open nobody is signed in, and there is no password to change")
	}
	if err != nil {
		return nil, operation.Fail(ctx, err)
	}
	opened, err := d.Office.ChangePassword(ctx, c.Actor.Account, identity.Passwords{Old: in.Body.Old, New: in.Body.New,
		Address: d.Proxy.Address(operation.Request(ctx))}, d.Wall.Now(), rand.Reader)
	if err != nil {
		return nil, operation.Fail(ctx, err)
	}
	return d.opened(ctx, opened), nil
}
