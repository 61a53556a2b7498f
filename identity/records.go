package identity

import (
	"context"

	"citybrain/city"
	"citybrain/ledger"
)

// Account is who signs in: a post's, or a person's who holds several.
type Account struct {
	ID    city.AccountID
	Name  city.Names // shown to everybody
	Posts []city.PostID
	// Password is the hash of the password as a PHC string, "" for an account
	// that signs in elsewhere. It never leaves this package and the records.
	Password  string
	Disabled  bool
	Version   int64 // changes so far, from 1
	CreatedAt city.Instant
	ChangedAt city.Instant
}

// SessionKey names a session without opening it: the SHA-256 of its token.
type SessionKey [32]byte

// Session is one sign-in that still holds.
type Session struct {
	Key       SessionKey
	Account   city.AccountID
	Way       string       // how the person signed in: WayPassword, or the name of an identity provider
	StartedAt city.Instant // when they did
	SeenAt    city.Instant // the last time the session was used, to a minute
}

// Change is an account as it is to be stored, with the record that proves it.
type Change struct {
	Account Account
	// Record is of kind ledger.AccountChange; its Seq is Account.Version.
	Record ledger.Record
	// EndSessions ends every session of the account.
	EndSessions bool
	// Secret, if not nil, is the setup secret that the change uses up.
	Secret *SecretHash
}

// SecretHash is the SHA-256 of the setup secret.
type SecretHash [32]byte

// Records keep accounts and sessions. What a call wrote is durable when it
// returns. Safe for concurrent use.
type Records interface {
	// SaveAccount stores all of a change, or nothing: the account, the record
	// with a salt for the ledger, the end of its sessions, the end of the setup
	// secret. An account of version 1 is new. Conflict if there is one of the
	// same id already, or if the stored version is not the one before;
	// Denied if Secret is set and not the one that is stored.
	SaveAccount(ctx context.Context, c Change) error
	// Account is the account with an id, or NotFound.
	Account(ctx context.Context, id city.AccountID) (Account, error)
	// Accounts lists at most limit accounts whose ids come after one, in the
	// order of their ids (bytes).
	Accounts(ctx context.Context, after city.AccountID, limit int) ([]Account, error)

	// AddSession stores a session. Conflict unless its account exists and has
	// the version: what was checked to open it may have changed meanwhile.
	AddSession(ctx context.Context, s Session, version int64) error
	// Session is the session with a key, or NotFound.
	Session(ctx context.Context, key SessionKey) (Session, error)
	// SeeSession notes that a session was used. Nothing happens if it is gone.
	SeeSession(ctx context.Context, key SessionKey, at city.Instant) error
	// EndSession removes a session. Nothing happens if it is gone.
	EndSession(ctx context.Context, key SessionKey) error
	// SweepSessions removes the sessions last used before seen or opened before
	// started, and says how many they were.
	SweepSessions(ctx context.Context, seen, started city.Instant) (int, error)

	// SetupSecret is the hash of the setup secret that is stored, or nil.
	SetupSecret(ctx context.Context) (*SecretHash, error)
	// SetSetupSecret puts a secret in the place of the one before; nil: none.
	SetSetupSecret(ctx context.Context, hash *SecretHash) error
}
