package people

import (
	"citybrain/api/caller"
	"citybrain/api/form"
	"citybrain/identity"
)

// SessionBody is who is signed in.
type SessionBody struct {
	Account   string      `json:"account" doc:"Absent posts mean that the city definition no longer has them" example:"duty-officer"`
	Name      form.Names  `json:"name"`
	Posts     []form.Post `json:"posts"`
	Open      bool        `json:"open" doc:"Nobody signed in: with --auth open every request from this machine holds every post"`
	ExpiresAt string      `json:"expiresAt,omitempty" format:"date-time" doc:"When the session ends at the latest; earlier if it is not used for a while"`
}

// AccountBody is an account as administrators and auditors see it.
type AccountBody struct {
	ID        string      `json:"id" example:"duty-officer"`
	Name      form.Names  `json:"name"`
	Posts     []form.Post `json:"posts"`
	Unknown   []string    `json:"unknownPosts" doc:"Posts of the account that the city definition does not have"`
	Password  bool        `json:"password" doc:"It can sign in with a password"`
	Disabled  bool        `json:"disabled"`
	Version   int64       `json:"version"`
	CreatedAt string      `json:"createdAt" format:"date-time"`
	ChangedAt string      `json:"changedAt" format:"date-time"`
	Record    string      `json:"record" doc:"The record that proves its last change" example:"account.duty-officer.3"`
}

// AccountList is a page of accounts, in the order of their ids.
type AccountList struct {
	Accounts []AccountBody `json:"accounts"`
	Next     string        `json:"next,omitempty" doc:"Hand it in as after for the next page; absent on the last"`
}

// PostList is every post of the city.
type PostList struct {
	Posts []form.Post `json:"posts"`
}

// SetupBody is what stands at the door of the city, open to everybody.
type SetupBody struct {
	Needed    bool       `json:"needed" doc:"The city waits for its first administrator"`
	Name      form.Names `json:"name" doc:"Of the city"`
	Simulated bool       `json:"simulated" doc:"The city is made up: its data comes from a simulation"`
}

// SignInRequest is what a person types to sign in.
type SignInRequest struct {
	Account  string `json:"account" maxLength:"200" example:"duty-officer"`
	Password string `json:"password" maxLength:"2000"`
}

// SetupRequest makes the first administrator.
type SetupRequest struct {
	Secret   string `json:"secret" maxLength:"200" doc:"The one-time secret that the program printed when it started"`
	Account  string `json:"account" maxLength:"200" example:"administrator"`
	Password string `json:"password" maxLength:"2000"`
}

// PasswordRequest changes the password of who is signed in.
type PasswordRequest struct {
	Old string `json:"old" maxLength:"2000"`
	New string `json:"new" maxLength:"2000"`
}

// NewAccountRequest makes an account.
type NewAccountRequest struct {
	ID       string     `json:"id" maxLength:"200" doc:"Lower-case letters, digits and hyphens" example:"duty-officer-2"`
	Name     form.Names `json:"name"`
	Posts    []string   `json:"posts" maxItems:"50" example:"[\"duty-officer\"]"`
	Password string     `json:"password" maxLength:"2000"`
}

// AccountRequest changes an account; what is absent stays.
type AccountRequest struct {
	Name     *form.Names `json:"name,omitempty"`
	Posts    *[]string   `json:"posts,omitempty" maxItems:"50"`
	Password *string     `json:"password,omitempty" maxLength:"2000" doc:"Ends the sessions of the account"`
	Disabled *bool       `json:"disabled,omitempty" doc:"true ends the sessions of the account"`
}

func sessionBody(c caller.Caller) SessionBody {
	return SessionBody{Account: string(c.Actor.Account), Name: form.NamesOf(c.Actor.Name), Posts: form.PostsOf(c.Actor.Posts), Open: c.Open, ExpiresAt: c.ExpiresAt.String()}
}

func accountBody(o *identity.Office, a *identity.Account) AccountBody {
	posts, unknown := o.PostsOf(a)
	b := AccountBody{ID: string(a.ID), Name: form.NamesOf(a.Name), Posts: form.PostsOf(posts), Unknown: make([]string, len(unknown)), Password: a.Password != "",
		Disabled: a.Disabled, Version: a.Version, CreatedAt: a.CreatedAt.String(), ChangedAt: a.ChangedAt.String(), Record: string(identity.RecordID(a.ID, a.Version))}
	for i, id := range unknown {
		b.Unknown[i] = string(id)
	}
	return b
}
