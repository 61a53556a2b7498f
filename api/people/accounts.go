package people

import (
	"context"
	"crypto/rand"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"citybrain/api/caller"
	"citybrain/api/operation"
	"citybrain/city"
	"citybrain/identity"
)

type accountsInput struct {
	After string `query:"after" maxLength:"200" doc:"The next of the page before"`
	Limit int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
}

type newAccountInput struct{ Body NewAccountRequest }

type accountInput struct {
	ID   string `path:"id" maxLength:"200" doc:"The account's id" example:"duty-officer"`
	Body AccountRequest
}

func (d *desk) accounts(api huma.API) {
	const path = "/api/v1/accounts"
	op := operation.New("list-accounts", http.MethodGet, path, "people", "Accounts and their posts", http.StatusForbidden)
	op.Description = "For administrators and auditors."
	huma.Register(api, op, d.listAccounts)
	create := operation.New("create-account", http.MethodPost, path, "people", "Make an account", http.StatusForbidden, http.StatusConflict)
	create.Description = "For administrators. A password has at least 10 characters, is not the account's name and not a common one; it needs no special characters."
	create.DefaultStatus = http.StatusCreated
	huma.Register(api, create, d.createAccount)
	change := operation.New("change-account", http.MethodPatch, path+"/{id}", "people", "Change an account", http.StatusForbidden, http.StatusNotFound, http.StatusConflict)
	change.Description = "For administrators. The last administrator can neither be disabled nor lose the post."
	huma.Register(api, change, d.changeAccount)
}

func (d *desk) listAccounts(ctx context.Context, in *accountsInput) (*operation.Reply[AccountList], error) {
	err := caller.Require(ctx, "reading accounts", city.Administrator, city.Auditor)
	if err != nil {
		return nil, operation.Fail(ctx, err)
	}
	office, err := d.office()
	if err != nil {
		return nil, operation.Fail(ctx, err)
	}
	list, err := office.Records.Accounts(ctx, city.AccountID(in.After), in.Limit+1)
	if err != nil {
		return nil, operation.Fail(ctx, err)
	}
	var out AccountList
	if len(list) > in.Limit {
		list = list[:in.Limit]
		out.Next = string(list[in.Limit-1].ID)
	}
	out.Accounts = make([]AccountBody, len(list))
	for i := range list {
		out.Accounts[i] = accountBody(office, &list[i])
	}
	return operation.Answer(out), nil
}

// administrator is the office and who asks it for a change, if they may.
func (d *desk) administrator(ctx context.Context) (*identity.Office, city.Actor, error) {
	if err := caller.Require(ctx, "changing accounts", city.Administrator); err != nil {
		return nil, city.Actor{}, err
	}
	office, err := d.office()
	c, _ := caller.Of(ctx)
	return office, c.Actor, err
}

func (d *desk) createAccount(ctx context.Context, in *newAccountInput) (*operation.Reply[AccountBody], error) {
	office, by, err := d.administrator(ctx)
	if err != nil {
		return nil, operation.Fail(ctx, err)
	}
	account, err := office.Create(ctx, by, identity.Draft{ID: city.AccountID(in.Body.ID), Name: in.Body.Name.City(), Posts: postIDs(in.Body.Posts),
		Password: in.Body.Password}, d.Wall.Now(), rand.Reader)
	if err != nil {
		return nil, operation.Fail(ctx, err)
	}
	return operation.Answer(accountBody(office, &account)), nil
}

func (d *desk) changeAccount(ctx context.Context, in *accountInput) (*operation.Reply[AccountBody], error) {
	office, by, err := d.administrator(ctx)
	if err != nil {
		return nil, operation.Fail(ctx, err)
	}
	amend := identity.Amendment{Password: in.Body.Password, Disabled: in.Body.Disabled}
	if in.Body.Name != nil {
		name := in.Body.Name.City()
		amend.Name = &name
	}
	if in.Body.Posts != nil {
		posts := postIDs(*in.Body.Posts)
		amend.Posts = &posts
	}
	account, err := office.Amend(ctx, by, city.AccountID(in.ID), amend, d.Wall.Now(), rand.Reader)
	if err != nil {
		return nil, operation.Fail(ctx, err)
	}
	return operation.Answer(accountBody(office, &account)), nil
}

func postIDs(names []string) []city.PostID {
	out := make([]city.PostID, len(names))
	for i, n := range names {
		out[i] = city.PostID(n)
	}
	return out
}
