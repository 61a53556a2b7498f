package identity

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"time"

	"citybrain/city"
)

// How long a session holds.
const (
	IdleLimit     = 12 * time.Hour     // without being used
	AbsoluteLimit = 7 * 24 * time.Hour // at the most
	seenEvery     = time.Minute        // how often its use is noted
)

// WayPassword is the way of a session that a password opened.
const WayPassword = "password"

const tokenBytes = 32

// Attempt is somebody who wants to sign in.
type Attempt struct {
	Account  city.AccountID
	Password string
	Address  string // where the attempt comes from; attempts are counted by it
}

// Opened is a session that has just been opened.
type Opened struct {
	// Token is what its holder shows at every visit. It is not stored anywhere.
	Token string
	Visit
}

// Visit is what a token opens.
type Visit struct {
	Session   Session
	Actor     city.Actor   // with the posts that the account holds now
	ExpiresAt city.Instant // at the latest
}

// SignIn opens a session for who knows the password of an account. Denied with
// ErrWrong if they do not; Overload with a time to wait after several failures
// of the account or the address. Whether the account exists changes neither the
// answer nor the work that it takes.
func (o *Office) SignIn(ctx context.Context, a Attempt, now city.Instant, random io.Reader) (*Opened, error) {
	account, err := o.known(ctx, a, now)
	if err != nil {
		return nil, err
	}
	return o.open(ctx, &account, WayPassword, now, random)
}

// known is the account whose password the attempt has.
func (o *Office) known(ctx context.Context, a Attempt, now city.Instant) (Account, error) {
	if CheckID(a.Account) != nil {
		a.Account = "" // names no account, but costs and counts like one
	}
	if err := o.patience.begin(a.Account, a.Address, now); err != nil {
		return Account{}, err
	}
	account, err := o.Records.Account(ctx, a.Account)
	if err != nil && city.KindOf(err) != city.NotFound {
		o.patience.undo(a.Account, a.Address)
		return Account{}, err
	}
	hash := account.Password
	if account.Disabled || len(a.Password) > MaxPassword {
		hash = ""
	}
	right, err := o.press.matches(ctx, a.Password[:min(len(a.Password), MaxPassword)], hash)
	if err != nil {
		o.patience.undo(a.Account, a.Address)
		return Account{}, err
	}
	if !right {
		return Account{}, wrong()
	}
	o.patience.succeed(a.Account, a.Address, now)
	return account, nil
}

func wrong() error {
	return &city.Error{Kind: city.Denied, Op: "identity", Detail: "the account or the password is wrong", Err: ErrWrong}
}

// Admit opens a session for an account that somebody else vouches for: an
// identity provider, whose name way is. Denied if there is no such account or
// it is disabled.
func (o *Office) Admit(ctx context.Context, id city.AccountID, way string, now city.Instant, random io.Reader) (*Opened, error) {
	account, err := o.Records.Account(ctx, id)
	if city.KindOf(err) == city.NotFound || err == nil && account.Disabled {
		return nil, city.Errorf(city.Denied, "identity", "%s knows %q, but the city has no such account, or it is disabled: ask an administrator", way, id)
	}
	if err != nil {
		return nil, err
	}
	return o.open(ctx, &account, way, now, random)
}

// open stores a new session of an account that was just looked at.
func (o *Office) open(ctx context.Context, a *Account, way string, now city.Instant, random io.Reader) (*Opened, error) {
	token := make([]byte, tokenBytes)
	if err := read(random, token); err != nil {
		return nil, err
	}
	s := Session{Key: sha256.Sum256(token), Account: a.ID, Way: way, StartedAt: now, SeenAt: now}
	if err := o.Records.AddSession(ctx, s, a.Version); err != nil {
		if city.KindOf(err) == city.Conflict { // changed since it was looked at: its password, perhaps
			return nil, wrong()
		}
		return nil, err
	}
	return &Opened{base64.RawURLEncoding.EncodeToString(token), o.visit(a, s)}, nil
}

func (o *Office) visit(a *Account, s Session) Visit {
	return Visit{Session: s, Actor: o.actor(a), ExpiresAt: s.StartedAt.Add(AbsoluteLimit)}
}

// KeyOf is the key of the session that a token opens; false if token cannot be
// one.
func KeyOf(token string) (SessionKey, bool) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(raw) != tokenBytes || len(token) != base64.RawURLEncoding.EncodedLen(tokenBytes) { // line feeds are passed over
		return SessionKey{}, false
	}
	return sha256.Sum256(raw), true
}

// ErrNoSession is wrapped by the Denied error of a token that opens nothing:
// never given out, signed out, expired, or of an account that is disabled.
var ErrNoSession = errors.New("no session")

// Visit is what a token opens now, and counts as use of the session. The posts
// of its account are looked up each time, so a change of them holds from the next
// visit on.
func (o *Office) Visit(ctx context.Context, token string, now city.Instant) (Visit, error) {
	v, err := o.Look(ctx, token, now)
	if s := &v.Session; err == nil && now.Sub(s.SeenAt) >= seenEvery {
		s.SeenAt = now
		// A disk that is full must not keep people from looking: at worst the
		// session ends earlier than it would.
		_ = o.Records.SeeSession(ctx, s.Key, now)
	}
	return v, err
}

// Look is Visit without counting as use: for what a page that nobody touches
// does by itself, so that IdleLimit ends its session all the same.
func (o *Office) Look(ctx context.Context, token string, now city.Instant) (Visit, error) {
	key, ok := KeyOf(token)
	if !ok {
		return Visit{}, noSession("the session is not one of this city")
	}
	s, err := o.Records.Session(ctx, key)
	if err != nil {
		return Visit{}, lost(err)
	}
	if now.Sub(s.StartedAt) >= AbsoluteLimit || now.Sub(s.SeenAt) >= IdleLimit {
		// Sweep removes it if this does not.
		_ = o.Records.EndSession(ctx, key)
		return Visit{}, noSession("the session has expired; sign in again")
	}
	a, err := o.Records.Account(ctx, s.Account)
	if err != nil {
		return Visit{}, lost(err)
	}
	if a.Disabled {
		return Visit{}, noSession("the account is disabled")
	}
	return o.visit(&a, s), nil
}

func lost(err error) error {
	if city.KindOf(err) == city.NotFound {
		return noSession("the session has ended; sign in again")
	}
	return err
}

func noSession(detail string) error {
	return &city.Error{Kind: city.Denied, Op: "identity", Detail: detail, Err: ErrNoSession}
}

// SignOut ends a session. It is over when SignOut returns.
func (o *Office) SignOut(ctx context.Context, key SessionKey) error {
	return o.Records.EndSession(ctx, key)
}

// Sweep removes the sessions that have expired, and says how many.
func (o *Office) Sweep(ctx context.Context, now city.Instant) (int, error) {
	return o.Records.SweepSessions(ctx, now.Add(-IdleLimit), now.Add(-AbsoluteLimit))
}
