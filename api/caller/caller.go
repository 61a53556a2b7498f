package caller

import (
	"context"
	"errors"
	"slices"
	"strings"

	"citybrain/api/form"
	"citybrain/api/problem"
	"citybrain/city"
	"citybrain/identity"
)

// Caller is who makes a request, and by which right.
type Caller struct {
	Actor city.Actor
	// Open says that nobody signed in: with --auth open every request from this
	// machine acts as an actor that holds every post.
	Open bool
	// Key and ExpiresAt are of the caller's session; zero with Open.
	Key       identity.SessionKey
	ExpiresAt city.Instant
}

type key struct{}

// With is ctx with its caller.
func With(ctx context.Context, c Caller) context.Context { return context.WithValue(ctx, key{}, c) }

// Of is the caller of a request; false if nobody signed in.
func Of(ctx context.Context) (Caller, bool) {
	c, ok := ctx.Value(key{}).(Caller)
	return c, ok
}

// Signed is the caller, or the error that answers 401.
func Signed(ctx context.Context) (Caller, error) {
	c, ok := Of(ctx)
	if !ok {
		return c, NotSignedIn("sign in first")
	}
	return c, nil
}

// NotSignedIn is the error that answers 401.
func NotSignedIn(detail string) error {
	return &city.Error{Kind: city.Denied, Op: "api", Detail: detail, Err: problem.ErrNotSignedIn}
}

// Require fails unless the caller holds a post with one of the duties. The
// error names them.
func Require(ctx context.Context, what string, duties ...city.Duty) error {
	c, err := Signed(ctx)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(duties, func(d city.Duty) bool { return c.Actor.Holds(d, "") }) {
		return nil
	}
	names := make([]string, len(duties))
	who := make([]form.Who, len(duties))
	for i, d := range duties {
		names[i], who[i] = string(d), form.Who{Duty: string(d)}
	}
	return problem.Guarded(city.Errorf(city.Denied, "api", "%s is for posts with the duty %s", what, strings.Join(names, " or ")), "duty", who)
}

// Unknown is err, answered with 401 where it says that nobody is known: a wrong
// password, or a token that opens nothing.
func Unknown(err error) error {
	if errors.Is(err, identity.ErrWrong) || errors.Is(err, identity.ErrNoSession) {
		return &city.Error{Kind: city.Denied, Op: "api", Detail: city.Detail(err), Err: problem.ErrNotSignedIn}
	}
	return err
}
