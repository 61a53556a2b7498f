package identity

import (
	"context"
	"errors"
	"io"
	"sync"

	"citybrain/city"
)

// ErrWrong is wrapped by the Denied error of a sign-in that names no account, a
// disabled one, or the wrong password: nobody learns which.
var ErrWrong = errors.New("wrong account or password")

// Office admits people to the city. Use New. Its methods are safe for
// concurrent use; one process at a time may have an office over the same records.
type Office struct {
	Records Records
	Posts   []city.Post // of the city definition

	press    *press
	patience *patience
	// changing orders the changes of accounts, so that two at once cannot take
	// the post from the last two administrators.
	changing sync.Mutex
}

// New is an office over records, in a city with posts.
func New(records Records, posts []city.Post) *Office {
	return &Office{Records: records, Posts: posts, press: newPress(), patience: newPatience()}
}

// PostsOf are the posts that an account holds, and those that the city
// definition does not have.
func (o *Office) PostsOf(a *Account) (posts []city.Post, unknown []city.PostID) {
	for _, id := range a.Posts {
		if p, ok := o.post(id); ok {
			posts = append(posts, p)
		} else {
			unknown = append(unknown, id)
		}
	}
	return posts, unknown
}

func (o *Office) post(id city.PostID) (city.Post, bool) {
	for i := range o.Posts {
		if o.Posts[i].ID == id {
			return o.Posts[i], true
		}
	}
	return city.Post{}, false
}

// actor is an account as somebody who acts.
func (o *Office) actor(a *Account) city.Actor {
	posts, _ := o.PostsOf(a)
	return city.Actor{Account: a.ID, Name: a.Name, Posts: posts}
}

// administers says whether an account can administer: enabled, with a password
// and the post.
func (o *Office) administers(a *Account) bool {
	actor := o.actor(a)
	return !a.Disabled && a.Password != "" && actor.Holds(city.Administrator, "")
}

// otherAdministrator says whether an account besides id can administer.
func (o *Office) otherAdministrator(ctx context.Context, id city.AccountID) (bool, error) {
	const page = 500
	for after := city.AccountID(""); ; {
		list, err := o.Records.Accounts(ctx, after, page)
		if err != nil {
			return false, err
		}
		for i := range list {
			if list[i].ID != id && o.administers(&list[i]) {
				return true, nil
			}
		}
		if len(list) < page {
			return false, nil
		}
		after = list[len(list)-1].ID
	}
}

// read fills a buffer from a source of randomness.
func read(random io.Reader, b []byte) error {
	if _, err := io.ReadFull(random, b); err != nil {
		return &city.Error{Kind: city.Internal, Op: "identity: randomness", Err: err}
	}
	return nil
}
